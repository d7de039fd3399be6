import type { Fact } from '../../core/fact.ts';
import { layout } from '../../core/layout.ts';

/** The entries of single clients that a run of ours wrote, by their paths below the TFTP directory. */
export const ownEntries: Fact<readonly string[]> = {
  id: 'serve/own-entries',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      'cd "$1" 2>/dev/null || exit 0; grep -ls "^# Written by sidus" pxelinux.cfg/01-* grub/grub.cfg-01-* ipxe/01-* || :',
      'sh',
      { at: { place: 'server', path: layout.tftp } },
    ],
  },
  otherwise: [],
  parse: (text) =>
    text
      .split('\n')
      .filter((path) =>
        /^(pxelinux\.cfg\/|grub\/grub\.cfg-|ipxe\/)01-[0-9a-f-]+(\.ipxe)?$/.test(path),
      ),
};

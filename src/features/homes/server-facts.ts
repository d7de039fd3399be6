import type { Fact } from '../../core/fact.ts';

/** The file system that a directory lies on, or will. */
export interface FileSystem {
  readonly type: string;
  readonly options: readonly string[];
  /** Where it is mounted. */
  readonly at: string;
}

/** findmnt(8) of the directory, or of the nearest one above that is there. */
export function fileSystemOf(path: string): Fact<FileSystem | null> {
  return {
    id: `homes/file-system${path}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: [
        'sh',
        '-c',
        'at=$1; while [ ! -d "$at" ] && [ "$at" != / ]; do at=$(dirname -- "$at"); done; exec findmnt --noheadings --pairs --first-only --output FSTYPE,OPTIONS,TARGET --target "$at"',
        'file-system',
        path,
      ],
    },
    otherwise: null,
    parse: (text) => {
      const field = (name: string): string =>
        new RegExp(`(?:^| )${name}="([^"]*)"`).exec(text)?.[1] ?? '';
      const type = field('FSTYPE');
      return type === ''
        ? null
        : { type, options: field('OPTIONS').split(','), at: field('TARGET') };
    },
  };
}

/** Whether quotas of users hold there: as mount(8), ext4(5) and xfs(5) show it. ZFS always keeps them. */
export function keepsQuotas({ type, options }: FileSystem): boolean {
  return (
    type === 'zfs' || options.some((one) => /^(usrquota|usrjquota=.+|uquota|quota)$/.test(one))
  );
}

/** Whether a directory of this server is there, with something in it, and is none where everybody may write. */
export function usedOtherwise(path: string): Fact<boolean> {
  return {
    id: `homes/used-otherwise/${path}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: [
        'find',
        { at: { place: 'server', path } },
        ...['-maxdepth', '0', '-type', 'd', '!', '-perm', '1777', '!', '-empty'],
      ],
    },
    otherwise: false,
    parse: (text) => text.trim() !== '',
  };
}

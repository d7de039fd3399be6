import { type FileEffect, file } from '../../core/effect.ts';
import { layout } from '../../core/layout.ts';
import type { Text, TextPart } from '../../core/text.ts';
import type { Site } from '../index.ts';
import { type BootChoice, commandLine } from './command-line.ts';
import { bootDirectory } from './entries.ts';
import { httpAddress } from './http.ts';

/**
 * The scripts of iPXE (ipxe.org/scripting), which starts UEFI machines beside another DHCP server:
 * shim and GRUB would ask that one for their files. All paths are from the root of the TFTP
 * server that iPXE had its first script from.
 */

/** The first of them, below the TFTP directory: what DHCP names. */
export const bootScript = 'ipxe/boot.ipxe';

/** As pxelinux calls a card: its address behind the type of its hardware. */
const card = '01-${netX/mac:hexhyp}';

/**
 * Over HTTP, and where a command of that line fails, over TFTP. The kernel finds its initrd by the
 * name that iPXE shows it under. Its own name is the first of its words in UEFI: so that says, as
 * the other loaders do, how it came.
 */
function ipxeEntry(site: Site, choice: BootChoice): Text {
  const files = bootDirectory(choice.tree, choice.version);
  const words = commandLine(site, site.server.network.address, choice);
  const load = (at: string, then: string): readonly TextPart[] => [
    `kernel --name BOOT_IMAGE=${at}/vmlinuz ${at}/vmlinuz initrd=initrd.img `,
    ...words,
    ` BOOTIF=${card}${then}initrd --name initrd.img ${at}/initrd.img${then}boot`,
  ];
  return [
    '#!ipxe\n# Written by sidus.\n',
    ...load(httpAddress(site, files), ' && '),
    ' ||\nimgfree\n',
    ...load(`/${files}`, '\n'),
    '\n',
  ];
}

/** A version's own script lies beside its kernel: both change with one link (`current`). */
export function versionScript(site: Site, choice: BootChoice): FileEffect {
  const at = `${layout.tftp}/${bootDirectory(choice.tree, choice.version)}`;
  return file('server', `${at}/boot.ipxe`, ipxeEntry(site, choice));
}

/** A machine with something of its own. */
export function ownScript(site: Site, mac: string, choice: BootChoice): FileEffect {
  const name = `01-${mac.replaceAll(':', '-')}.ipxe`;
  return file('server', `${layout.tftp}/ipxe/${name}`, ipxeEntry(site, choice));
}

/**
 * A machine's own script, otherwise a choice among the trees. Fetched first and started then: one
 * that is there and fails must not end in another tree than the machine's own.
 */
export function ipxeMenu(trees: readonly string[]): FileEffect {
  const [first = ''] = trees;
  return file(
    'server',
    `${layout.tftp}/${bootScript}`,
    `#!ipxe
# Written by sidus.
imgfetch --name own /ipxe/${card}.ipxe || goto everyone
imgexec own || exit
:everyone
menu SIDUS
${trees.map((tree) => `item ${tree}`).join('\n')}
choose --default ${first} --timeout 3000 tree || exit
chain /sidus/\${tree}/current/boot.ipxe || exit
`,
  );
}

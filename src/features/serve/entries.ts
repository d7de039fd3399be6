import { type Effect, type FileEffect, file } from '../../core/effect.ts';
import { layout } from '../../core/layout.ts';
import type { Text, TextPart } from '../../core/text.ts';
import type { Site } from '../index.ts';
import { type BootChoice, commandLine } from './command-line.ts';
import { grubDevice, httpAddress } from './http.ts';

/** Where a loader finds a version's kernel, from the root of the TFTP server. */
export function bootDirectory(tree: string, version: number): string {
  return `sidus/${tree}/${version}`;
}

/** What pxelinux calls an entry. The kernel ignores such a word: see pxelinuxEntry. */
export function labels(tree: string): { readonly http: string; readonly tftp: string } {
  return { http: `http.${tree}`, tftp: `tftp.${tree}` };
}

/**
 * Two labels of a pxelinux menu (syslinux's config.txt): where the first has found no kernel,
 * ONERROR names the second, and the name of the first is added to its words. IPAPPEND 2 adds
 * BOOTIF=01-mac.
 */
export function pxelinuxEntry(site: Site, choice: BootChoice): Text {
  const files = bootDirectory(choice.tree, choice.version);
  const { http, tftp } = labels(choice.tree);
  return [
    ...label(site, choice, http, httpAddress(site, files)),
    ...label(site, choice, tftp, files),
  ];
}

function label(site: Site, choice: BootChoice, name: string, at: string): readonly TextPart[] {
  return [
    `LABEL ${name}\n  KERNEL ${at}/vmlinuz\n  INITRD ${at}/initrd.img\n  APPEND `,
    ...commandLine(site, site.server.network.address, choice),
    '\n  IPAPPEND 2\n',
  ];
}

/** What a person chooses by the name of its tree, beside a version's kernel. */
const chosen = 'chosen.cfg';

/**
 * The same for GRUB, whose $machex the main grub.cfg sets (debian.md 8). `boot` returns only where
 * it failed; then the next source has its turn, and TFTP is the loader's own.
 */
export function grubEntry(site: Site, choice: BootChoice): Text {
  const files = bootDirectory(choice.tree, choice.version);
  const device = grubDevice(site);
  return [
    `menuentry "${choice.tree}" --id ${choice.tree} {
  for from in ${device === null ? '' : `"${device}" `}""; do
    if linux $from/${files}/vmlinuz `,
    ...commandLine(site, site.server.network.address, choice),
    ` BOOTIF=$machex; then
      if initrd $from/${files}/initrd.img; then boot; fi
    fi
  done
}
`,
  ];
}

/** A version's own entries lie beside its kernel: all of them change with one link (`current`). */
export function versionEntries(site: Site, choice: BootChoice): readonly Effect[] {
  const files = bootDirectory(choice.tree, choice.version);
  const at = `${layout.tftp}/${files}`;
  return [
    file('server', `${at}/pxelinux.cfg`, pxelinuxEntry(site, choice)),
    ...(Object.keys(site.trees).length > 1
      ? [file('server', `${at}/${chosen}`, label(site, choice, choice.tree, files))]
      : []),
    file('server', `${at}/grub.cfg`, grubEntry(site, choice)),
  ];
}

/** What a loader reads first: the default tree's current version, and the others to choose from. */
export function menus(trees: readonly string[]): readonly Effect[] {
  const [first] = trees;
  if (first === undefined) return [];
  return [
    file('server', `${layout.tftp}/pxelinux.cfg/default`, pxelinuxMenu(first, trees)),
    file(
      'server',
      `${layout.tftp}/grub/grub.cfg`,
      // `-s` opens the file. For `-e` GRUB would look into the directory, and TFTP lists none.
      `# Written by sidus.
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
regexp --set=1:m1 --set=2:m2 --set=3:m3 --set=4:m4 --set=5:m5 --set=6:m6 '^([0-9A-Fa-f]+):([0-9A-Fa-f]+):([0-9A-Fa-f]+):([0-9A-Fa-f]+):([0-9A-Fa-f]+):([0-9A-Fa-f]+)$' "$net_default_mac"
set machex="01-$m1-$m2-$m3-$m4-$m5-$m6"
set default=${first}
set timeout=3
if [ -s "$prefix/grub.cfg-$machex" ]; then
  source "$prefix/grub.cfg-$machex"
else
${trees.map((tree) => `  source /sidus/${tree}/current/grub.cfg`).join('\n')}
fi
`,
    ),
  ];
}

/**
 * ONERROR is one for all labels: so the only ones that ask HTTP are those of the first tree, and a
 * tree that is chosen comes by TFTP alone. A key stops TIMEOUT, and so does noise on a serial line
 * that nobody reads; TOTALTIMEOUT it does not (syslinux's config.txt).
 */
function pxelinuxMenu(first: string, trees: readonly string[]): string {
  const { http, tftp } = labels(first);
  return [
    '# Written by sidus.',
    'SERIAL 0 115200',
    `DEFAULT ${http}`,
    `ONERROR ${tftp}`,
    ...(trees.length === 1
      ? ['PROMPT 0', 'TIMEOUT 30']
      : [
          ...trees.map((tree) => `SAY ${tree}${tree === first ? ' (boots in 3 seconds)' : ''}`),
          'SAY Type the name of another tree for that one.',
          'PROMPT 1',
          'TIMEOUT 30',
          'TOTALTIMEOUT 600',
        ]),
    `INCLUDE sidus/${first}/current/pxelinux.cfg`,
    ...(trees.length === 1 ? [] : trees.map((tree) => `INCLUDE sidus/${tree}/current/${chosen}`)),
    '',
  ].join('\n');
}

/** A machine with something of its own: both loaders look for its Ethernet address first. */
export function clientEntries(site: Site, mac: string, choice: BootChoice): readonly FileEffect[] {
  const name = `01-${mac.replaceAll(':', '-')}`;
  const pxelinux = pxelinuxEntry(site, choice);
  const grub = grubEntry(site, choice);
  const { http, tftp } = labels(choice.tree);
  return [
    file('server', `${layout.tftp}/pxelinux.cfg/${name}`, [
      `# Written by sidus.\nDEFAULT ${http}\nONERROR ${tftp}\nPROMPT 0\n`,
      ...(typeof pxelinux === 'string' ? [pxelinux] : pxelinux),
    ]),
    file('server', `${layout.tftp}/grub/grub.cfg-${name}`, [
      `# Written by sidus.\nset default=${choice.tree}\nset timeout=0\n`,
      ...(typeof grub === 'string' ? [grub] : grub),
    ]),
  ];
}

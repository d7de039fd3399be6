import type { MemorySystem } from './memory.ts';
import { option, textOf } from './modelling.ts';

/** What the servers of a rehearsal's whole chain tell a client, read off their own files. */
export interface Chain {
  /** The version, as a directory of the server. */
  readonly tree: string;
  readonly served: string;
  readonly hostname: string;
  readonly words: readonly string[];
  readonly initrd: string;
  readonly address: string;
  readonly server: string;
  readonly leaseSeconds: number;
  /** What the servers and the loader say on the way, before the kernel. */
  readonly lines: readonly string[];
  /** Why no kernel starts; null: one does. */
  readonly failure: string | null;
}

/** dnsmasq, pxelinux and GRUB as far as a client in memory needs them. */
export function chainFrom(world: MemorySystem, given: readonly string[], work: string): Chain {
  const mac = (option(given, '--mac') ?? '').toLowerCase();
  const server = (option(given, '--address') ?? '').replace(/\/.*$/, '');
  const firmware = option(given, '--firmware') ?? 'bios';
  const dnsmasq = textOf(world, `${work}/dnsmasq.conf`);
  const [, first = ''] = /^dhcp-range=([^,\n]*)/m.exec(dnsmasq) ?? [];
  const listed = new RegExp(`^dhcp-host=${mac}((?:,[^,\n]*)*)$`, 'm').exec(dnsmasq)?.[1] ?? '';
  const parts = listed.split(',').filter((part) => part !== '' && part !== 'infinite');
  const address = parts.find((part) => /^[0-9.]+$/.test(part)) ?? first;

  const tftp: Tftp = (path) => textOf(world, `${work}/tftp/${path.replace(/^\//, '')}`);
  const current = (tree: string): string =>
    world.nodes.get(`${work}/tftp/sidus/${tree}/current`)?.content ?? '';
  const name = `01-${mac.replaceAll(':', '-')}`;
  const entry = firmware === 'bios' ? pxelinux(tftp, current, name) : grub(tftp, current, name);
  const words = entry.words === '' ? [] : entry.words.split(' ');
  const path = words.find((word) => word.startsWith('nfsroot='))?.replace(/^[^:]*:/, '') ?? '';
  const [loader, second] =
    firmware === 'bios' ? ['lpxelinux.0', 'ldlinux.c32'] : ['shimx64.efi', 'grubx64.efi'];
  return {
    tree: versionAt(path),
    served: path,
    hostname: parts.find((part) => /^[a-z]/.test(part)) ?? '',
    words,
    initrd: tftp(entry.initrd),
    address,
    server,
    leaseSeconds: /^dhcp-range=.*,infinite$/m.test(dnsmasq) ? 0xffffffff : 86_400,
    lines: [
      `server: dnsmasq-dhcp[42]: DHCPDISCOVER(${option(given, '--card') ?? ''}) ${mac}`,
      `server: dnsmasq-dhcp[42]: DHCPACK(${option(given, '--card') ?? ''}) ${address} ${mac}`,
      'rehearsal: stage address 5.5',
      ...(tftp(loader) === ''
        ? []
        : [
            `server: dnsmasq-tftp[42]: sent /srv/tftp/${loader} to ${address}`,
            'rehearsal: stage loader 5.8',
          ]),
    ],
    failure:
      tftp(loader) === ''
        ? 'PXE-E23: Client received TFTP error from server.'
        : tftp(second) === ''
          ? firmware === 'bios'
            ? 'Failed to load ldlinux.c32'
            : 'Failed to open \\grubx64.efi - Not Found'
          : words.length === 0 || tftp(entry.kernel) === ''
            ? `error: file \`/${entry.kernel}' not found.`
            : null,
  };
}

/** The version whose image lies there, or the version itself. */
export function versionAt(path: string): string {
  return path.replace(/\/images\/(\d+)$/, '/versions/$1');
}

type Tftp = (path: string) => string;

interface Entry {
  readonly kernel: string;
  readonly initrd: string;
  readonly words: string;
}

/** A machine's own file, otherwise the default tree's current version. */
function pxelinux(tftp: Tftp, current: (tree: string) => string, name: string): Entry {
  const [, usual = ''] = /^DEFAULT (\S+)$/m.exec(tftp('pxelinux.cfg/default')) ?? [];
  const text =
    tftp(`pxelinux.cfg/${name}`) || tftp(`sidus/${usual}/${current(usual)}/pxelinux.cfg`);
  const [, kernel = ''] = /^ *KERNEL (\S+)$/m.exec(text) ?? [];
  const [, initrd = ''] = /^ *INITRD (\S+)$/m.exec(text) ?? [];
  const [, append = ''] = /^ *APPEND (.*)$/m.exec(text) ?? [];
  return { kernel, initrd, words: append === '' ? '' : `${append} BOOTIF=${name}` };
}

/** A file is there for GRUB when it can be opened: of directories TFTP knows nothing. */
function grub(tftp: Tftp, current: (tree: string) => string, name: string): Entry {
  const main = tftp('grub/grub.cfg');
  const [, usual = ''] = /^set default=(\S+)$/m.exec(main) ?? [];
  const looks = main.includes('[ -s "$prefix/grub.cfg-$machex" ]');
  const own = looks ? tftp(`grub/grub.cfg-${name}`) : '';
  const sourced = main.includes(`source /sidus/${usual}/current/grub.cfg`);
  const text = own || (sourced ? tftp(`sidus/${usual}/${current(usual)}/grub.cfg`) : '');
  const [, kernel = '', words = ''] = /^ *linux (\S+) (.*)$/m.exec(text) ?? [];
  const [, initrd = ''] = /^ *initrd (\S+)$/m.exec(text) ?? [];
  return { kernel: kernel.slice(1), initrd, words: words.replaceAll('$machex', name) };
}

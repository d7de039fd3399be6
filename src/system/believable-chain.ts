import type { MemorySystem } from './memory.ts';
import { option, textOf } from './modelling.ts';

/** What the servers of a rehearsal's whole chain tell a client, read off their own files. */
export interface Chain {
  /** The version, as a directory of the server. */
  readonly tree: string;
  readonly hostname: string;
  readonly words: readonly string[];
  readonly initrd: string;
  readonly address: string;
  readonly server: string;
  readonly leaseSeconds: number;
  /** What the servers and the loader say on the way, before the kernel. */
  readonly lines: readonly string[];
}

/** pxelinux and dnsmasq as far as a client in memory needs them (syslinux's config.txt, dnsmasq(8)). */
export function chainFrom(world: MemorySystem, given: readonly string[], work: string): Chain {
  const mac = (option(given, '--mac') ?? '').toLowerCase();
  const server = (option(given, '--address') ?? '').replace(/\/.*$/, '');
  const firmware = option(given, '--firmware') ?? 'bios';
  const dnsmasq = textOf(world, `${work}/dnsmasq.conf`);
  const [, first = ''] = /^dhcp-range=([^,\n]*)/m.exec(dnsmasq) ?? [];
  const listed = new RegExp(`^dhcp-host=${mac}((?:,[^,\n]*)*)$`, 'm').exec(dnsmasq)?.[1] ?? '';
  const parts = listed.split(',').filter((part) => part !== '' && part !== 'infinite');
  const address = parts.find((part) => /^[0-9.]+$/.test(part)) ?? first;

  const tftp = (path: string): string => textOf(world, `${work}/tftp/${path}`);
  const file = `pxelinux.cfg/01-${mac.replaceAll(':', '-')}`;
  const [, usual = ''] = /^DEFAULT (\S+)$/m.exec(tftp('pxelinux.cfg/default')) ?? [];
  const current = world.nodes.get(`${work}/tftp/sidus/${usual}/current`)?.content ?? '';
  const entry = tftp(file) || tftp(`sidus/${usual}/${current}/pxelinux.cfg`);
  const [, initrd = ''] = /^ *INITRD (\S+)$/m.exec(entry) ?? [];
  const [, append = ''] = /^ *APPEND (.*)$/m.exec(entry) ?? [];
  const words = `${append} BOOTIF=01-${mac.replaceAll(':', '-')}`.split(' ');
  const path = words.find((word) => word.startsWith('nfsroot='))?.replace(/^[^:]*:/, '') ?? '';
  const loader = firmware === 'bios' ? 'lpxelinux.0' : 'shimx64.efi';
  return {
    tree: path,
    hostname: parts.find((part) => /^[a-z]/.test(part)) ?? '',
    words,
    initrd: tftp(initrd),
    address,
    server,
    leaseSeconds: /^dhcp-range=.*,infinite$/m.test(dnsmasq) ? 0xffffffff : 86_400,
    lines: [
      `server: dnsmasq-dhcp[42]: DHCPDISCOVER(${option(given, '--card') ?? ''}) ${mac}`,
      `server: dnsmasq-dhcp[42]: DHCPACK(${option(given, '--card') ?? ''}) ${address} ${mac}`,
      'rehearsal: stage address 5.5',
      `server: dnsmasq-tftp[42]: sent /srv/tftp/${loader} to ${address}`,
      'rehearsal: stage loader 5.8',
    ],
  };
}

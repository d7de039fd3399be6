import { layout } from '../../core/layout.ts';
import type { Site } from '../index.ts';
import { netmaskOf, networkOf, toText } from '../ipv4.ts';
import { bootScript } from './ipxe.ts';
import { withAdvertiser } from './router-advertisement.ts';

/**
 * dnsmasq(8), for our own service: no DNS (port=0), one card, and by `serve.dhcp` addresses and
 * boot files, boot files alone, or TFTP alone.
 */
export function dnsmasqFile(site: Site): string {
  return [
    '# Written by sidus for sidus-dnsmasq.service; a dnsmasq for DNS has its own files.',
    'port=0',
    `interface=${site.server.network.interfaceName}`,
    'except-interface=lo',
    'bind-dynamic',
    'enable-tftp',
    `tftp-root=${layout.tftp}`,
    ...dhcpOf(site),
    '',
  ].join('\n');
}

function dhcpOf(site: Site): readonly string[] {
  switch (site.server.serve.dhcp) {
    case 'full':
      return fullDhcp(site);
    case 'proxy':
      return proxyDhcp(site);
    case 'existing':
      return [];
  }
}

/** Leases never end, because a client's root hangs on its address (design.md 4, the boot lease). */
function fullDhcp(site: Site): readonly string[] {
  const { address, prefix, rangeFirst, rangeLast, router, nameservers, domain } =
    site.server.network;
  return [
    'dhcp-authoritative',
    `dhcp-range=${rangeFirst},${rangeLast},${netmaskOf(prefix)},infinite`,
    // Without a value dnsmasq would name itself as the router.
    router === null ? 'dhcp-option=option:router' : `dhcp-option=option:router,${router}`,
    ...(nameservers.length === 0
      ? ['dhcp-option=option:dns-server']
      : [`dhcp-option=option:dns-server,${nameservers.join(',')}`]),
    ...(domain === null ? [] : [`dhcp-option=option:domain-name,${domain}`]),
    `dhcp-leasefile=${layout.state}/dnsmasq.leases`,
    ...site.clients.map(({ mac, name, address: fixed }) =>
      [
        'dhcp-host=',
        [mac, name, fixed, 'infinite'].filter((part) => part !== undefined).join(','),
      ].join(''),
    ),
    // Architectures of RFC 4578 2.1: 0 is a BIOS, 7 and 9 are 64-bit UEFI.
    'dhcp-match=set:bios,option:client-arch,0',
    'dhcp-match=set:efi64,option:client-arch,7',
    'dhcp-match=set:efi64,option:client-arch,9',
    // A card whose ROM is an iPXE need not wait two seconds for a proxy (ipxe.org/cfg/dhcp.no-pxedhcp).
    'dhcp-match=set:ipxe,175',
    'dhcp-option=tag:ipxe,encap:175,176,1b',
    `dhcp-boot=tag:bios,lpxelinux.0,,${address}`,
    `dhcp-boot=tag:efi64,shimx64.efi,,${address}`,
  ];
}

/**
 * Beside another DHCP server: PXE clients alone are answered, and get no address here. UEFI asks
 * for its file on port 4011 (PXE 2.1, 2.2.4), a BIOS has a menu of one; iPXE, once it runs, asks
 * again and gets its script with the first answer. A BIOS whose ROM is an iPXE starts lpxelinux too.
 */
function proxyDhcp({ server: { network } }: Site): readonly string[] {
  const { address, prefix } = network;
  return [
    `dhcp-range=${toText(networkOf(address, prefix))},proxy,${netmaskOf(prefix)}`,
    // Options that only iPXE sends, the second one older (ipxe.org/howto/dhcpd).
    'dhcp-userclass=set:ipxe,iPXE',
    'dhcp-match=set:ipxe,175',
    'dhcp-match=set:efi64,option:client-arch,7',
    'dhcp-match=set:efi64,option:client-arch,9',
    'pxe-service=x86PC,"SIDUS",lpxelinux.0',
    'pxe-service=tag:!ipxe,BC_EFI,"SIDUS",snponly.efi',
    'pxe-service=tag:!ipxe,X86-64_EFI,"SIDUS",snponly.efi',
    `dhcp-boot=tag:ipxe,tag:efi64,${bootScript},,${address}`,
  ];
}

/** The LAN guard, as the unit finds it. */
export const guardPath = '/usr/local/lib/sidus/find-dhcp-servers';

/**
 * Since when the card has its link: where the unit finds it new, it asks for half a minute, because a
 * switch with a spanning tree forwards nothing before. It ends with the machine, as links do.
 */
const linkPath = '/run/sidus-link';

/**
 * Before each start of a DHCP server the wire is asked whether another answers: then, and without a
 * link, it stays off, and systemd tries again.
 */
export function dnsmasqUnit(site: Site): string {
  const { interfaceName, address } = site.server.network;
  const guard =
    site.server.serve.dhcp === 'full'
      ? `ExecStartPre=${guardPath} ${interfaceName} ${address} ${linkPath}\n`
      : '';
  return `[Unit]
Description=SIDUS: addresses and boot files for diskless clients
Documentation=man:dnsmasq(8)
Wants=network-online.target
After=network-online.target
${withAdvertiser(site)}
[Service]
ExecStartPre=/usr/sbin/dnsmasq --test --conf-file=/etc/sidus/dnsmasq.conf
${guard}ExecStart=/usr/sbin/dnsmasq --keep-in-foreground --conf-file=/etc/sidus/dnsmasq.conf --pid-file=
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
`;
}

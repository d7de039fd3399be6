import { layout } from '../../core/layout.ts';
import type { Site } from '../index.ts';
import { netmaskOf } from '../ipv4.ts';

/**
 * dnsmasq(8), for our own service: no DNS (port=0), one card, leases that never end because a
 * client's root hangs on its address (design.md 4, the boot lease).
 */
export function dnsmasqFile(site: Site): string {
  const { interfaceName, address, prefix, rangeFirst, rangeLast, router, nameservers, domain } =
    site.server.network;
  const dhcp = [
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
    `dhcp-boot=tag:bios,lpxelinux.0,,${address}`,
    `dhcp-boot=tag:efi64,shimx64.efi,,${address}`,
  ];
  return [
    '# Written by sidus for sidus-dnsmasq.service; a dnsmasq for DNS has its own files.',
    'port=0',
    `interface=${interfaceName}`,
    'except-interface=lo',
    'bind-dynamic',
    'enable-tftp',
    `tftp-root=${layout.tftp}`,
    ...(site.server.serve.dhcp === 'full' ? dhcp : []),
    '',
  ].join('\n');
}

/** The LAN guard, as the unit finds it. */
export const guardPath = '/usr/local/lib/sidus/find-dhcp-servers';

/** Before each start of a DHCP server the wire is asked whether another answers: then it stays off. */
export function dnsmasqUnit(site: Site): string {
  const { interfaceName, address } = site.server.network;
  const guard =
    site.server.serve.dhcp === 'full'
      ? `ExecStartPre=${guardPath} ${interfaceName} ${address}\n`
      : '';
  return `[Unit]
Description=SIDUS: addresses and boot files for diskless clients
Documentation=man:dnsmasq(8)
Wants=network-online.target
After=network-online.target

[Service]
ExecStartPre=/usr/sbin/dnsmasq --test --conf-file=/etc/sidus/dnsmasq.conf
${guard}ExecStart=/usr/sbin/dnsmasq --keep-in-foreground --conf-file=/etc/sidus/dnsmasq.conf --pid-file=
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
`;
}

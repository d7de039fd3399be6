import { file } from '../../core/effect.ts';
import { type Message, say } from '../../core/message.ts';
import type { Step } from '../../core/plan.ts';
import type { Site, SiteClient } from '../index.ts';
import { netmaskOf, networkOf, toText } from '../ipv4.ts';

/**
 * What the administrator of another DHCP server has to tell it, as lines to paste: which file a
 * machine starts by its architecture (RFC 4578 2.1), unless ours says it (proxy), and the names and
 * addresses of the machines that the site lists.
 */

export const otherServers = ['dnsmasq', 'isc', 'kea', 'windows'] as const;
export type OtherServer = (typeof otherServers)[number];

/** Of what is pasted into which of its files. */
const directory = '/etc/sidus/dhcp';
const names: Readonly<Record<OtherServer, string>> = {
  dnsmasq: 'dnsmasq.conf',
  isc: 'isc-dhcp-server.conf',
  kea: 'kea.json',
  windows: 'windows.ps1',
};

/** Architecture, as PXE firmware names it in its vendor class (option 60), and what it starts. */
const started = [
  ['00000', 'lpxelinux.0'],
  ['00007', 'shimx64.efi'],
  ['00009', 'shimx64.efi'],
] as const;

/** Empty where nobody has to be told anything. */
export function toldLines(site: Site, server: OtherServer): string {
  if (!hasToBeTold(site)) return '';
  return `${writers[server](site).join('\n')}\n`;
}

function hasToBeTold({ server, clients }: Site): boolean {
  return server.serve.dhcp === 'existing' || (server.serve.dhcp === 'proxy' && clients.length > 0);
}

const writers: Readonly<Record<OtherServer, (site: Site) => readonly string[]>> = {
  dnsmasq: (site) => [
    // Debian's dnsmasq.conf names no directory: the service does, and skips what dpkg leaves there
    // (/etc/default/dnsmasq, CONFIG_DIR).
    '# dnsmasq: as /etc/dnsmasq.d/sidus.conf; then',
    '#   dnsmasq --test -7 /etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new && systemctl restart dnsmasq',
    ...(bootsBySite(site)
      ? [
          '# Where it serves other networks too, those are told the same.',
          'dhcp-match=set:sidus-bios,option:client-arch,0',
          'dhcp-match=set:sidus-uefi,option:client-arch,7',
          'dhcp-match=set:sidus-uefi,option:client-arch,9',
          `dhcp-boot=tag:sidus-bios,lpxelinux.0,,${site.server.network.address}`,
          `dhcp-boot=tag:sidus-uefi,shimx64.efi,,${site.server.network.address}`,
        ]
      : []),
    ...site.clients.map(
      ({ mac, name, address }) =>
        `dhcp-host=${[mac, name, address].filter((part) => part !== undefined).join(',')}`,
    ),
  ],

  isc: (site) => [
    '# isc-dhcp-server: in /etc/dhcp/dhcpd.conf, between the braces of',
    `# \`subnet ${subnetOf(site)} netmask ${netmaskOf(site.server.network.prefix)} { }\`; then`,
    '#   dhcpd -t && systemctl restart isc-dhcp-server',
    ...(bootsBySite(site)
      ? [
          ...[
            { word: 'if', of: ['00000'], starts: 'lpxelinux.0' },
            { word: '} elsif', of: ['00007', '00009'], starts: 'shimx64.efi' },
          ].flatMap(({ word, of, starts }) => [
            `${word} ${of
              .map(
                (one) =>
                  `substring(option vendor-class-identifier, 0, 20) = "PXEClient:Arch:${one}"`,
              )
              .join('\n  or ')} {`,
            `  next-server ${site.server.network.address};`,
            `  filename "${starts}";`,
          ]),
          '}',
        ]
      : []),
    ...site.clients.map(({ mac, name, address }) =>
      [
        `host ${name} { hardware ethernet ${mac};`,
        ...(address === undefined ? [] : [`fixed-address ${address};`]),
        `option host-name "${name}"; }`,
      ].join(' '),
    ),
  ],

  kea: (site) => [
    '// Kea: in /etc/kea/kea-dhcp4.conf; then',
    '//   kea-dhcp4 -t /etc/kea/kea-dhcp4.conf && systemctl restart kea-dhcp4-server',
    ...(bootsBySite(site)
      ? [
          '// Where it serves other networks too, those are told the same.',
          '// Right behind `"Dhcp4": {`; where it has "client-classes" already, into that list.',
          '"client-classes": [',
          ...[
            { name: 'sidus-bios', of: ['0x0000'], starts: 'lpxelinux.0' },
            { name: 'sidus-uefi', of: ['0x0007', '0x0009'], starts: 'shimx64.efi' },
          ].map(
            ({ name, of, starts }, index, all) =>
              `  { "name": "${name}", "test": "${of.map((one) => `option[93].hex == ${one}`).join(' or ')}",\n    "next-server": "${site.server.network.address}", "boot-file-name": "${starts}" }${index < all.length - 1 ? ',' : ''}`,
          ),
          '],',
        ]
      : []),
    ...(site.clients.length === 0
      ? []
      : [
          `// Right behind the brace of "subnet4" that ${subnetOf(site)}/${site.server.network.prefix} is in; where it has`,
          '// "reservations" already, into that list.',
          '"reservations": [',
          ...site.clients.map(({ mac, name, address }, index) => {
            const parts = { 'hw-address': mac, hostname: name, ...ipAddress(address) };
            const words = Object.entries(parts).map(([key, value]) => `"${key}": "${value}"`);
            return `  { ${words.join(', ')} }${index < site.clients.length - 1 ? ',' : ''}`;
          }),
          '],',
        ]),
  ],

  windows: (site) => {
    const scope = subnetOf(site);
    return [
      '# Windows: in PowerShell, as an administrator of the DHCP server.',
      ...(bootsBySite(site)
        ? started.flatMap(([one, starts]) => {
            const name = `'SIDUS ${one}'`;
            const set = `Set-DhcpServerv4OptionValue -ScopeId ${scope} -PolicyName ${name}`;
            return [
              `Add-DhcpServerv4Class -Type Vendor -Name ${name} -Data 'PXEClient:Arch:${one}'`,
              `Add-DhcpServerv4Policy -ScopeId ${scope} -Name ${name} -Condition OR -VendorClass EQ,'SIDUS ${one}*'`,
              `${set} -OptionId 66 -Value '${site.server.network.address}'`,
              `${set} -OptionId 67 -Value '${starts}'`,
            ];
          })
        : []),
      ...site.clients.flatMap((client) => windowsReservation(client, scope)),
    ];
  },
};

function windowsReservation({ mac, name, address }: SiteClient, scope: string): readonly string[] {
  // There a name belongs to an address.
  if (address === undefined) return [`# ${name} (${mac}) has no address in the site: choose one.`];
  return [
    `Add-DhcpServerv4Reservation -ScopeId ${scope} -IPAddress ${address} -ClientId '${mac.replaceAll(':', '-')}' -Name '${name}'`,
    `Set-DhcpServerv4OptionValue -ReservedIP ${address} -OptionId 12 -Value '${name}'`,
  ];
}

const ipAddress = (address: string | undefined): object =>
  address === undefined ? {} : { 'ip-address': address };

const bootsBySite = ({ server }: Site): boolean => server.serve.dhcp === 'existing';

function subnetOf({ server: { network } }: Site): string {
  return toText(networkOf(network.address, network.prefix));
}

/** The lines, kept beside the site for whoever administers the other server. */
export function toldSteps(site: Site): readonly Step[] {
  if (!hasToBeTold(site)) return [];
  return [
    {
      id: 'serve/told',
      title: say('Write what the other DHCP server has to be told'),
      why: say('Its administrator pastes one of them; nothing else on this server reads them.'),
      effects: otherServers.map((server) =>
        file('server', `${directory}/${names[server]}`, toldLines(site, server)),
      ),
    },
  ];
}

/** What a person has to know, or to do, where another server gives the addresses. */
export function toldNotes(site: Site): readonly Message[] {
  const { dhcp } = site.server.serve;
  const listed = site.clients.length > 0;
  if (dhcp === 'existing') {
    return [
      say(
        'The DHCP server that is there already has to be told: `sidus plan --dhcp isc` prints the lines to paste for isc-dhcp-server, and the same for kea, dnsmasq and windows; {directory} has them all.',
        { directory },
      ),
    ];
  }
  if (dhcp !== 'proxy') return [];
  return [
    say(
      'UEFI machines start by iPXE, which is not signed: switch Secure Boot off on them, or choose existing.',
    ),
    say('Every machine of that network which boots from the network boots from this server.'),
    ...(listed
      ? [
          say(
            'Names and addresses come from the other DHCP server: for the machines that the site lists, `sidus plan --dhcp isc` prints the lines to paste for isc-dhcp-server, and the same for kea, dnsmasq and windows; {directory} has them all.',
            { directory },
          ),
        ]
      : []),
  ];
}

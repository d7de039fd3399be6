import { describe, expect, test } from 'vitest';
import { factsFrom } from '../../src/core/fact.ts';
import { describeProblem } from '../../src/core/problem.ts';
import { alreadyServed, parseListeners, servedPorts } from '../../src/features/serve/ports.ts';
import { type Known, plannedFrom } from '../support/facts.ts';

interface Told {
  readonly comm?: string;
  readonly cgroup?: string;
  readonly cmdline?: readonly string[];
}

/** What the fact's command prints, of lines as ss(8) of Debian 13 has them. */
function printed(lines: readonly string[], told: Readonly<Record<number, Told>> = {}): string {
  const sockets = lines.map((line) => line.replace(/\s*users:.*$/s, ''));
  const parts = Object.entries(told).flatMap(([process, one]) => [
    process,
    `${one.comm ?? 'dnsmasq'}\n`,
    `0::${one.cgroup ?? '/'}\n`,
    (one.cmdline ?? []).map((word) => `${word}\n`).join(''),
  ]);
  return [`${sockets.join('\n')}\n`, `${lines.join('\n')}\n`, ...parts].join('\0');
}

function problems(text: string, dhcp = 'full', known: Known = {}): readonly string[] {
  const { site, facts } = plannedFrom({ server: { serve: { dhcp } }, trees: { lab: {} } }, known);
  const fact = servedPorts(site);
  const seen = factsFrom(new Map([[fact.id, parseListeners(text)]]));
  return alreadyServed(site, {
    get: (one) => (one.id === fact.id ? seen : facts).get(one),
    has: () => true,
  }).map(describeProblem);
}

const udp = (local: string, users = ''): string =>
  `udp UNCONN 0      0      ${local}   0.0.0.0:* ${users}     `;
const tcp = (local: string, users = ''): string =>
  `tcp LISTEN 0      64     ${local} 0.0.0.0:* ${users}`;
const by = (name: string, process: number): string => `users:(("${name}",pid=${process},fd=4))`;
const service = (name: string): string => `/system.slice/${name}`;

describe('who serves in the place of the site', () => {
  test('a DHCP server, a TFTP server and another NFS server are all said at once', () => {
    const text = printed(
      [
        udp('0.0.0.0:67', by('dhcpd', 10)),
        udp('0.0.0.0:69', by('in.tftpd', 11)),
        udp('[::]:69', by('in.tftpd', 11)),
        tcp('*:2049', by('ganesha.nfsd', 12)),
      ],
      {
        10: { comm: 'dhcpd', cgroup: service('isc-dhcp-server.service'), cmdline: ['dhcpd', '-4'] },
        11: { comm: 'in.tftpd', cgroup: service('tftpd-hpa.service') },
        12: { comm: 'ganesha.nfsd', cgroup: '/user.slice/user-0.slice/session-1.scope' },
      },
    );
    expect(problems(text)).toEqual([
      'server.serve.dhcp: dhcpd has UDP port 67 of lan0: it serves DHCP there; end it with `systemctl disable --now isc-dhcp-server.service`, bind it to another card, or choose existing  [serve/already-served]',
      'in.tftpd has UDP port 69 of lan0; end it with `systemctl disable --now tftpd-hpa.service`, or bind it to another address  [serve/already-served]',
      'ganesha.nfsd has TCP port 2049 of lan0; end it with `kill 12`, or bind it to another address  [serve/already-served]',
    ]);
    // With `existing` that DHCP server may be the very one that is meant.
    expect(problems(text, 'existing')).toHaveLength(2);
    expect(problems(text, 'full', { 'server/root': '/srv/staged' })).toEqual([]);
  });

  test.each<[what: string, lines: readonly string[], told: Readonly<Record<number, Told>>]>([
    ['nobody', [], {}],
    ['a dnsmasq for DNS alone', [udp('0.0.0.0:53', by('dnsmasq', 1))], { 1: {} }],
    ['libvirt’s dnsmasq', [udp('0.0.0.0%virbr0:67', by('dnsmasq', 1))], { 1: {} }],
    ['TFTP on another network', [udp('10.0.0.1:69', by('dnsmasq', 1))], { 1: {} }],
    ['TFTP over IPv6 alone', [udp('[::]:69', by('in.tftpd', 1))], { 1: {} }],
    ['the kernel’s NFS server', [tcp('0.0.0.0:2049'), tcp('[::]:2049')], {}],
    ['what only root is told of', [udp('0.0.0.0:69')], {}],
    [
      'our own',
      [udp('0.0.0.0%lan0:67', by('dnsmasq', 1)), udp('192.168.67.1:69', by('dnsmasq', 1))],
      { 1: { cgroup: service('sidus-dnsmasq.service') } },
    ],
    [
      'a dhcpd for another card',
      [udp('0.0.0.0:67', by('dhcpd', 1))],
      { 1: { comm: 'dhcpd', cmdline: ['dhcpd', '-q', '-cf', '/etc/dhcp/lan0', 'eth1'] } },
    ],
  ])('%s is left alone', (_, lines, told) => {
    expect(problems(printed(lines, told))).toEqual([]);
  });

  test.each<[what: string, line: string, told: Told]>([
    ['bound to the card', udp('0.0.0.0%lan0:67', by('dnsmasq', 1)), {}],
    ['bound to the address', udp('192.168.67.1:67', by('kea-dhcp4', 1)), { comm: 'kea-dhcp4' }],
    ['for all cards', udp('*:67', by('dnsmasq', 1)), { cgroup: service('dnsmasq.service') }],
    [
      'a dhcpd for this card too',
      udp('0.0.0.0:67', by('dhcpd', 1)),
      { comm: 'dhcpd', cmdline: ['/usr/sbin/dhcpd', '-4', 'eth1', 'lan0'] },
    ],
    [
      'what somebody calls ours in a session of their own',
      udp('0.0.0.0:67', by('dnsmasq', 1)),
      { cgroup: '/user.slice/user@1000.service/app.slice/sidus-dnsmasq.service' },
    ],
  ])('%s it is in the way', (_, line, told) => {
    expect(problems(printed([line], { 1: told }))).toHaveLength(1);
  });

  test('systemd holds sockets for others', () => {
    const text = printed([udp('*:69', by('systemd', 1))], {
      1: { comm: 'systemd', cgroup: '/init.scope' },
    });
    expect(problems(text)[0]).toContain('`systemctl list-sockets`');
  });
});

describe('what processes call themselves', () => {
  test('is not shown when it is no name, and takes no port', () => {
    const evil = `x",pid=1,fd=3)) \u001b[2J\nudp UNCONN 0 0 0.0.0.0:69 0.0.0.0:* ${by('y', 7)}\n0::/system.slice/sidus-a.service`;
    const text = [
      'udp UNCONN 0 0 0.0.0.0:67 0.0.0.0:*\n',
      `udp UNCONN 0 0 0.0.0.0:67 0.0.0.0:* ${by(evil, 9)}\n`,
      ...['9', `${evil}\n`, '0::/user.slice/x.scope\n', 'x\n'],
    ].join('\0');
    expect(parseListeners(text)).toEqual([
      {
        ...{ protocol: 'udp', port: 67, address: '*', card: null },
        holders: [{ process: 9, program: null, unit: null, words: ['x'] }],
      },
    ]);
    expect(problems(text)).toEqual([
      'server.serve.dhcp: process 9 has UDP port 67 of lan0: it serves DHCP there; end it with `kill 9`, bind it to another card, or choose existing  [serve/already-served]',
    ]);
  });

  test.each(['', '\0', 'nonsense', 'udp\0\0\0\0', 'udp UNCONN 0 0 :67\0x\x001\0'])(
    '%j is nobody',
    (text) => {
      expect(parseListeners(text)).toEqual([]);
    },
  );

  test('the unit is that of the first or the second version of cgroups', () => {
    const unit = (groups: string) =>
      parseListeners(
        [
          'udp UNCONN 0 0 *:69 *:*\n',
          `udp UNCONN 0 0 *:69 *:* ${by('a', 5)}\n`,
          '5',
          'a\n',
          groups,
          '',
        ].join('\0'),
      )[0]?.holders[0]?.unit;
    expect(unit('3:cpu:/\n1:name=systemd:/system.slice/tftpd-hpa.service\n')).toBe(
      'tftpd-hpa.service',
    );
    expect(unit('0::/system.slice/system-tftp.slice/tftp@1.service/x\n')).toBe('tftp@1.service');
    expect(unit('0::/system.slice/a.socket\n')).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import { render } from '../../src/core/message.ts';
import { describeProblem } from '../../src/core/problem.ts';
import {
  alreadyServed,
  alreadyServedNotes,
  servedPorts,
  unsharedDhcp,
} from '../../src/features/serve/already-served.ts';
import { parseListeners } from '../../src/features/serve/ports.ts';
import { derive } from '../../src/planner/derive.ts';
import { overlaidFacts } from '../../src/planner/overlaid-facts.ts';
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

function seenBy(text: string, dhcp: string, known: Known) {
  const { site, facts } = plannedFrom({ server: { serve: { dhcp } }, trees: { lab: {} } }, known);
  const fact = servedPorts(site);
  return { site, facts: overlaidFacts(facts, [[fact, parseListeners(text)]]) };
}

function problems(text: string, dhcp = 'full', known: Known = {}): readonly string[] {
  const { site, facts } = seenBy(text, dhcp, known);
  return alreadyServed(site, facts).map(describeProblem);
}

function notes(text: string, known: Known = {}): readonly string[] {
  const { site, facts } = seenBy(text, 'full', known);
  return alreadyServedNotes(site, facts).map(render);
}

const unshared: Known = { [unsharedDhcp.id]: [67] };

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
    [
      'a dhcpd for this card too',
      udp('0.0.0.0:67', by('dhcpd', 1)),
      { comm: 'dhcpd', cmdline: ['/usr/sbin/dhcpd', '-4', 'eth1', 'lan0'] },
    ],
    [
      'what somebody calls ours in a session of their own',
      udp('0.0.0.0%lan0:67', by('dnsmasq', 1)),
      { cgroup: '/user.slice/user@1000.service/app.slice/sidus-dnsmasq.service' },
    ],
  ])('%s it is in the way', (_, line, told) => {
    expect(problems(printed([line], { 1: told }))).toHaveLength(1);
  });

  const everywhere = printed([udp('0.0.0.0:67', by('dnsmasq', 1))], {
    1: { cgroup: service('dnsmasq.service') },
  });

  test('a port of all cards that is shared may be for another card: it is said, not refused', () => {
    for (const known of [{}, { [unsharedDhcp.id]: [] }]) {
      expect(problems(everywhere, 'full', known)).toEqual([]);
      expect(notes(everywhere, known)).toEqual([
        'dnsmasq has UDP port 67 of all cards, and shares it. Unless it leaves lan0 alone already, tell it `no-dhcp-interface=lan0`.',
      ]);
    }
    const { site, facts } = seenBy(everywhere, 'full', {});
    expect(derive(site, facts).notes.map(render).join('\n')).toContain('UDP port 67');
    expect(derive(site, facts, 'trees').notes.map(render).join('\n')).not.toContain('port 67');
  });

  test('one that is not shared is refused: ours could not start', () => {
    expect(problems(everywhere, 'full', unshared)).toEqual([
      "server.serve.dhcp: dnsmasq has UDP port 67 of all cards, and shares it with no other server; run `printf '%s\\n' bind-dynamic no-dhcp-interface=lan0 >/etc/dnsmasq.d/beside-sidus.conf && systemctl restart dnsmasq.service`, or choose existing  [serve/port-unshared]",
    ]);
    expect(notes(everywhere, unshared)).toEqual([]);
    // Ours is found there, and nobody else.
    expect(problems(printed([]), 'full', unshared)).toEqual([]);
  });

  test.each<[program: string, unit: string, remedy: RegExp]>([
    ['dhcpd', 'isc-dhcp-server.service', /`systemctl disable --now isc-dhcp-server\.service`/],
    [
      'kea-dhcp4',
      'kea-dhcp4-server.service',
      /`systemctl disable --now kea-dhcp4-server\.service`/,
    ],
    ['dnsmasq', 'dnsmasq.service', /`echo no-dhcp-interface=lan0 >\S+ && systemctl restart dns/],
    ['systemd-network', 'systemd-networkd.service', /`DHCPServer=no` for lan0/],
    ['dnsmasq', 'NetworkManager.service', /`nmtui` .* manual with 192\.168\.67\.1\/24, not shared/],
    ['dnsmasq', 'incus.service', /choose another card .* incus\.service leave lan0 alone/],
    ['dnsmasq', 'libvirtd.service', /choose another card .* libvirtd\.service leave lan0 alone/],
  ])('%s of %s is not ended with what else it does', (program, unit, remedy) => {
    const told = { 1: { comm: program, cgroup: service(unit) } };
    const [dhcp] = problems(printed([udp('0.0.0.0%lan0:67', by(program, 1))], told));
    expect(dhcp).toMatch(remedy);
    const [tftp] = problems(printed([udp('192.168.67.1:69', by(program, 1))], told));
    for (const said of [dhcp, tftp]) {
      expect(/disable --now/.test(said ?? '')).toBe(/^(isc|kea)/.test(unit));
    }
  });

  test('beside a DHCP server on this very machine, its TFTP alone ends', () => {
    const told = { 1: { cgroup: service('dnsmasq.service') } };
    const [tftp] = problems(printed([udp('0.0.0.0:69', by('dnsmasq', 1))], told), 'existing');
    expect(tftp).toContain('take enable-tftp out of');
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
      'udp UNCONN 0 0 0.0.0.0%lan0:67 0.0.0.0:*\n',
      `udp UNCONN 0 0 0.0.0.0%lan0:67 0.0.0.0:* ${by(evil, 9)}\n`,
      ...['9', `${evil}\n`, '0::/user.slice/x.scope\n', 'x\n'],
    ].join('\0');
    expect(parseListeners(text)).toEqual([
      {
        ...{ protocol: 'udp', port: 67, address: '*', card: 'lan0' },
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

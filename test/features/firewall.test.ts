import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { render } from '../../src/core/message.ts';
import {
  firewalldZones,
  iptablesDrop,
  ownRuleset,
  ufwActive,
  type Zone,
} from '../../src/features/serve/firewall/facts.ts';
import { firewallOf } from '../../src/features/serve/firewall/index.ts';
import { nftFile } from '../../src/features/serve/firewall/nftables.ts';
import { clientZones } from '../../src/features/serve/firewall/others.ts';
import { parseRuleset, type Ruleset } from '../../src/features/serve/firewall/ruleset.ts';
import { openings, openingWords } from '../../src/features/serve/openings.ts';
import { describePlan } from '../../src/planner/describe.ts';
import { behindFirewalls, type Known, planned, plannedFrom } from '../support/facts.ts';
import { expectGolden } from '../support/golden.ts';
import { removeDirectory, temporaryDirectory } from '../support/machine.ts';

/** Rulesets as nft 1.1.3 printed them. */
const recorded = (name: string): Ruleset =>
  parseRuleset(readFileSync(`test/facts/nft/${name}.out`, 'utf8'));

function seen(known: Known, dhcp = 'full', card = 'lan0') {
  const network = { interfaceName: card, address: '192.168.67.1', prefix: 24 };
  const planning = plannedFrom(
    {
      server: {
        network: { ...network, rangeFirst: '192.168.67.100', rangeLast: '192.168.67.240' },
        serve: { dhcp },
      },
      trees: { lab: {} },
    },
    { 'network/interfaces': [{ name: card, address: '192.168.67.1', prefix: 24 }], ...known },
  );
  return { ...planning, firewall: firewallOf(planning.site, planning.facts) };
}

const file = (name: string, atStart = true): Known => ({
  'firewall/own-ruleset': { atStart, ruleset: recorded(name) },
});
const live = (name: string): Known => ({ 'firewall/live-ruleset': recorded(name) });
const input = [{ family: 'inet', table: 'filter', chain: 'input' }];

describe('chains that hold clients up', () => {
  test.each([
    ['default-drop', input],
    ['final-reject', [{ family: 'ip', table: 'closed', chain: 'incoming' }]],
    ['open-card', []],
    // One end of the range is let through, the other is not.
    ['half-open', input],
    ['bans', []],
    // Or the step would be gone as soon as it is done.
    ['opened', input],
  ])('of the ruleset %s', (name, chains) => {
    expect(seen(file(name)).firewall.nftables).toEqual(chains);
  });

  test('depend on the card', () => {
    expect(seen(file('open-card'), 'full', 'eth0').firewall.nftables).toEqual([
      { family: 'inet', table: 'firewall', chain: 'inbound' },
    ]);
  });

  const chain = (rules: unknown, policy = 'accept') =>
    parseRuleset(
      JSON.stringify({
        nftables: [
          { table: { family: 'inet', name: 'filter' } },
          {
            chain: {
              ...{ family: 'inet', table: 'filter', name: 'input', policy },
              ...{ type: 'filter', hook: 'input', prio: 0 },
            },
          },
          { rule: { family: 'inet', table: 'filter', chain: 'input', expr: rules } },
        ],
      }),
    );
  const iifname = (right: unknown, op = '==') => ({
    match: { op, left: { meta: { key: 'iifname' } }, right },
  });
  const accept = { accept: null };
  const drop = { drop: null };

  test.each<[what: string, rules: unknown, policy: string, held: boolean]>([
    ['an accept of the card', [iifname('lan0'), accept], 'drop', false],
    ['of another card', [iifname('lan1'), accept], 'drop', true],
    ['of all but another', [iifname('lan1', '!='), accept], 'drop', false],
    [
      'of a set of cards',
      [iifname({ set: ['lo', { elem: { val: 'lan0' } }] }), accept],
      'drop',
      false,
    ],
    ['of a named set', [iifname('@cards'), accept], 'drop', true],
    ['under a condition nobody knows', [{ xt: { name: 'owner' } }, accept], 'drop', true],
    ['that is limited', [{ limit: { rate: 1 } }, accept], 'drop', true],
    ['a drop of all', [{ counter: {} }, drop], 'accept', true],
    [
      'a drop of new connections',
      [{ match: { op: 'in', left: { ct: { key: 'state' } }, right: ['new', 'invalid'] } }, drop],
      'accept',
      true,
    ],
    [
      'a drop of what is invalid',
      [{ match: { op: 'in', left: { ct: { key: 'state' } }, right: 'invalid' } }, drop],
      'accept',
      false,
    ],
    [
      'a drop of an ICMP',
      [
        { match: { op: '!=', left: { payload: { protocol: 'icmp', field: 'type' } }, right: 8 } },
        drop,
      ],
      'accept',
      false,
    ],
    ['a jump into nothing', [{ jump: { target: 'nowhere' } }], 'accept', false],
    ['a jump in a circle', [{ jump: { target: 'input' } }], 'drop', true],
    ['no rule at all', 'nonsense', 'drop', true],
    ['a rule of odd parts', [null, 7, 'x', { match: null }, { match: 'x' }], 'drop', true],
  ])('%s', (_, rules, policy, held) => {
    const known = { 'firewall/own-ruleset': { atStart: true, ruleset: chain(rules, policy) } };
    expect(seen(known).firewall.nftables).toEqual(held ? input : []);
  });

  // What systemctl of systemd 252 and 257 prints, and its exit status; null: there is none.
  test.each<[what: string, systemctl: string | null, atStart: boolean]>([
    ['enabled', 'echo enabled; exit 0', true],
    ['disabled', 'echo disabled; exit 1', false],
    ['masked', 'echo masked; exit 1', false],
    ['not there, Debian 13', 'echo not-found; exit 4', false],
    ['not there, Debian 12', 'echo Failed to get unit file state >&2; exit 1', false],
    ['without systemd', null, false],
  ])('of the main file are known, its service %s', (_, systemctl, atStart) => {
    const directory = temporaryDirectory('nft');
    try {
      const program = (name: string, text: string): void =>
        writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      if (systemctl !== null) program('systemctl', systemctl);
      // It is not what is tested here, and takes a kernel that has nftables.
      program('unshare', `exec /bin/cat ${resolve('test/facts/nft/default-drop.out')}`);
      const { source } = ownRuleset;
      if (source.kind !== 'command') throw new Error('it is a command');
      const [, , script = ''] = source.argv.map(String);
      const text = execFileSync('/bin/sh', ['-c', script, 'ruleset', '/etc/passwd'], {
        env: { PATH: directory },
        encoding: 'utf8',
      });
      expect(ownRuleset.parse(text)).toEqual({ atStart, ruleset: recorded('default-drop') });
    } finally {
      removeDirectory(directory);
    }
  });

  test('a main file that neither is at work nor starts with the server holds nobody up', () => {
    expect(seen(file('default-drop', false)).firewall.nftables).toEqual([]);
    const both = { ...file('default-drop', false), ...live('default-drop') };
    expect(seen(both).firewall.nftables).toEqual(input);
  });

  test('what is staged is not judged by this server', () => {
    const known = { ...behindFirewalls, 'server/root': '/srv/staged' };
    const { plan, firewall } = seen(known);
    expect(firewall).toEqual({ nftables: [], ufw: false, firewalld: null, byHand: [] });
    expect(plan.steps.some(({ id }) => id === 'serve/firewall')).toBe(false);
  });
});

describe('what sidus does not change', () => {
  const notes = (known: Known): string =>
    seen(known)
      .plan.notes.map(render)
      .filter((note) => /hold clients up/.test(note))
      .join('\n');

  test('a chain that the main file does not make: the lines to type are in the plan', () => {
    const note = notes(live('final-reject'));
    expect(note).toContain('The chain ip closed incoming of nftables may hold clients up');
    expect(note).toContain(
      `nft 'insert rule ip closed incoming iifname "lan0" udp dport 67 accept'; nft 'insert`,
    );
    expect(seen(live('final-reject')).plan.steps.map(({ id }) => id)).not.toContain(
      'serve/firewall',
    );
  });

  test('iptables, under nft or of old; not where it is what ufw is made of', () => {
    expect(notes(live('iptables'))).toContain('iptables -I INPUT -i lan0 -p udp --dport 67 -j');
    expect(notes({ 'firewall/iptables': true })).toContain('The chain INPUT of iptables');
    expect(notes({ ...live('iptables'), 'firewall/ufw': true })).toBe('');
  });

  test('what an ordinary user is not told', () => {
    const words = seen({ 'server/user': false }).plan.notes.map(render).join('\n');
    expect(words).toContain('only root is told');
    expect(notes({})).toBe('');
  });

  test('a chain with a name that nft would want in quotes', () => {
    const odd = JSON.parse(
      readFileSync('test/facts/nft/default-drop.out', 'utf8').replaceAll('"input"', '"in put"'),
    );
    const ruleset = parseRuleset(
      JSON.stringify(odd).replaceAll('"hook":"in put"', '"hook":"input"'),
    );
    const known = {
      'firewall/own-ruleset': { atStart: true, ruleset },
      'firewall/live-ruleset': ruleset,
    };
    expect(seen(known).firewall.nftables).toEqual([]);
    expect(notes(known)).toMatch(/Open on lan0: UDP 67, 69 and 123, TCP 2049 and 7069\.$/);
  });

  test('firewalld alone has the table that bears its name', () => {
    const text = readFileSync('test/facts/nft/default-drop.out', 'utf8');
    const ruleset = parseRuleset(
      text.replaceAll('"filter"', '"firewalld"').replace('"type": "firewalld"', '"type": "filter"'),
    );
    const known = { ...behindFirewalls, 'firewall/live-ruleset': ruleset };
    expect(notes({ 'firewall/live-ruleset': ruleset })).toContain('inet firewalld input');
    expect(notes(known)).toBe('');
  });
});

test.each([
  ['full', 'UDP 67, 69 and 123, TCP 2049 and 7069'],
  ['proxy', 'UDP 67, 69, 123 and 4011, TCP 2049 and 7069'],
  ['existing', 'UDP 69 and 123, TCP 2049 and 7069'],
])('with %s the ports are %s', (dhcp, words) => {
  expect(openingWords(openings(seen({}, dhcp).site))).toBe(words);
});

describe('facts', () => {
  test('the main file of nftables, and whether it is loaded at start', () => {
    const text = readFileSync('test/facts/nft/default-drop.out', 'utf8');
    expect(ownRuleset.parse(`enabled\n${text}`)).toMatchObject({ atStart: true });
    expect(ownRuleset.parse(`disabled\n${text}`)).toMatchObject({ atStart: false });
    expect(ownRuleset.parse(`no\n${text}`).ruleset).toHaveLength(3);
    expect(() => ownRuleset.parse('enabled\n')).toThrow();
  });

  test('ufw, and iptables', () => {
    expect(ufwActive.parse('Status: active\n\nTo  Action  From\n')).toBe(true);
    expect(ufwActive.parse('Status: inactive\n')).toBe(false);
    expect(iptablesDrop.parse('-P INPUT DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT\n')).toBe(true);
    expect(
      iptablesDrop.parse(
        '-P INPUT ACCEPT\n-A INPUT -j REJECT --reject-with icmp-port-unreachable\n',
      ),
    ).toBe(true);
    expect(iptablesDrop.parse('-P INPUT ACCEPT\n-A INPUT -i eth0 -j DROP\n')).toBe(false);
  });

  test('the zones of firewalld, of 1.3 and 2.3', () => {
    expect(
      firewalldZones.parse(
        'public\ninternal\n  sources: 192.168.67.0/25 ipset:x\npublic (default)\n  interfaces: eth0 lan0\n',
      ),
    ).toEqual([
      { name: 'internal', isDefault: false, cards: [], sources: ['192.168.67.0/25', 'ipset:x'] },
      { name: 'public', isDefault: true, cards: ['eth0', 'lan0'], sources: [] },
    ]);
    expect(firewalldZones.parse('drop\nhome\n  interfaces: eth0\n')).toEqual([
      { name: 'home', isDefault: false, cards: ['eth0'], sources: [] },
      { name: 'drop', isDefault: true, cards: [], sources: [] },
    ]);
    expect(firewalldZones.parse('')).toBeNull();
  });

  const zone = (name: string, more: Partial<Zone> = {}): Zone => ({
    ...{ name, isDefault: false, cards: [], sources: [] },
    ...more,
  });
  test.each<[what: string, zones: readonly Zone[], names: readonly string[]]>([
    ['the card’s', [zone('a', { isDefault: true }), zone('b', { cards: ['lan0'] })], ['b']],
    ['the default one', [zone('a', { isDefault: true }), zone('b', { cards: ['eth0'] })], ['a']],
    [
      'those of addresses too',
      [
        zone('a', { isDefault: true }),
        zone('wide', { sources: ['192.168.0.0/16'] }),
        zone('one', { sources: ['192.168.67.9'] }),
        zone('other', { sources: ['10.0.0.0/8', '::/0', '52:54:00:12:34:56'] }),
      ],
      ['a', 'one', 'wide'],
    ],
  ])('clients arrive in %s', (_, zones, names) => {
    expect(clientZones(seen({}).site, zones)).toEqual(names);
  });

  test('a zone with a name that no file could hold is nobody’s', () => {
    const zones = [zone('"/><x', { isDefault: true })];
    expect(seen({ 'firewall/firewalld': zones }).firewall).toEqual({
      ...{ nftables: [], ufw: false, firewalld: null },
      byHand: [{ what: 'zone of firewalld', lines: [] }],
    });
  });
});

test('the steps read as the golden ones', () => {
  const { plan } = planned('minimal', behindFirewalls);
  const steps = plan.steps.filter(({ id }) => id === 'serve/firewall');
  expectGolden('firewalls.plan.txt', describePlan({ ...plan, steps }, null));
});

test('chains of one table share ours, and another content has another stamp', () => {
  const { site } = seen({});
  const [one] = input;
  if (one === undefined) throw new Error('there is one');
  const text = nftFile(site, [one, { ...one, chain: 'late' }, { ...one, table: 'other' }]);
  expect(text.match(/^insert rule /gm)).toHaveLength(3);
  expect(text.match(/^flush chain /gm)).toEqual(['flush chain ', 'flush chain ']);
  const stamp = (given: string): string => /sidus [0-9a-f]{16}/.exec(given)?.[0] ?? '';
  expect(stamp(text)).not.toBe('');
  expect(stamp(nftFile(site, input))).not.toBe(stamp(text));
});

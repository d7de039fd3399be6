import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Fact, factsFrom } from '../../src/core/fact.ts';
import { render } from '../../src/core/message.ts';
import type { DhcpAnswer } from '../../src/core/overview.ts';
import { describeProblem } from '../../src/core/problem.ts';
import type { Trial } from '../../src/core/trial.ts';
import { archiveSolve } from '../../src/features/archive-solve.ts';
import type { Site } from '../../src/features/index.ts';
import { cards, interfaces, uplink } from '../../src/features/network-facts.ts';
import { cardLabels } from '../../src/features/network-suggestions.ts';
import {
  cardTrial,
  freeStretch,
  type Neighbours,
  nameserversTrials,
  neighboursIn,
  parseNeighbours,
  rangeTrial,
} from '../../src/features/network-trials.ts';
import { packages } from '../../src/features/packages.ts';
import {
  type DhcpServers,
  dhcpServers,
  parseDhcpServers,
} from '../../src/features/serve/dhcp-servers.ts';
import { dhcpTrial, wireProblems } from '../../src/features/serve/foreign-dhcp.ts';
import { describeUnasked, unaskedProblems } from '../../src/features/serve/unasked-dhcp.ts';
import {
  type MirrorAnswer,
  mirrorAnswer,
  mirrorTrials,
  parseMirrorAnswer,
} from '../../src/features/tree/mirror-trials.ts';
import { overlaid } from '../../src/planner/answers.ts';
import { contextOf } from '../../src/planner/derive.ts';
import { plannedFrom } from '../support/facts.ts';

const network = {
  interfaceName: 'lan0',
  address: '192.168.67.1',
  prefix: 24,
  rangeFirst: '192.168.67.110',
  rangeLast: '192.168.67.130',
};

function siteWith(more: unknown = {}): Site {
  return plannedFrom(overlaid({ server: { network }, trees: { lab: {} } }, more)).site;
}

/** What a trial says, in words, when its facts are these. */
function said(trial: Trial, ...known: readonly (readonly [Fact<never>, unknown])[]): string | null {
  const values = known.map(([{ id }, value]) => [id, value] as const);
  const verdict = trial.verdict(factsFrom(new Map(values)));
  if (verdict === null) return null;
  if ('good' in verdict) return render(verdict.good);
  expect(verdict.warning.at).toBe(trial.at);
  return describeProblem(verdict.warning);
}

const recorded = (name: string): string => readFileSync(`test/facts/${name}.out`, 'utf8');

describe('the range', () => {
  test.each<[string, Neighbours]>([
    [
      recorded('find-neighbours/two'),
      {
        status: 'asked',
        asked: 21,
        found: [
          { address: '192.168.67.120', mac: '02:00:00:00:01:20' },
          { address: '192.168.67.125', mac: '02:00:00:00:01:25' },
        ],
      },
    ],
    [recorded('find-neighbours/none'), { status: 'asked', asked: 21, found: [] }],
    ['cannot card\n', { status: 'elsewhere' }],
    ['cannot elsewhere\n', { status: 'elsewhere' }],
    ['cannot link\n', { status: 'no-link' }],
    ['cannot ask on lan0: it sleeps\n', { status: 'unasked' }],
    ['', { status: 'unasked' }],
  ])('as find-neighbours says %j', (text, value) => {
    expect(parseNeighbours(text)).toEqual(value);
  });

  const fact = neighboursIn('lan0', '192.168.67.110', '192.168.67.130');
  const found = (...last: readonly number[]): Neighbours => ({
    status: 'asked',
    asked: 21,
    found: last.map((n) => ({ address: `192.168.67.${n}`, mac: `02:00:00:00:01:${n % 100}` })),
  });
  const of = (neighbours: Neighbours, more: unknown = {}) =>
    said(rangeTrial(siteWith(more)), [fact as never, neighbours]);

  test('is free', () => {
    expect(of(found())).toBe('21 addresses; none of them answered just now');
    expect(of({ ...found(), asked: 10 } as Neighbours)).toBe(
      '21 addresses; of the first 10, none answered just now',
    );
  });

  test('is in use, and another one is proposed', () => {
    expect(of(found(112))).toBe(
      [
        'server.network.rangeFirst: of the range, 192.168.67.112 is in use on lan0; choose another range; 192.168.67.113 to 192.168.67.130 is free  [network/range-in-use]',
        '    | 192.168.67.112 is 02:00:00:00:01:12',
      ].join('\n'),
    );
    expect(of(found(112, 113, 114, 125))).toMatch(
      /67\.112, 192\.168\.67\.113, 192\.168\.67\.114 and 1 more of the range .* 192\.168\.67\.115 to 192\.168\.67\.124 is free/,
    );
    const all = Array.from({ length: 21 }, (_, index) => 110 + index);
    expect(of(found(...all))).toMatch(/ and 18 more .*; choose another range, one that/);
  });

  test('may hold machines of the site itself', () => {
    const clients = [
      { mac: '52:54:00:00:00:20', name: 'node1', address: '192.168.67.112' },
      { mac: '02:00:00:00:01:13', name: 'node2' },
    ];
    expect(of(found(112, 113), { clients })).toBe('21 addresses; none of them answered just now');
    expect(of(found(112, 113, 114), { clients })).toMatch(/of the range, 192\.168\.67\.114 is/);
  });

  test('is not judged where nobody could be asked', () => {
    expect(of({ status: 'elsewhere' })).toBeNull();
    expect(of({ status: 'unasked' })).toBeNull();
    expect(of({ status: 'no-link' })).toMatch(/plug the cable in/);
  });

  test.each([
    [[], '10.0.0.1', '10.0.0.9'],
    [['10.0.0.1'], '10.0.0.2', '10.0.0.9'],
    [['10.0.0.8', '10.0.0.3'], '10.0.0.4', '10.0.0.7'],
    [['10.0.0.9', '10.0.0.2'], '10.0.0.3', '10.0.0.8'],
  ])('without %j has %s to %s free', (taken, first, last) => {
    expect(freeStretch('10.0.0.1', '10.0.0.9', taken)).toEqual({ first, last });
  });
});

describe('the card', () => {
  const trial = cardTrial(siteWith());
  test('has an address, has none, or is not here', () => {
    const one = { name: 'lan0', address: '192.168.67.1', prefix: 24 };
    expect(said(trial, [interfaces as never, [one]])).toBe('lan0 has 192.168.67.1/24');
    expect(said(trial, [interfaces as never, []], [cards as never, ['lan0']])).toMatch(
      /lan0 has no IPv4 address; .*ip address add 192\.168\.67\.1\/24 dev lan0/,
    );
    expect(said(trial, [interfaces as never, []], [cards as never, ['eno1']])).toBeNull();
    expect(said(trial, [interfaces as never, []])).toBeNull();
  });

  test('leads to the internet, where this server would answer strangers', () => {
    const facts = [
      [interfaces as never, [{ name: 'lan0', address: '192.168.67.1', prefix: 24 }]],
      [uplink as never, 'lan0'],
    ] as const;
    expect(said(trial, ...facts)).toMatch(/lan0 leads to the internet: .*network\/outward/);
    const existing = cardTrial(siteWith({ server: { serve: { dhcp: 'existing' } } }));
    expect(said(existing, ...facts)).toBe('lan0 has 192.168.67.1/24');
  });

  test('is described by what it has and where it leads', () => {
    const known = factsFrom(
      new Map<string, unknown>([
        [cards.id, ['lan0', 'wan0', 'idle']],
        [
          interfaces.id,
          [
            { name: 'lan0', address: '192.168.67.1', prefix: 24 },
            { name: 'wan0', address: '10.0.0.2', prefix: 8 },
          ],
        ],
        [uplink.id, 'wan0'],
      ]),
    );
    expect(cardLabels({ facts: known, answers: {} })).toEqual({
      lan0: '192.168.67.1/24',
      wan0: '10.0.0.2/8, leads to the internet',
      idle: 'no address',
    });
  });
});

describe('name servers', () => {
  const verdictOf = (network: unknown): string | null => {
    const [trial] = nameserversTrials(siteWith({ server: { network } }));
    return trial === undefined ? null : said(trial, [interfaces as never, []]);
  };
  test('out of reach are warned of, unless there is a router', () => {
    expect(verdictOf({ router: null, nameservers: ['192.168.1.1', '192.168.67.2'] })).toMatch(
      /clients in 192\.168\.67\.0\/24 reach 192\.168\.1\.1 only through a router/,
    );
    expect(verdictOf({ router: null, nameservers: ['192.168.67.2'] })).toBeNull();
    expect(verdictOf({ router: '192.168.67.254', nameservers: ['192.168.1.1'] })).toBeNull();
  });
});

describe('DHCP servers', () => {
  const office = { server: '192.168.67.200', offer: '192.168.67.243/24', seconds: 3600, boots: [] };
  const menu = { architecture: 0, from: '-', file: '-' };
  test.each<[string, DhcpServers]>([
    [recorded('find-dhcp-servers/foreign'), { status: 'asked', servers: [office] }],
    [recorded('find-dhcp-servers/nobody'), { status: 'asked', servers: [] }],
    [
      recorded('find-dhcp-servers/boots'),
      {
        status: 'asked',
        servers: [
          {
            ...office,
            boots: [
              { architecture: 0, from: '192.168.67.1', file: 'lpxelinux.0' },
              { architecture: 7, from: '192.168.67.1', file: 'shimx64.efi' },
            ],
          },
          {
            server: '192.168.67.1',
            offer: null,
            boots: [menu, { architecture: 7, from: '192.168.67.1', file: '-' }],
          },
        ],
      },
    ],
    ['cannot card\n', { status: 'no-card' }],
    ['cannot root\n', { status: 'only-root' }],
    ['cannot link\n', { status: 'no-link' }],
    ['cannot Network is down\n', { status: 'unasked', why: 'Network is down' }],
    // No perl, or killed: not a word is not nobody.
    ['', { status: 'unasked', why: 'perl(1) says nothing' }],
  ])('as find-dhcp-servers says %j', (text, value) => {
    expect(parseDhcpServers(text)).toEqual(value);
  });

  const boots = (from: string, files: readonly [string, string]): DhcpAnswer['boots'] =>
    [0, 7].map((architecture, index) => ({ architecture, from, file: files[index] ?? '' }));
  const ours = boots('192.168.67.1', ['lpxelinux.0', 'shimx64.efi']);
  const theirs = boots('192.168.67.200', ['wds.com', 'wds.efi']);
  const wire = (...servers: readonly DhcpAnswer[]): DhcpServers => ({ status: 'asked', servers });
  const own: DhcpAnswer = { server: '192.168.67.1', offer: '192.168.67.128/24', boots: ours };
  const nobody = wire();
  const one = wire(office);

  test.each<[Site['server']['serve']['dhcp'], DhcpServers, string | null]>([
    ['full', nobody, 'no other DHCP server answers on lan0'],
    ['full', wire(own), 'no other DHCP server answers on lan0'],
    ['full', one, '67\\.243/24\\); choose proxy, .*\\[serve/foreign-dhcp\\]'],
    ['full', wire(own, office), '192.168.67.200 .*\\[serve/foreign-dhcp\\]'],
    ['full', wire({ ...office, offer: null, boots: theirs }), 'wds\\.com .*foreign-boot'],
    ['full', { status: 'only-root' }, 'only root can .*sudo.*\\[serve/dhcp-unasked\\]'],
    ['full', { status: 'no-card' }, null],
    ['full', { status: 'no-link' }, 'lan0 has no link: .*is unknown; plug .*\\[serve/no-link\\]'],
    ['proxy', { status: 'no-link' }, '\\[serve/no-link\\]'],
    [
      'existing',
      { status: 'unasked', why: 'Network is down' },
      'could not ask on lan0 .*: Network is down; .*\\[serve/dhcp-unasked\\]',
    ],
    ['proxy', nobody, 'no DHCP server answers .*\\[serve/no-dhcp\\]'],
    ['proxy', one, '^192.168.67.200 gives the addresses on lan0$'],
    // Our own, which gives none.
    ['proxy', wire({ ...own, offer: null }), 'no DHCP server answers .*\\[serve/no-dhcp\\]'],
    ['proxy', wire(office, { ...own, offer: null }), '^192.168.67.200 gives the addresses'],
    ['proxy', wire({ ...office, boots: theirs }), 'wds\\.com on .*foreign-boot'],
    ['existing', nobody, 'no DHCP server answers .*\\[serve/no-dhcp\\]'],
    ['existing', one, '^192.168.67.200 answers on lan0; it is yet to be told'],
    ['existing', wire({ ...office, boots: theirs }), 'yet to be told'],
    ['existing', wire({ ...office, boots: ours.slice(0, 1) }), 'yet to be told'],
    ['existing', wire({ ...office, boots: ours }), ' answers on lan0, and names our boot files$'],
  ])('with %s and %j: %s', (dhcp, found, words) => {
    const trial = dhcpTrial(siteWith({ server: { serve: { dhcp } } }));
    const verdict = said(trial, [dhcpServers('lan0', '192.168.67.1') as never, found]);
    if (words === null) expect(verdict).toBeNull();
    else expect(verdict).toMatch(new RegExp(words));
  });

  test.each<[Site['server']['serve']['dhcp'], readonly DhcpAnswer[], string | null]>([
    ['full', [], null],
    ['full', [own], null],
    ['full', [own, office], 'sidus apply --root /x --set serve.dhcp=proxy.*wire/foreign-dhcp'],
    ['proxy', [office], null],
    ['proxy', [], 'start that server, .* none for good, `sidus wizard --root /x` .*wire/no-dhcp'],
    ['existing', [], 'start that server, or ask its administrator to; .*wire/no-dhcp'],
    ['proxy', [{ ...office, boots: theirs }], 'wds\\.com.*wire/foreign-boot'],
    ['existing', [{ ...office, boots: ours }], null],
    ['existing', [office], 'sidus plan --root /x --dhcp isc.*wire/not-told'],
  ])('once served, with %s and %j: %s', (dhcp, servers, words) => {
    const site = siteWith({ server: { serve: { dhcp } } });
    const found = wireProblems(site, servers, ' --root /x').map((one) => describeProblem(one));
    expect(found.length).toBe(words === null ? 0 : 1);
    if (words !== null) expect(found[0]).toMatch(new RegExp(words));
  });
});

describe('a wire that could not be asked', () => {
  test.each<[Site['server']['serve']['dhcp'], DhcpServers, boolean]>([
    ['full', { status: 'no-link' }, true],
    ['full', { status: 'unasked', why: 'perl(1) says nothing' }, true],
    ['full', { status: 'only-root' }, false],
    ['proxy', { status: 'no-link' }, false],
  ])('with %s and %j is in the way: %s', (dhcp, found, refuses) => {
    const trial = dhcpTrial(siteWith({ server: { serve: { dhcp } } }));
    const facts = factsFrom(new Map([[trial.fact.id, found]]));
    expect(trial.verdict(facts)).toMatchObject({ warning: {} });
    expect((trial.verdict(facts) as { refuses?: boolean }).refuses === true).toBe(refuses);
  });

  test.each([
    ['no-link', 'it has no link', /^lan0 has no link: .*plug its cable in.*wire\/no-link/],
    ['no-card', 'there is no such card', /^could not ask on lan0 .*`sudo sidus check`.*unasked/],
    ['unasked', 'see the problems below', /wire\/unasked/],
    ['only-root', 'only root can (`sudo`)', null],
  ] as const)('once served: %s', (unasked, words, problem) => {
    expect(describeUnasked(unasked)).toBe(`could not be asked: ${words}`);
    const found = unaskedProblems(siteWith({}), unasked).map((one) => describeProblem(one));
    expect(found.length).toBe(problem === null ? 0 : 1);
    if (problem !== null) expect(found[0]).toMatch(problem);
  });
});

describe('mirrors', () => {
  const ok: MirrorAnswer = {
    status: 'ok',
    codename: 'trixie',
    date: '12 Sep 2026',
    expired: null,
    milliseconds: 46,
  };
  test.each<[string, string, MirrorAnswer]>([
    ['of the archive', recorded('ask-mirror/main'), ok],
    [
      'of security',
      recorded('ask-mirror/security'),
      { ...ok, codename: 'trixie-security', date: '20 Nov 2026', milliseconds: 29 },
    ],
    [
      'that is old',
      recorded('ask-mirror/security').replace('fetched', 'expired\nfetched'),
      {
        ...ok,
        codename: 'trixie-security',
        date: '20 Nov 2026',
        expired: '27 Nov 2026',
        milliseconds: 29,
      },
    ],
    [
      'without the suite',
      recorded('ask-mirror/absent'),
      { status: 'absent', words: '404 Not Found [IP: 192.0.2.80 80]' },
    ],
    [
      'that nobody knows',
      recorded('ask-mirror/unresolved'),
      { status: 'silent', words: "Could not resolve 'mirror.example.invalid'" },
    ],
    ['that could not be asked', 'status unasked this machine has no apt\n', { status: 'unasked' }],
    ['and no word', '', { status: 'unasked' }],
  ])('one %s', (_, text, value) => {
    expect(parseMirrorAnswer(text)).toEqual(value);
  });

  test.each<[MirrorAnswer, string | null]>([
    [ok, '^answers: trixie of 12 Sep 2026$'],
    [{ ...ok, milliseconds: 5100 }, '^answers after 5 s: trixie of 12 Sep 2026$'],
    [{ ...ok, codename: 'bookworm' }, 'gives bookworm where it says trixie.*mirror-other-suite'],
    [{ ...ok, expired: '1 Oct 2026' }, 'of 12 Sep 2026, and good until 1 Oct 2026.*-outdated'],
    [{ status: 'absent', words: '404' }, 'has no trixie: 404; name a mirror.*-without-suite'],
    [{ status: 'silent', words: 'it sleeps' }, 'does not answer: it sleeps; look.*-silent'],
    [{ status: 'unasked' }, null],
  ])('%j: %s', (answer, words) => {
    const [mirror, security] = mirrorTrials('lab', siteWith().trees.lab as never);
    if (mirror === undefined || security === undefined) throw new Error('there are two');
    const address = 'http://mirror.example/debian';
    const verdict = said(mirror, [mirrorAnswer(address, 'trixie') as never, answer]);
    if (words === null) expect(verdict).toBeNull();
    else expect(verdict).toMatch(new RegExp(words));
    expect(security.fact.id).toBe(mirrorAnswer(`${address}-security`, 'trixie-security').id);
    expect(security.at).toBe('trees.lab.tree.securityMirror');
  });
});

describe('packages', () => {
  const context = contextOf(siteWith(), 'lab');
  const [trial] = packages.trials?.(context) ?? [];
  if (trial === undefined) throw new Error('there is one');
  const fact = archiveSolve(context.answers, context.wanted) as never;

  test('have a weight', () => {
    const solve = {
      status: 'ok',
      packages: 260,
      downloadBytes: 150_000_000,
      installedBytes: 600_400_000,
    };
    expect(said(trial, [fact, solve])).toBe('260 packages, 150 MB to fetch, 600 MB in the tree');
    expect(trial.at).toBe('trees.lab.packages.include');
  });

  test.each(['unknown', 'mirror', 'conflict', 'unchecked'])('%s is for the problems', (status) => {
    expect(said(trial, [fact, { status, names: [], detail: '' }])).toBeNull();
  });
});

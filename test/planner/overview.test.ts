import { readFileSync } from 'node:fs';
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import { describe, expect, test, vi } from 'vitest';
import { describeOverview } from '../../src/cli/overview-text.ts';
import { factsFrom } from '../../src/core/fact.ts';
import { render, say } from '../../src/core/message.ts';
import { appeared, type Overview, type OverviewRun } from '../../src/core/overview.ts';
import type { Export } from '../../src/features/exports-text.ts';
import type { Site } from '../../src/features/index.ts';
import type { RootByHand } from '../../src/features/trees-on-disk.ts';
import { overlook } from '../../src/planner/overlook.ts';
import { byHandFact, type Known, overviewFacts, overviewOf } from '../../src/planner/overview.ts';
import { giving } from '../../src/planner/taken-back.ts';
import { Session } from '../../src/runner/session.ts';
import { Pretend } from '../../src/system/pretend.ts';
import { planned, plannedFrom } from '../support/facts.ts';

const { site } = planned(
  'minimal',
  {},
  {
    clients: [
      { mac: '52:54:00:00:00:01', name: 'reading-room', version: 1 },
      { mac: '52:54:00:00:00:02', name: 'office', address: '192.168.67.40' },
    ],
  },
);

const run = (more: Partial<OverviewRun> = {}): OverviewRun => ({
  id: '2026-11-21T10-00-00-abcd',
  title: say('Make this server a SIDUS server'),
  outcome: 'ok',
  at: '2026-11-21T10:00:00Z',
  done: 23,
  steps: 23,
  problem: null,
  ...more,
});

const exported: Export = {
  path: '/srv/nfsroot/minimal/versions/1',
  to: '192.168.67.128/25',
  writable: false,
  file: '/etc/exports.d/sidus.exports',
};

/** A server with all in order. */
const healthy = {
  'server/root': '/',
  'server/name': 'classroom',
  'server/space': { freeBytes: 200 * 2 ** 30, filesystem: 'ext4', sizeBytes: 400 * 2 ** 30 },
  'server/services': [
    { name: 'sidus-dnsmasq.service', state: 'running', enabled: true },
    { name: 'sidus-http.service', state: 'running', enabled: true },
    { name: 'nfs-server.service', state: 'running', enabled: true },
  ],
  'clients/nfs': { threads: 16, clients: [] },
  'clients/connections': [],
  'clients/leases': [],
  'tree/on-disk': {
    trees: [
      {
        name: 'minimal',
        draft: 'trixie',
        current: 1,
        versions: [{ version: 1, date: '2026-11-21T10:00:00.000Z', kernel: '6.12.0-amd64' }],
      },
    ],
    byHand: [],
  },
  'server/exports': [exported],
} as const;

type Facts = Readonly<Record<string, unknown>>;

interface Given {
  readonly site?: Site | null;
  readonly facts?: Facts;
  readonly byHand?: readonly RootByHand[];
  readonly known?: Partial<Known>;
}

function seen(given: Given = {}): Overview {
  const values = new Map<string, unknown>(Object.entries({ ...healthy, ...given.facts }));
  for (const { id, otherwise } of overviewFacts()) if (!values.has(id)) values.set(id, otherwise);
  values.set(byHandFact(factsFrom(values)).id, given.byHand ?? []);
  return overviewOf(given.site === undefined ? site : given.site, factsFrom(values), {
    runs: [run()],
    running: null,
    ahead: [],
    given: [],
    pending: 0,
    ...given.known,
  });
}

const codes = ({ problems }: Overview): readonly string[] => problems.map(({ code }) => code);
const withTree = (more: object): Facts => ({
  'tree/on-disk': {
    trees: [{ ...healthy['tree/on-disk'].trees[0], ...more }],
    byHand: [],
  },
});
const withServices = (dnsmasq: string, nfs = 'running'): Facts => ({
  'server/services': [
    { name: 'sidus-dnsmasq.service', state: dnsmasq, enabled: true },
    { name: 'nfs-server.service', state: nfs, enabled: true },
  ],
});
const space = (free: number, size: number | null): Facts => ({
  'server/space': {
    freeBytes: free * 2 ** 30,
    filesystem: 'ext4',
    sizeBytes: size === null ? null : size * 2 ** 30,
  },
});

describe('problems', () => {
  test('there are none where all is in order', () => {
    expect(seen().problems).toEqual([]);
  });

  const failure = {
    code: 'run/no-space',
    summary: say('the disk is full'),
    remedy: say('make room'),
  } as const;
  const holder = { run: null, command: 'sidus apply', since: '2026-11-21T10:00:00Z', pid: 7 };
  const writable = { ...exported, path: '/srv', to: '*', writable: true, file: '/etc/exports' };

  test.each<[string, Given, readonly string[]]>([
    ['addresses are not given', { facts: withServices('failed') }, ['server/service-down']],
    ['NFS was stopped', { facts: withServices('running', 'stopped') }, ['server/service-down']],
    ['it only starts', { facts: withServices('starting') }, []],
    ['it was never installed: the plan says so', { facts: withServices('missing') }, []],
    ['there is no systemd to ask', { facts: { 'server/services': [] } }, []],
    [
      'a run is about to start it',
      { facts: withServices('stopped'), known: { running: holder } },
      [],
    ],
    ['under another root', { facts: { ...withServices('failed'), 'server/root': '/srv/x' } }, []],
    [
      'nothing is served yet',
      {
        facts: {
          ...withServices('stopped', 'stopped'),
          ...withTree({ current: null }),
          'server/exports': [],
        },
      },
      [],
    ],
    ['a tenth is free', { facts: space(40, 400) }, []],
    ['less than a tenth is free', { facts: space(39, 400) }, ['server/space-short']],
    ['less than 2 GiB are free', { facts: space(1.9, 4) }, ['server/space-short']],
    ['the size is unknown', { facts: space(3, null) }, []],
    ['the space is unknown', { facts: { 'server/space': null } }, []],
    ['the draft is ahead', { known: { ahead: ['minimal'] } }, ['tree/draft-ahead']],
    ['the newest version was deleted', { facts: withTree({ last: 2 }) }, ['tree/draft-ahead']],
    [
      'the draft is ahead, and a run is at work',
      { known: { ahead: ['minimal'], running: holder } },
      [],
    ],
    [
      'a newer version was rehearsed',
      {
        facts: withTree({
          versions: [1, 2].map((version) => ({ version, date: 'x', kernel: null })),
        }),
      },
      ['tree/newer-version'],
    ],
    [
      'a newer version was taken back',
      {
        facts: withTree({
          versions: [1, 2, 3].map((version) => ({ version, date: 'x', kernel: null })),
        }),
        known: { given: [2, 3].map((version) => giving('minimal', version)) },
      },
      ['tree/was-taken-back'],
    ],
    [
      'one was taken back, and the next was rehearsed',
      {
        facts: withTree({
          versions: [1, 2, 3].map((version) => ({ version, date: 'x', kernel: null })),
        }),
        known: { given: [giving('minimal', 2)] },
      },
      ['tree/newer-version'],
    ],
    ['what clients boot is gone', { facts: withTree({ current: 7 }) }, ['tree/current-gone']],
    [
      'nothing was published',
      { facts: withTree({ versions: [], current: null }) },
      ['tree/no-version'],
    ],
    [
      'nothing was built',
      { facts: { 'tree/on-disk': { trees: [], byHand: [] } } },
      ['tree/no-version'],
    ],
    [
      'a tree is exported read-write',
      { facts: { 'server/exports': [exported, writable] } },
      ['tree/writable'],
    ],
    [
      'the last run failed',
      { known: { runs: [run({ outcome: 'failed', problem: failure })] } },
      ['run/last-failed'],
    ],
    [
      'the last run was stopped',
      { known: { runs: [run({ outcome: 'cancelled' })] } },
      ['run/last-unfinished'],
    ],
    [
      'the last run broke off',
      { known: { runs: [run({ outcome: 'broken-off' })] } },
      ['run/last-unfinished'],
    ],
    ['the last run runs', { known: { runs: [run({ outcome: 'running' })], running: holder } }, []],
    ['one before the last failed', { known: { runs: [run(), run({ outcome: 'failed' })] } }, []],
    ['steps are pending', { known: { pending: 3 } }, ['site/pending']],
    ['nobody looked what is pending', { known: { pending: null } }, []],
  ])('%s', (_, given, expected) => {
    expect(codes(seen(given))).toEqual(expected);
  });

  test('their remedies can be pasted where --root was given', () => {
    const under = { 'server/root': '/srv/a b', ...withTree({ versions: [], current: null }) };
    const [first, second] = seen({ facts: under, known: { pending: 2 } }).problems.map(
      ({ remedy }) => render(remedy),
    );
    expect(first).toContain("`sidus tree publish minimal --root '/srv/a b'`");
    expect(second).toContain("`sidus plan --root '/srv/a b'`");
  });

  test('the failure says what failed, and where to go on', () => {
    const { summary, remedy } = seen({
      known: { runs: [run({ outcome: 'failed', problem: failure })] },
    }).problems[0] ?? { summary: say(''), remedy: say('') };
    expect(render(summary)).toBe(
      'the last run failed (Make this server a SIDUS server): the disk is full',
    );
    expect(render(remedy)).toBe('make room; `sidus resume` goes on with that run');
  });
});

describe('trees', () => {
  test('of the site, others of ours, and those made by hand', () => {
    const byHand = {
      directory: '/srv/old',
      release: 'Debian 12.15',
      suite: 'bookworm',
      kernel: null,
    };
    const { trees, problems } = seen({
      facts: {
        'tree/on-disk': {
          trees: [
            { name: 'gone', draft: null, current: 1, versions: [] },
            { name: 'left', draft: 'bookworm', current: null, versions: [] },
            ...healthy['tree/on-disk'].trees,
          ],
          byHand: ['beside'],
        },
        'server/exports': [exported, { ...exported, path: '/srv/old', to: 'pcs', writable: true }],
      },
      byHand: [byHand],
    });
    expect(trees.map(({ name, made, inSite }) => [name, made, inSite])).toEqual([
      ['minimal', 'sidus', true],
      ['left', 'sidus', false],
      ['old', 'by hand', false],
    ]);
    expect(trees[0]?.exportedTo).toEqual([{ to: '192.168.67.128/25', writable: false }]);
    expect(trees[2]).toMatchObject({ ...byHand, exportedTo: [{ to: 'pcs', writable: true }] });
    expect(problems.map(({ code }) => code)).toEqual(['tree/writable']);
  });

  test('by hand are looked for where is exported and beside ours, never in ours nor at /', () => {
    const values = new Map<string, unknown>([
      ['tree/on-disk', { ...healthy['tree/on-disk'], byHand: ['beside'] }],
      [
        'server/exports',
        ['/', '/srv/old', '/srv/old', exported.path, '/srv/nfsroot/minimal/draft'].map((path) => ({
          ...exported,
          path,
        })),
      ],
    ]);
    const { source } = byHandFact(factsFrom(values));
    if (source.kind !== 'command') throw new Error('it is a command');
    expect(source.argv.slice(4).map((word) => (word as { at: { path: string } }).at.path)).toEqual([
      '/srv/nfsroot/beside',
      '/srv/old',
    ]);
  });

  test('without a site there is no plan to hold anything against', () => {
    const overview = seen({ site: null, known: { pending: null, runs: [] } });
    expect(overview.trees.map(({ inSite }) => inSite)).toEqual([false]);
    expect(overview.problems).toEqual([]);
  });
});

describe('clients', () => {
  const lease = (last: number, name: string | null = null) => ({
    address: `192.168.67.${last}`,
    mac: `52:54:00:00:00:${String(last % 100).padStart(2, '0')}`,
    name,
    ends: null,
  });

  test('by lease and by connection, with the names of the site', () => {
    const { clients } = seen({
      facts: {
        'clients/leases': [lease(110, 'laptop'), lease(201, 'calls-itself'), lease(109)],
        'clients/connections': ['192.168.67.201', '192.168.67.40', '10.9.9.9'],
        'clients/nfs': {
          threads: 8,
          clients: [{ address: '10.9.9.9', name: 'desktop', minorVersion: 2 }],
        },
        ...withTree({ current: 4 }),
      },
    });
    expect(clients).toEqual([
      // No address of ours: it may mount something else.
      { address: '10.9.9.9', name: 'desktop', sees: 'nfs' },
      // Listed with this address, though it has no lease.
      {
        address: '192.168.67.40',
        mac: '52:54:00:00:00:02',
        name: 'office',
        sees: 'nfs',
        tree: 'minimal',
        version: 4,
      },
      {
        address: '192.168.67.109',
        mac: '52:54:00:00:00:09',
        sees: 'lease',
        tree: 'minimal',
        version: 4,
      },
      {
        address: '192.168.67.110',
        mac: '52:54:00:00:00:10',
        name: 'laptop',
        sees: 'lease',
        tree: 'minimal',
        version: 4,
      },
      {
        address: '192.168.67.201',
        mac: '52:54:00:00:00:01',
        name: 'reading-room',
        sees: 'both',
        tree: 'minimal',
        version: 1,
      },
    ]);
  });

  test('under another root the connections of this machine are not its own', () => {
    const facts = { 'server/root': '/srv/x', 'clients/connections': ['192.168.67.201'] };
    expect(seen({ facts }).clients).toEqual([]);
  });

  test('one that appears is noticed, also where it had a lease from before', () => {
    const before = seen({ facts: { 'clients/leases': [lease(110), lease(111)] } });
    const now = seen({
      facts: {
        'clients/leases': [lease(110), lease(111), lease(112)],
        'clients/connections': ['192.168.67.111'],
      },
    });
    expect(appeared(before, now).map(({ address }) => address)).toEqual([
      '192.168.67.111',
      '192.168.67.112',
    ]);
    expect(appeared(now, now)).toEqual([]);
  });
});

describe('in words', () => {
  test('80 columns, and nothing that a terminal would obey', () => {
    const text = describeOverview(
      seen({
        facts: {
          'server/exports': [
            exported,
            ...Array.from({ length: 30 }, (_, n) => ({ ...exported, to: `10.0.${n}.0/24` })),
            { ...exported, path: '/srv', to: '*\u001b[2J', writable: true, file: '/etc/exports' },
          ],
          'clients/leases': Array.from({ length: 1000 }, (_, n) => ({
            address: `10.0.${n >> 8}.${n & 255}`,
            mac: '52:54:00:00:00:77',
            name: `client-with-a-long-name-${n}`,
            ends: null,
          })),
        },
        known: { pending: 4, runs: [run({ outcome: 'broken-off', done: 3 })] },
      }),
      null,
    );
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(text).toContain('and 980 more');
    expect(text).toContain('`sidus resume`');
  });
});

describe('a pretended server, overlooked', () => {
  const never = new AbortController().signal;
  const { site: own, plan } = plannedFrom(
    { trees: { lab: {} }, clients: [{ mac: 'aa:bb:cc:dd:ee:ff', name: 'reading-room' }] },
    {},
  );
  const served = { site: own, plan };

  test('before, in and after a run; its clients come one by one', async () => {
    let goOn = (): void => undefined;
    const looked = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    // The first command that takes time waits until somebody has looked.
    const system = new Pretend({ failing: null, haste: 1, sleep: () => looked });
    const session = new Session(system);
    const { overview: empty, report } = await overlook(session, served, { inspect: true });
    expect(report?.steps.length).toBe(plan.steps.length);
    expect(codes(empty)).toEqual(['tree/no-version', 'site/pending']);
    expect(empty.clients).toEqual([]);

    const run = await session.begin(plan, 'sidus apply');
    await vi.waitFor(async () => {
      const { steps } = await session.progressOf(run);
      expect(Object.values(steps)).toContain('running');
    });
    const { overview: during } = await overlook(session, served, { inspect: false, before: empty });
    goOn();
    const report2 = await session.follow(run, () => undefined, never);
    expect(report2.outcome).toBe('ok');
    expect(during).toMatchObject({
      running: { run: expect.stringMatching(/^\d{4}-/), command: 'sidus apply' },
      runs: [{ outcome: 'running', steps: plan.steps.length }],
      pending: empty.pending,
    });

    let now = (await overlook(session, served, { inspect: true, before: during })).overview;
    expect(now.runs.map(({ outcome, done, steps }) => [outcome, done === steps])).toEqual([
      ['ok', true],
    ]);
    expect(now.running).toBeNull();
    expect(now.problems).toEqual([]);
    expect(now.server.services.map(({ state }) => state)).toEqual([
      'running',
      'running',
      'running',
      'running',
    ]);
    expect(now.trees[0]).toMatchObject({
      name: 'lab',
      draft: { suite: 'trixie', ahead: false },
      versions: [{ version: 1, kernel: expect.stringMatching(/^6\.12\./), current: true }],
    });
    const { date } = now.trees[0]?.versions[0] ?? { date: '' };
    const came: number[] = [];
    for (let look = 0; look < 6; look += 1) {
      system.pass(12);
      const { overview } = await overlook(session, served, { inspect: false, before: now });
      came.push(appeared(now, overview).length);
      now = overview;
    }
    // One has its address, then mounts its root; then the other.
    expect(came[0]).toBe(1);
    expect(came.at(-1)).toBe(0);
    expect(now.clients.map(({ name, sees }) => [name, sees])).toEqual([
      ['reading-room', 'both'],
      [undefined, 'both'],
    ]);
    expect(now.trees[0]?.versions[0]?.date).toBe(date);

    const schema = JSON.parse(readFileSync('docs/schemas/status.json', 'utf8'));
    const ajv = new Ajv({ strict: false });
    expect(ajv.validate(schema, { ...now, report: null }), ajv.errorsText()).toBe(true);
  });

  test('a run that fails stays a problem until another ends well', async () => {
    const system = new Pretend({ failing: 'publish', haste: 1, sleep: async () => undefined });
    const session = new Session(system);
    await session.apply(plan, 'sidus apply', () => undefined, never);
    const { overview: failed } = await overlook(session, served, { inspect: false });
    expect(codes(failed)).toEqual(['run/last-failed', 'tree/no-version']);
    expect(failed.pending).toBeNull();
    await session.apply(plan, 'sidus apply', () => undefined, never);
    const { overview: mended } = await overlook(session, served, { inspect: true, before: failed });
    expect(mended.problems).toEqual([]);
    expect(mended.runs.map(({ outcome }) => outcome)).toContain('failed');
  });

  test('the wire is asked when somebody asks, once, and what it said stays until then', async () => {
    const system = new Pretend({ failing: null, haste: 1, sleep: async () => undefined });
    const ran = vi.spyOn(system, 'exec');
    const asked = (): number =>
      ran.mock.calls.filter(([, argv]) => JSON.stringify(argv).includes('find-dhcp-servers'))
        .length;
    const session = new Session(system);
    const { overview } = await overlook(session, served, { inspect: false, askWire: true });
    expect(overview.wire).toEqual({ card: own.server.network.interfaceName, servers: [] });
    expect(asked()).toBe(1);

    const foreign = {
      server: '192.168.67.254',
      offer: '192.168.67.77/24',
      seconds: 3600,
      boots: [{ architecture: 7, from: '192.168.67.254', file: 'wds.efi' }],
    };
    const before = { ...overview, wire: { card: 'eno2', servers: [foreign] } };
    const { overview: later } = await overlook(session, served, { inspect: false, before });
    expect(asked()).toBe(1);
    expect(later.wire?.servers).toEqual([foreign]);
    expect(codes(later)).toContain('wire/foreign-dhcp');
    expect(describeOverview(later, null)).toMatch(
      /DHCP on eno2\n {2}192\.168\.67\.254 \(would give 192\.168\.67\.77\/24, names wds\.efi on 192/,
    );
    const schema = JSON.parse(readFileSync('docs/schemas/status.json', 'utf8'));
    expect(new Ajv({ strict: false }).validate(schema, { ...later, report: null })).toBe(true);

    // What is staged is not of this machine's wire.
    const staged = { site: own, plan: { ...plan, root: '/elsewhere' } };
    await overlook(session, staged, { inspect: false, askWire: true });
    await overlook(session, null, { inspect: false, askWire: true });
    expect(asked()).toBe(1);
  });
});

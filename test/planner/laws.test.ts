import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/core/event.ts';
import { inOrder, type Plan, type StepId } from '../../src/core/plan.ts';
import { describeProblem } from '../../src/core/problem.ts';
import { derive } from '../../src/planner/derive.ts';
import { describePlan } from '../../src/planner/describe.ts';
import { rehearsalPlan } from '../../src/planner/rehearsal.ts';
import { savedPlan } from '../../src/planner/saved-plan.ts';
import { scriptOf } from '../../src/planner/script.ts';
import { brokenSteps, finishedSteps, Journal, readJournal } from '../../src/runner/journal.ts';
import { Originals } from '../../src/runner/originals.ts';
import { run } from '../../src/runner/run.ts';
import { Session } from '../../src/runner/session.ts';
import { behindFirewalls, planned, plannedFrom, presets } from '../support/facts.ts';
import { Crash, differences, FakeSystem } from '../support/fake-system.ts';
import { everything } from '../support/fields.ts';
import { stale } from '../support/models.ts';

/** Every preset for the server itself and under a directory, and what a rehearsal builds. */
const plans: readonly { readonly name: string; readonly root: string; readonly plan: Plan }[] = [
  ...presets.flatMap((preset) =>
    ['/', '/srv/staged'].map((root) => ({
      name: `${preset} under ${root}`,
      root,
      plan: planned(preset, { 'server/root': root }).plan,
    })),
  ),
  ...presets.map((preset) => {
    const { site, facts } = planned(preset);
    return { name: `the rehearsal of ${preset}`, root: '/', plan: rehearsalPlan(site, facts) };
  }),
  {
    name: 'versions as images',
    root: '/',
    plan: planned('minimal', {}, { trees: { minimal: { tree: { form: 'image' } } } }).plan,
  },
  {
    name: 'two trees and every kind of answer',
    root: '/',
    plan: plannedFrom({
      server: { serve: { options: ['console=ttyS0,115200'] } },
      trees: {
        first: {
          packages: { include: ['nano'], exclude: ['snapd', 'exim4*'] },
          locale: { language: 'fr_FR.UTF-8', moreLanguages: ['de_DE.UTF-8'] },
          accounts: {
            root: 'password',
            users: [
              { name: 'alice', fullName: 'Alice', groups: ['video'], keys: [] },
              { name: 'bob', keys: everything.trees.lab.accounts.rootKeys },
            ],
          },
        },
        second: { tree: { suite: 'bookworm', hostKeys: 'shared' } },
      },
      groups: { lab: { tree: 'second', options: ['quiet'] } },
      clients: [
        { mac: '52:54:00:12:34:56', name: 'node1', group: 'lab', address: '192.168.67.20' },
        { mac: '52:54:00:12:34:57', name: 'node2', layer: { size: '2G' } },
      ],
    }).plan,
  },
  {
    name: 'behind three firewalls',
    root: '/',
    plan: planned('minimal', behindFirewalls).plan,
  },
];

const unstopped = new AbortController().signal;

async function apply(world: FakeSystem, plan: Plan): Promise<readonly Event[]> {
  const events: Event[] = [];
  const report = await new Session(world).apply(plan, 'test', (e) => events.push(e), unstopped);
  if (report.outcome !== 'ok') throw new Error(JSON.stringify(report.problem, null, 2));
  const pending = report.steps.filter(({ settled }) => !settled);
  if (pending.length > 0) throw new Error(`not settled: ${pending.map(({ id }) => id)}`);
  return events;
}

/** Runs until it dies. true: it got to its end alive. */
async function applyUntilDeath(world: FakeSystem, plan: Plan, nth: number): Promise<boolean> {
  world.dieAt(nth);
  try {
    await apply(world, plan);
    return true;
  } catch (error) {
    // Whoever reads sees an engine that is gone, or dies in the same process.
    if (world.isDead) return false;
    throw error;
  } finally {
    world.revive();
  }
}

const fresh = (root: string): FakeSystem => new FakeSystem(root);

/** Somebody was at work by hand: files of the server and of the draft, a package, two services. */
async function drifted(root: string, plan: Plan): Promise<FakeSystem> {
  const world = fresh(root);
  await apply(world, plan);
  const edit = (key: string): void => {
    const node = world.nodes.get(key);
    if (node !== undefined) world.put(key, { ...node, content: `${node.content}# by hand\n` });
  };
  for (const key of [
    '/srv/tftp/pxelinux.cfg/default',
    '/etc/exports.d/sidus.exports',
    '/etc/sidus/dnsmasq.conf',
    '/etc/sidus/firewall.nft',
    '/etc/sidus/firewall.ufw',
    '/etc/nfs.conf.d/sidus.conf',
    '/etc/systemd/system/sidus-dnsmasq.service',
    '/etc/systemd/system/sidus-http.service',
    '/etc/systemd/system/sidus-time.service',
  ]) {
    edit(key);
  }
  for (const key of [...world.nodes.keys()]) {
    if (
      /^\/srv\/nfsroot\/[^/]+\/draft\/etc\/(hosts|locale\.gen|initramfs-tools\/scripts\/sidus|default\/keyboard)$/.test(
        key,
      )
    ) {
      edit(key);
    }
    if (/\/draft\/etc\/localtime$/.test(key))
      world.makeNode(key, 'link', '/usr/share/zoneinfo/Zulu');
    if (/\/draft\/var\/lib\/dpkg\/status$/.test(key)) {
      const without = world.text(key).replace(/Package: zstd\n.*\n\n/, '');
      world.makeNode(key, 'file', without);
    }
  }
  world.serverPackages.delete('dnsmasq-base');
  const nfs = world.units.get('nfs-server.service');
  if (nfs !== undefined) world.units.set('nfs-server.service', { ...nfs, active: false });
  return world;
}

type Start = (root: string, plan: Plan) => Promise<FakeSystem>;
const starts: readonly (readonly [string, Start])[] = [
  ['a fresh', async (root) => fresh(root)],
  ['a drifted', drifted],
];

/**
 * Dies at every change in turn, runs again, and says what is not as in an undisturbed world. The
 * runs themselves are the argument, so that the law can be held against a worse runner.
 */
async function brokenBy(
  start: FakeSystem,
  dying: (world: FakeSystem, nth: number) => Promise<boolean>,
  again: (world: FakeSystem) => Promise<unknown>,
): Promise<{ readonly deaths: number; readonly faults: readonly string[] }> {
  const undisturbed = start.clone();
  await again(undisturbed);
  const wanted = undisturbed.snapshot();
  // Each fault once, with the first death that shows it: hundreds of deaths may have it in common.
  const faults = new Map<string, string>();
  const note = (found: readonly string[], when: string): void => {
    for (const fault of found) if (!faults.has(fault)) faults.set(fault, when);
  };
  note(stale(undisturbed), 'undisturbed');
  for (let nth = 1; ; nth += 1) {
    const world = start.clone();
    if (await dying(world, nth)) {
      const told = [...faults].map(([fault, when]) => `${when}: ${fault.slice(0, 400)}`);
      return { deaths: nth - 1, faults: told };
    }
    const death = `killed at change ${nth} (${world.changes.at(-1)})`;
    try {
      await again(world);
      note([...differences(wanted, world.snapshot()), ...stale(world)], death);
    } catch (error) {
      note([String(error)], death);
    }
  }
}

describe.each(plans)('$name', ({ root, plan }) => {
  test('the plan equals itself after JSON, also as a saved plan', () => {
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(JSON.stringify(savedPlan(JSON.stringify(plan), 'plan.json'))).toBe(JSON.stringify(plan));
  });

  test('ids are unique, and each step comes after what it needs', () => {
    expect(inOrder(plan.steps)).toEqual(plan.steps);
    expect(plan.steps.length).toBeGreaterThan(5);
  });

  test.each(starts)(
    'killed at every change of %s world, it is right in the end',
    async (_, make) => {
      const start = await make(root, plan);
      const { deaths, faults } = await brokenBy(
        start,
        (world, nth) => applyUntilDeath(world, plan, nth),
        (world) => apply(world, plan),
      );
      expect(deaths).toBeGreaterThan(plan.steps.length);
      expect(faults).toEqual([]);
    },
  );

  test('the second time nothing is changed and every step is skipped', async () => {
    const world = fresh(root);
    await apply(world, plan);
    const before = world.snapshot();
    const count = world.changes.length;
    const events = await apply(world, plan);
    const skipped = events.filter(({ type }) => type === 'step-skipped');
    expect(skipped).toHaveLength(plan.steps.length);
    expect(events.filter(({ type }) => type === 'step-started')).toEqual([]);
    // What a run writes down about itself is no change of the server.
    expect(
      world.changes
        .slice(count)
        .filter((what) => !/^(append|write) \/var\/lib\/sidus\/runs\//.test(what)),
    ).toEqual([]);
    expect(differences(before, world.snapshot())).toEqual([]);
  });
});

test.each(presets)('%s: two derivations are equal byte for byte', (preset) => {
  const [one, other] = [planned(preset), planned(preset)];
  expect(JSON.stringify(one.plan)).toBe(JSON.stringify(other.plan));
  expect(describePlan(one.plan, null)).toBe(describePlan(other.plan, null));
  expect(scriptOf(one.plan)).toBe(scriptOf(other.plan));
});

test.each(presets)('%s: a plan made again from the finished world is the same', async (preset) => {
  const { site, facts, plan } = planned(preset);
  const world = fresh('/');
  await apply(world, plan);
  const tree = Object.keys(site.trees)[0] ?? '';
  const later = planned(preset, {
    [`tree/${tree}/versions`]: [1],
    [`tree/${tree}/last-version`]: 1,
    [`tree/${tree}/current`]: 1,
    [`tree/${tree}/suite`]: 'trixie',
  });
  expect(JSON.stringify(derive(site, facts))).toBe(JSON.stringify(later.plan));
});

test('no secret stands in plan, golden, script, events or journal', async () => {
  const secrets = { 'first.root': 'Correct horse battery', 'first.users.alice': 'Staple-4711' };
  const plan = plans.find(({ name }) => name.startsWith('two trees'))?.plan as Plan;
  const world = fresh('/');
  for (const [name, value] of Object.entries(secrets)) world.secrets.set(name, value);
  const events = await apply(world, plan);
  const told = world
    .below('/var/lib/sidus')
    .map((key) => world.text(key))
    .join('\n');
  // It did arrive where it belongs, and something was said of it.
  expect(events.filter((e) => e.type === 'output' && e.line.includes('[secret]'))).toHaveLength(3);
  expect(told).toContain('[secret]');
  for (const text of [
    JSON.stringify(plan),
    describePlan(plan, null),
    scriptOf(plan),
    JSON.stringify(events),
    told,
    world.changes.join('\n'),
  ]) {
    for (const secret of [...Object.values(secrets), 'Unguessable-text']) {
      expect(text).not.toContain(secret);
    }
  }
});

test('the list of file capabilities that clients restore is in the version', async () => {
  const { plan } = planned('minimal');
  const world = fresh('/');
  await apply(world, plan);
  const list = world.text('/srv/nfsroot/minimal/versions/1/usr/lib/sidus/capabilities');
  expect(list).toContain('cap_net_raw=ep');
});

test('a foreign DHCP server stops the run before ours is started', async () => {
  const { plan } = planned('minimal');
  const world = fresh('/');
  world.foreignDhcp = true;
  const report = await new Session(world).apply(plan, 'test', () => undefined, unstopped);
  expect(report.problem?.code).toBe('run/foreign-dhcp');
  expect(world.units.get('sidus-dnsmasq.service')?.active ?? false).toBe(false);
});

test('one that came later stops the run before ours, at work, is touched, and is named', async () => {
  const { plan } = planned('minimal');
  const world = fresh('/');
  const session = new Session(world);
  const applied = (wanted: Plan) => session.apply(wanted, 'test', () => undefined, unstopped);
  expect((await applied(plan)).problem).toBeNull();
  world.foreignDhcp = true;
  // Nothing has to be restarted: nothing is asked.
  expect((await applied(plan)).problem).toBeNull();
  const conf = '/etc/sidus/dnsmasq.conf';
  const other: Plan = {
    ...plan,
    steps: plan.steps.map((step) => ({
      ...step,
      effects: step.effects.map((effect) =>
        effect.kind === 'file' && effect.path === conf
          ? { ...effect, content: `${effect.content}# another day\n` }
          : effect,
      ),
    })),
  };
  const before = world.text(conf);
  const { length } = world.changes;
  const { problem } = await applied(other);
  expect(problem && describeProblem(problem)).toMatch(/lan0: 192\.168\.67\.9; .*run\/foreign-dhcp/);
  expect(world.text(conf)).toBe(before);
  expect(world.changes.slice(length).filter((one) => one.includes('dnsmasq'))).toEqual([]);
  expect(world.units.get('sidus-dnsmasq.service')?.active).toBe(true);
  world.foreignDhcp = false;
  expect((await applied(other)).problem).toBeNull();
  expect(world.text(conf)).toContain('# another day');
});

/** As Session.apply, with another way of reading the journal. */
async function applyReading(
  world: FakeSystem,
  plan: Plan,
  read: (journal: string) => ReadonlyMap<StepId, string>,
): Promise<void> {
  const id = world.randomText(4);
  const journal = new Journal(world, id);
  await run({
    plan,
    system: world,
    run: id,
    again: 'sidus apply',
    finished: async () => read(await readJournal(world)),
    broken: brokenSteps(await readJournal(world)),
    originals: new Originals(world, id),
    emit: (event) => journal.write(event),
    signal: unstopped,
  });
  await journal.close();
}

describe('the law is sharp', () => {
  const { plan } = planned('rehearsal');
  const judge = async (read: (journal: string) => ReadonlyMap<StepId, string>) =>
    brokenBy(
      await drifted('/', plan),
      async (world, nth) => {
        world.dieAt(nth);
        try {
          await applyReading(world, plan, read);
          return true;
        } catch (error) {
          if (error instanceof Crash) return false;
          throw error;
        } finally {
          world.revive();
        }
      },
      (world) => applyReading(world, plan, read),
    );

  test('the reader of the product obeys it in the same harness', async () => {
    expect((await judge((journal) => finishedSteps(plan, journal))).faults).toEqual([]);
  });

  test('a reader that believes every step-done breaks it', async () => {
    const { faults } = await judge((journal) => {
      const done = new Map<StepId, string>();
      for (const line of journal.split('\n')) {
        const [, step, fingerprint] =
          /"type":"step-done","step":"([^"]+)","fingerprint":"([^"]+)"/.exec(line) ?? [];
        if (step !== undefined && fingerprint !== undefined) done.set(step as StepId, fingerprint);
      }
      return done;
    });
    expect(faults.join('\n')).toContain('ran before what it reads was changed');
  });

  test('a reader that takes nothing back from followers breaks it', async () => {
    const alone = { ...plan, steps: plan.steps.map(({ follows: _, ...step }) => step) };
    const { faults } = await judge((journal) => finishedSteps(alone, journal));
    expect(faults.join('\n')).toContain('list-capabilities');
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import type { Plan, Step, StepId } from '../../src/core/plan.ts';
import { describePlan } from '../../src/planner/describe.ts';
import { Session } from '../../src/runner/session.ts';
import { behindFirewalls, planned } from '../support/facts.ts';
import { differences, FakeSystem } from '../support/fake-system.ts';
import { expectGolden } from '../support/golden.ts';
import { undoingPlan } from '../support/undoing.ts';

// On the machine in memory: what a run did is taken back, wherever run or undo died.

const unstopped = new AbortController().signal;

async function apply(world: FakeSystem, plan: Plan): Promise<void> {
  const report = await new Session(world).apply(plan, 'test', () => undefined, unstopped);
  if (report.outcome !== 'ok') throw new Error(JSON.stringify(report.problem, null, 2));
  const pending = report.steps.filter(({ settled }) => !settled);
  if (pending.length > 0) throw new Error(`not settled: ${pending.map(({ id }) => id)}`);
}

const undo = async (world: FakeSystem): Promise<void> => apply(world, await undoingPlan(world));

/** true: it got to its end alive. */
async function untilDeath(
  world: FakeSystem,
  nth: number,
  does: (world: FakeSystem) => Promise<void>,
): Promise<boolean> {
  world.dieAt(nth);
  try {
    await does(world);
    return true;
  } catch (error) {
    if (world.isDead) return false;
    throw error;
  } finally {
    world.revive();
  }
}

/** What undo promises to make as it was: not trees, caches and our own records. */
function promised(world: FakeSystem): Readonly<Record<string, unknown>> {
  const left =
    /^(\/srv\/nfsroot|\/var\/cache|\/var\/lib\/(apt|nfs|sidus))(\/(?!etab)|$)|^secrets$|^\/proc(\/|$)/;
  return Object.fromEntries(
    Object.entries(world.snapshot()).filter(
      ([key, value]) =>
        !left.test(key) &&
        // A unit whose file is gone is none.
        !(key.startsWith('unit ') && /"disabled","active":false/.test(JSON.stringify(value))),
    ),
  );
}

const worlds: readonly (readonly [name: string, make: () => FakeSystem])[] = [
  ['a fresh server', () => new FakeSystem('/')],
  [
    'a server with files by hand, and a DNS of its own',
    () => {
      const world = new FakeSystem('/');
      world.makeNode('/etc/exports', 'file', '/home 192.0.2.0/24(rw)\n', { mode: 0o640 });
      world.makeNode('/etc/exports.d', 'directory', '', { mode: 0o750 });
      world.makeNode('/etc/exports.d/office.exports', 'file', '/office *(ro)\n');
      world.put('/srv/tftp/lpxelinux.0', {
        kind: 'file',
        content: 'an older loader',
        ...{ mode: 0o640, owner: 'tftp', group: 'tftp', modified: 1_600_000_000_000 },
      });
      world.makeNode('/srv/tftp/menu', 'file', 'a menu by hand');
      world.makeNode('/srv/tftp/pxelinux.cfg/default', 'link', '../menu');
      world.makeNode('/srv/tftp/grub', 'directory', '', { owner: 'tftp' });
      world.makeNode('/etc/sidus/dnsmasq.conf', 'file', '# another sidus, long ago\n');
      for (const name of ['dnsmasq', 'dnsmasq-base']) world.serverPackages.add(name);
      world.units.set('dnsmasq.service', { enabled: 'enabled', active: true });
      return world;
    },
  ],
  [
    'a server that exports already',
    () => {
      const world = new FakeSystem('/');
      world.makeNode('/etc/exports', 'file', '/home 192.0.2.0/24(rw)\n');
      world.makeNode('/etc/exports.d/office.exports', 'file', '/office *(ro)\n');
      world.makeNode('/etc/nfs.conf', 'file', '[nfsd]\nthreads=64\n');
      world.makeNode('/var/lib/nfs/etab', 'file', '/office *(ro)\n');
      for (const name of ['nfs-kernel-server', 'nfs-common']) world.serverPackages.add(name);
      world.units.set('nfs-server.service', { enabled: 'enabled', active: true });
      return world;
    },
  ],
];

test('the plan of an undo reads as its golden file', async () => {
  const world = new FakeSystem('/');
  await apply(world, whole);
  expectGolden('undo.plan.txt', describePlan(await undoingPlan(world), null));
});

/** With everything that a run may find in its way. */
const whole = planned('minimal', behindFirewalls).plan;
const isOfServer = ({ id }: Step): boolean =>
  /^(site|serve)\/|\/tools$|^accounts\/.*\/(user-|sheet$)/.test(id);
const only = (wanted: (step: Step) => boolean): Plan => {
  const steps = whole.steps.filter(wanted);
  const ids = new Set(steps.map(({ id }) => id));
  const known = (named: readonly StepId[] = []) => named.filter((id) => ids.has(id));
  return {
    ...whole,
    steps: steps.map((step) => ({
      ...step,
      after: known(step.after),
      follows: known(step.follows),
    })),
  };
};
/** The tree is there: a rehearsal has built it. */
const building = only((step) => !isOfServer(step));
const plan = only(isOfServer);

describe.each(worlds)('%s', (_, bare) => {
  let built: FakeSystem;
  let before: Readonly<Record<string, unknown>>;
  const make = (): FakeSystem => built.clone();
  beforeAll(async () => {
    built = bare();
    await apply(built, building);
    before = promised(built);
  });

  test('is as it was after apply and undo, also once more', async () => {
    const world = make();
    for (let times = 0; times < 2; times += 1) {
      await apply(world, plan);
      expect(differences(before, promised(world)).length).toBeGreaterThan(10);
      await undo(world);
      expect(differences(before, promised(world))).toEqual([]);
    }
  });

  test('undo dies at every change, and is begun again: it is as it was', async () => {
    const applied = make();
    await apply(applied, plan);
    const faults: string[] = [];
    for (let nth = 1; ; nth += 1) {
      const world = applied.clone();
      if (await untilDeath(world, nth, undo)) {
        expect(nth).toBeGreaterThan(80);
        break;
      }
      const death = world.changes.at(-1);
      try {
        // Where it died with its last word, nothing is left to take back.
        const done = differences(before, promised(world)).length === 0;
        await undo(world).catch((error: unknown) => {
          if (!done) throw error;
        });
        faults.push(...differences(before, promised(world)).map((fault) => `${death}: ${fault}`));
      } catch (error) {
        faults.push(`${death}: ${String(error)}`);
      }
    }
    expect(faults).toEqual([]);
  });

  test('apply dies at every change: undo takes back what there is, with and without going on', async () => {
    const faults: string[] = [];
    for (let nth = 1; ; nth += 1) {
      const world = make();
      if (await untilDeath(world, nth, (dying) => apply(dying, plan))) break;
      const death = world.changes.at(-1);
      const goneOn = world.clone();
      for (const [how, one] of [
        ['undone', world],
        ['gone on', goneOn],
      ] as const) {
        try {
          if (how === 'gone on') await apply(one, plan);
          const done = differences(before, promised(one)).length === 0;
          await undo(one).catch((error: unknown) => {
            if (!done) throw error;
          });
          const found = differences(before, promised(one));
          // Packages had come, and nobody had written down what they changed: it is said, and left.
          const unsaid = death?.endsWith('originals.jsonl') && how === 'undone' && !done;
          faults.push(
            ...found
              .filter((fault) => !(unsaid && fault.startsWith('/etc/passwd: ')))
              .map((fault) => `${how}, ${death}: ${fault}`),
          );
        } catch (error) {
          faults.push(`${how}, ${death}: ${String(error)}`);
        }
      }
    }
    expect(faults).toEqual([]);
  });
});

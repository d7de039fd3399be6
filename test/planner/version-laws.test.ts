import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/core/fact.ts';
import { render } from '../../src/core/message.ts';
import type { Plan } from '../../src/core/plan.ts';
import { describeProblem, ProblemError } from '../../src/core/problem.ts';
import { parseExports } from '../../src/features/exports-text.ts';
import type { Site } from '../../src/features/index.ts';
import { publishedVersions } from '../../src/features/tree-facts.ts';
import { nextVersion, publishDraft, publishing, switchTo } from '../../src/planner/chores.ts';
import { deletion, deletionFacts } from '../../src/planner/deletion.ts';
import { derive } from '../../src/planner/derive.ts';
import { scriptOf } from '../../src/planner/script.ts';
import { undoable } from '../../src/planner/undo-choice.ts';
import { Session } from '../../src/runner/session.ts';
import { fixedFacts, plannedFrom } from '../support/facts.ts';
import { differences, FakeSystem } from '../support/fake-system.ts';
import { stale } from '../support/models.ts';
import { whatBoots } from '../support/served.ts';
import { undoingPlan } from '../support/undoing.ts';

// Whoever switches a machine on while a version is published, taken back or deleted, and whenever
// that dies, gets one version whole.

const answers = {
  server: { serve: { options: ['console=ttyS0,115200'] } },
  trees: { lab: {}, office: {} },
  clients: [
    { mac: '52:54:00:12:34:56', name: 'node1', options: ['quiet'] },
    { mac: '52:54:00:12:34:57', name: 'node2', tree: 'office' },
  ],
};

const unstopped = new AbortController().signal;
const run = (world: FakeSystem, plan: Plan) =>
  new Session(world).apply(plan, 'test', () => undefined, unstopped);

async function done(world: FakeSystem, plan: Plan): Promise<void> {
  const report = await run(world, plan);
  if (report.outcome !== 'ok') throw new Error(JSON.stringify(report.problem, null, 2));
  const open = report.steps.filter(({ settled }) => !settled).map(({ id }) => id);
  if (open.length > 0) throw new Error(`not settled: ${open}`);
}

/** The same, as images. */
const imaged = {
  ...answers,
  trees: { lab: { tree: { form: 'image' } }, office: { tree: { form: 'image' } } },
};

/** The facts that planning rests on, as this world has them. */
function seen(world: FakeSystem): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  const published: { tree: string; version: number }[] = [];
  const images = [...world.nodes.keys()].flatMap((key) => {
    const [, tree, number] =
      /^\/srv\/nfsroot\/([^/]+)\/images\/(\d+)\/root\.erofs$/.exec(key) ?? [];
    return tree === undefined ? [] : [{ tree, version: Number(number) }];
  });
  for (const tree of Object.keys(answers.trees)) {
    const home = `/srv/nfsroot/${tree}`;
    const versions = [...world.nodes.keys()]
      .flatMap((key) => /^([1-9]\d*)$/.exec(key.replace(`${home}/versions/`, ''))?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    found[`tree/${tree}/versions`] = versions;
    found[`tree/${tree}/last-version`] = Number(world.text(`${home}/last-version`));
    const current = world.text(`/srv/tftp/sidus/${tree}/current`);
    found[`tree/${tree}/current`] = current === '' ? null : Number(current);
    found[`tree/${tree}/suite`] = 'trixie';
    found[`tree/${tree}/half-deleted`] = [...world.nodes.keys()].flatMap((key) => {
      const [, number] = /^\.([0-9]+)\.gone$/.exec(key.replace(`${home}/versions/`, '')) ?? [];
      return number === undefined ? [] : [Number(number)];
    });
    published.push(...versions.map((version) => ({ tree, version })));
  }
  return {
    ...found,
    ...{ 'tree/all-published': published, 'tree/all-images': images },
    'clients/connections-known': [],
  };
}

const planning = (
  world: FakeSystem,
  of: object = answers,
): { readonly site: Site; readonly facts: Facts } => plannedFrom(of, seen(world));

function deleting(
  world: FakeSystem,
  tree: string,
  versions: readonly number[],
  of: object = answers,
): Plan {
  const { site, facts } = planning(world, of);
  const more = fixedFacts(deletionFacts(tree), {
    ...seen(world),
    'clients/identities': { threads: 8, whole: true, clients: [] },
  });
  return deletion(
    site,
    {
      get: (fact) => (more.has(fact) ? more : facts).get(fact),
      has: (fact) => more.has(fact) || facts.has(fact),
    },
    tree,
    versions,
  );
}

/** Work in the draft by hand: another kernel and another initrd, so that a mixture is seen. */
function workOn(world: FakeSystem, tree: string, what: string): void {
  const draft = `/srv/nfsroot/${tree}/draft`;
  world.makeNode(`${draft}/boot/vmlinuz-${what}`, 'file', `the kernel of ${what}`);
  world.makeNode(`${draft}/vmlinuz`, 'link', `boot/vmlinuz-${what}`);
  world.makeNode(`${draft}/boot/initrd.img-${what}`, 'file', `the initrd of ${what}`);
  world.makeNode(`${draft}/initrd.img`, 'link', `boot/initrd.img-${what}`);
}

/** Versions 1 to 3 of lab, 1 of office; clients boot the newest. */
async function threeVersions(of: object = answers): Promise<FakeSystem> {
  const world = new FakeSystem('/');
  const { site, facts } = plannedFrom(of);
  await done(world, derive(site, facts));
  for (const what of ['second', 'third']) {
    workOn(world, 'lab', what);
    const { site, facts } = planning(world, of);
    await done(world, publishDraft(site, facts, 'lab'));
  }
  return world;
}

const faultsOf = (world: FakeSystem): readonly string[] =>
  whatBoots(world).flatMap(({ faults }) => faults);
const versionsOf = (world: FakeSystem, tree: string): readonly number[] =>
  whatBoots(world).flatMap((one) => (one.tree === tree ? [one.version] : []));

/** Dies at every change in turn; `judge` looks at what is there at that moment, and after it. */
async function atEveryChange(
  start: FakeSystem,
  plan: Plan,
  judge: (world: FakeSystem, when: string) => void | Promise<void>,
): Promise<number> {
  const undisturbed = start.clone();
  await done(undisturbed, plan);
  const wanted = undisturbed.snapshot();
  for (let nth = 1; ; nth += 1) {
    const world = start.clone();
    world.dieAt(nth);
    let ended = false;
    try {
      await done(world, plan);
      ended = true;
    } catch (error) {
      if (!world.isDead) throw error;
    }
    world.revive();
    const when = `change ${nth}: ${world.changes.at(-1)}`;
    if (ended) return nth - 1;
    await judge(world, when);
    await done(world, plan);
    expect([...differences(wanted, world.snapshot()), ...stale(world)], when).toEqual([]);
  }
}

describe('at every moment clients boot one version, whole', () => {
  test('while one is published', async () => {
    const start = await threeVersions();
    expect(faultsOf(start)).toEqual([]);
    expect(new Set(versionsOf(start, 'lab'))).toEqual(new Set([3]));
    // All menus, the choice of a BIOS, and the entries of the client that is listed for this tree.
    expect(versionsOf(start, 'lab')).toHaveLength(7);
    workOn(start, 'lab', 'fourth');
    const { site, facts } = planning(start);
    const plan = publishDraft(site, facts, 'lab');
    const booted = new Set<number>();
    const deaths = await atEveryChange(start, plan, (world, when) => {
      expect(faultsOf(world), when).toEqual([]);
      for (const version of versionsOf(world, 'lab')) booted.add(version);
      expect(new Set(versionsOf(world, 'office')), when).toEqual(new Set([1]));
    });
    expect(deaths).toBeGreaterThan(20);
    expect([...booted].sort()).toEqual([3, 4]);
  });

  test('while one is taken back', async () => {
    const start = await threeVersions();
    const { site, facts } = planning(start);
    const booted = new Set<number>();
    await atEveryChange(start, switchTo(site, facts, 'lab', 1), (world, when) => {
      expect(faultsOf(world), when).toEqual([]);
      for (const version of versionsOf(world, 'lab')) booted.add(version);
    });
    expect([...booted].sort()).toEqual([1, 3]);
  });

  test('while others are deleted, which are there whole until they are gone', async () => {
    const start = await threeVersions();
    const plan = deleting(start, 'lab', [1, 2]);
    const numbers = new Set<number>();
    await atEveryChange(start, plan, (world, when) => {
      expect(faultsOf(world), when).toEqual([]);
      expect(new Set(versionsOf(world, 'lab')), when).toEqual(new Set([3]));
      for (const version of [1, 2]) {
        const home = `/srv/nfsroot/lab/versions/${version}`;
        if (world.nodes.has(home)) {
          numbers.add(version);
          expect(world.below(home).length, when).toBe(start.below(home).length);
        }
      }
      const { facts } = planning(world);
      expect(nextVersion('lab', facts), when).toBe(4);
    });
    expect([...numbers].sort()).toEqual([1, 2]);
  });

  test('and the law is sharp: a link that is switched too soon breaks it', async () => {
    const start = await threeVersions();
    workOn(start, 'lab', 'fourth');
    const { site, facts } = planning(start);
    const plan = publishDraft(site, facts, 'lab');
    const switching = plan.steps.filter(({ id }) => id === 'serve/lab/current');
    const others = plan.steps.filter(({ id }) => id !== 'serve/lab/current');
    const found: string[] = [];
    await atEveryChange(start, { ...plan, steps: [...switching, ...others] }, (world) => {
      found.push(...faultsOf(world));
    });
    expect(found.join('\n')).toContain('is not there');
  });
});

describe('of images the same holds', () => {
  const formsOf = (world: FakeSystem): ReadonlySet<string> =>
    new Set(whatBoots(world).map(({ form }) => form));
  const imagesIn = (world: FakeSystem): readonly string[] =>
    [...world.nodes.keys()].filter((key) => /^\/srv\/nfsroot\/lab\/images\/\d+$/.test(key)).sort();

  test('while another form is chosen, and a version taken back that has none yet', async () => {
    const world = await threeVersions();
    const chosen = planning(world, imaged);
    const forms = new Set<string>();
    await atEveryChange(world, derive(chosen.site, chosen.facts), (one, when) => {
      expect(faultsOf(one), when).toEqual([]);
      expect(new Set(versionsOf(one, 'lab')), when).toEqual(new Set([3]));
      for (const form of formsOf(one)) forms.add(form);
    });
    expect([...forms].sort()).toEqual(['files', 'image']);

    await done(world, derive(chosen.site, chosen.facts));
    expect(formsOf(world)).toEqual(new Set(['image']));
    expect(imagesIn(world)).toEqual(['/srv/nfsroot/lab/images/3']);
    const { site, facts } = planning(world, imaged);
    const booted = new Set<number>();
    // In an outage nothing is fetched and nothing made: who boots it gets its files.
    const back = switchTo(site, facts, 'lab', 1);
    expect(back.notes.map(render).join('\n')).toContain('no image of lab version 1');
    expect(JSON.stringify(back)).not.toMatch(/image-tools|make-image/);
    await atEveryChange(world, back, (one, when) => {
      expect(faultsOf(one), when).toEqual([]);
      for (const { tree, version, form } of whatBoots(one)) {
        if (tree === 'lab') booted.add(version);
        expect(form, when).toBe(tree === 'lab' && version === 1 ? 'files' : 'image');
      }
    });
    expect([...booted].sort()).toEqual([1, 3]);
    await done(world, back);
    expect(imagesIn(world)).toEqual(['/srv/nfsroot/lab/images/3']);
    // What the site says is done by who applies it.
    const later = planning(world, imaged);
    await done(world, derive(later.site, later.facts));
    expect(new Set(versionsOf(world, 'lab'))).toEqual(new Set([1]));
    expect(formsOf(world)).toEqual(new Set(['image']));
    expect(faultsOf(world)).toEqual([]);
  });

  test('while one is published, also of a tree beside one whose form was just chosen', async () => {
    const world = await threeVersions();
    workOn(world, 'lab', 'fourth');
    const { site, facts } = planning(world, imaged);
    const plan = publishDraft(site, facts, 'lab');
    const booted = new Set<number>();
    await atEveryChange(world, plan, (one, when) => {
      expect(faultsOf(one), when).toEqual([]);
      for (const version of versionsOf(one, 'lab')) booted.add(version);
    });
    expect([...booted].sort()).toEqual([3, 4]);
    await done(world, plan);
    const formOf = (tree: string): ReadonlySet<string> =>
      new Set(whatBoots(world).flatMap((one) => (one.tree === tree ? [one.form] : [])));
    expect(formOf('lab')).toEqual(new Set(['image']));
    expect(imagesIn(world)).toEqual(['/srv/nfsroot/lab/images/4']);
    // Of the other no image is made by the way: its version may be of before there were any, and
    // each of the two would wait for the other's.
    expect(formOf('office')).toEqual(new Set(['files']));
    expect(JSON.stringify(plan)).not.toContain('images/1');
    const later = planning(world, imaged);
    await done(world, derive(later.site, later.facts));
    expect(formsOf(world)).toEqual(new Set(['image']));
    expect(faultsOf(world)).toEqual([]);
  });

  test('while the choice of another form is taken back, which leaves the image', async () => {
    const world = await threeVersions();
    const { site, facts } = planning(world, imaged);
    await done(world, derive(site, facts));
    const forms = new Set<string>();
    for (let nth = 1; ; nth += 1) {
      const one = world.clone();
      const undo = await undoingPlan(one);
      expect(undo.notes.map(render).join('\n')).toContain('versions, their images and');
      one.dieAt(nth);
      await done(one, undo).catch((error: unknown) => {
        if (!one.isDead) throw error;
      });
      const died = one.isDead;
      one.revive();
      expect(faultsOf(one), one.changes.at(-1)).toEqual([]);
      for (const form of formsOf(one)) forms.add(form);
      if (died) continue;
      expect(formsOf(one)).toEqual(new Set(['files']));
      expect(one.text('/var/lib/nfs/etab')).not.toContain('images');
      expect(imagesIn(one)).toEqual(['/srv/nfsroot/lab/images/3']);
      break;
    }
    expect([...forms].sort()).toEqual(['files', 'image']);
  });

  test('where only an image was made, an undo says that it stays', async () => {
    const world = await threeVersions(imaged);
    world.removeBelow('/srv/nfsroot/lab/images');
    const { site, facts } = planning(world, imaged);
    await done(world, derive(site, facts));
    expect(imagesIn(world)).toEqual(['/srv/nfsroot/lab/images/3']);
    expect((await undoingPlan(world)).notes.map(render).join('\n')).toContain('/srv/nfsroot');
  });

  test('an image goes with its version, and a deletion makes none', async () => {
    const world = await threeVersions(imaged);
    const back = planning(world, imaged);
    await done(world, switchTo(back.site, back.facts, 'lab', 1));
    expect(imagesIn(world)).toHaveLength(3);
    // Of the newest that is left there is none.
    world.removeBelow('/srv/nfsroot/lab/images/2');
    const plan = deleting(world, 'lab', [3], imaged);
    await atEveryChange(world, plan, (one, when) => {
      expect(faultsOf(one), when).toEqual([]);
      expect(new Set(versionsOf(one, 'lab')), when).toEqual(new Set([1]));
      if (one.nodes.has('/srv/nfsroot/lab/versions/3')) {
        expect(one.text('/srv/nfsroot/lab/images/3/root.erofs'), when).toMatch(/^image /);
      }
    });
    await done(world, plan);
    expect(imagesIn(world)).toEqual(['/srv/nfsroot/lab/images/1']);
    expect(world.text('/var/lib/nfs/etab')).not.toContain('images/3');
    expect(world.text('/var/lib/nfs/etab')).toContain('/srv/nfsroot/lab/images/1 ');
  });
});

describe('what was taken back', () => {
  const publish = (world: FakeSystem): Promise<Plan> => {
    const { site, facts } = planning(world);
    return publishing(site, facts, 'lab', new Session(world));
  };
  const refused = async (world: FakeSystem): Promise<string> => {
    const error: unknown = await publish(world).catch((thrown: unknown) => thrown);
    if (!(error instanceof ProblemError)) throw new Error('it would be given out');
    return error.problems.map(describeProblem).join('\n');
  };
  const giveBack = async (world: FakeSystem, version: number): Promise<void> => {
    const { site, facts } = planning(world);
    await done(world, switchTo(site, facts, 'lab', version));
  };
  const made = (plan: Plan): readonly number[] =>
    plan.steps.flatMap(({ effects }) =>
      effects.flatMap((effect) => (effect.kind === 'publish' ? [effect.version] : [])),
    );
  const rehearse = async (world: FakeSystem): Promise<void> => {
    const { site, facts } = planning(world);
    await done(world, publishDraft(site, facts, 'lab', 'trees'));
  };

  test('is not given out again by who publishes, who hears how to get it', async () => {
    const world = await threeVersions();
    await giveBack(world, 2);
    const said = await refused(world);
    expect(said).toContain('lab version 3 was taken back, and its draft was not worked on since');
    expect(said).toContain('`sidus tree rollback lab 3` gives 3 to the clients again');
    // However far it was taken back, and whatever it was given meanwhile.
    await giveBack(world, 3);
    await giveBack(world, 1);
    expect(await refused(world)).toContain('lab version 3 was taken back');
  });

  test('is mended in a shell, which may have been killed, and published as the next', async () => {
    const world = await threeVersions();
    await giveBack(world, 2);
    // All that a shell writes, and before it opens.
    await new Session(world).noteWorkByHand('office');
    expect(await refused(world)).toContain('was taken back');
    await new Session(world).noteWorkByHand('lab');
    workOn(world, 'lab', 'mended');
    const plan = await publish(world);
    expect(made(plan)).toEqual([4]);
    await done(world, plan);
    expect(new Set(versionsOf(world, 'lab'))).toEqual(new Set([4]));
    const { plan: whole } = plannedFrom(answers, seen(world));
    expect(await new Session(world).draftsAhead(whole, ['lab', 'office'])).toEqual(['office']);
  });

  test('is told from what was rehearsed and nobody booted yet, which is given as it is', async () => {
    const world = await threeVersions();
    await giveBack(world, 2);
    await new Session(world).noteWorkByHand('lab');
    await rehearse(world);
    // A step further back, while the fourth waits.
    await giveBack(world, 1);
    const plan = await publish(world);
    expect(made(plan)).toEqual([]);
    await done(world, plan);
    expect(new Set(versionsOf(world, 'lab'))).toEqual(new Set([4]));
    await giveBack(world, 3);
    expect(await refused(world)).toContain('lab version 4 was taken back');
  });

  test('also where the engine died giving it out, and nobody knows how far it came', async () => {
    const start = await threeVersions();
    await new Session(start).noteWorkByHand('lab');
    const plan = await publish(start);
    await atEveryChange(start, plan, async (world, when) => {
      if (!versionsOf(world, 'lab').includes(4)) return;
      const other = world.clone();
      await giveBack(other, 2);
      expect(await refused(other), when).toContain('lab version 4 was taken back');
    });
  });
});

describe('a number is given once', () => {
  test('also that of the newest, when it is deleted or its deletion dies', async () => {
    const start = await threeVersions();
    const back = planning(start);
    await done(start, switchTo(back.site, back.facts, 'lab', 2));
    const again = planning(start);
    const published = publishDraft(again.site, again.facts, 'lab');
    expect(published.title.values).toMatchObject({ version: 4 });
    // The plan that made version 3, as a saved plan or `resume` would have it.
    const old = JSON.parse(
      JSON.stringify(published)
        .replaceAll('version 4', 'version 3')
        .replaceAll('"version":4', '"version":3'),
    ) as Plan;
    await atEveryChange(start, deleting(start, 'lab', [3]), async (world, when) => {
      const { facts } = planning(world);
      expect(nextVersion('lab', facts), when).toBe(4);
      if (world.nodes.has('/srv/nfsroot/lab/versions/3')) return;
      const other = world.clone();
      const report = await run(other, old);
      expect(report.outcome, when).toBe('failed');
      expect(other.nodes.has('/srv/nfsroot/lab/versions/3/etc/sidus/version'), when).toBe(false);
    });
  });

  test('what a deletion left is finished by the next one', async () => {
    const start = await threeVersions();
    const plan = deleting(start, 'lab', [1]);
    const left: FakeSystem[] = [];
    await atEveryChange(start, plan, (world) => {
      if (world.nodes.has('/srv/nfsroot/lab/versions/.1.gone')) left.push(world.clone());
    });
    expect(left.length).toBeGreaterThan(2);
    for (const world of left) {
      // Also the same one, after a publish, which leaves it alone.
      const later = world.clone();
      workOn(later, 'lab', 'fourth');
      const { site, facts } = planning(later);
      await done(later, publishDraft(site, facts, 'lab'));
      expect(later.nodes.has('/srv/nfsroot/lab/versions/.1.gone')).toBe(true);
      await done(later, deleting(later, 'lab', [1]));
      for (const path of ['/srv/nfsroot/lab/versions/.1.gone', '/srv/tftp/sidus/lab/1']) {
        expect(later.below(path)).toEqual([]);
      }
      expect(new Set(versionsOf(later, 'lab'))).toEqual(new Set([4]));
      await done(world, deleting(world, 'lab', [2]));
      const rest = world
        .below('/srv/nfsroot/lab/versions')
        .filter((key) => !key.startsWith('/srv/nfsroot/lab/versions/3/'));
      expect(rest).toEqual(['/srv/nfsroot/lab/versions/3']);
      expect(world.below('/srv/tftp/sidus/lab/1')).toEqual([]);
    }
  });
});

describe('undo after a deletion', () => {
  const runsOf = (world: FakeSystem) => new Session(world).runs();
  const etab = (world: FakeSystem): readonly string[] =>
    [...world.text('/var/lib/nfs/etab').matchAll(/lab\/versions\/(\d+)/g)].map(
      ([, one]) => one ?? '',
    );

  /** Every word of the problem that the undo is refused with. */
  async function refusal(asked: Promise<Plan>): Promise<readonly string[]> {
    try {
      await asked;
      return [];
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return error.problems.flatMap(({ code, at, remedy }) => [code, at ?? '', render(remedy)]);
    }
  }

  test('takes back the publishing before it, and exports what is still there', async () => {
    const world = await threeVersions();
    await done(world, deleting(world, 'lab', [1]));
    const [, , published = '', deleted = ''] = await runsOf(world);
    const undo = await undoingPlan(world);
    expect(undo.undoes).toEqual([deleted, published]);
    await atEveryChange(world, undo, (one, when) => expect(faultsOf(one), when).toEqual([]));
    await done(world, undo);
    expect(new Set(versionsOf(world, 'lab'))).toEqual(new Set([2]));
    // Written anew by the deletion: what only it wrote goes too.
    expect(new Set(etab(world))).toEqual(new Set(['2']));
    expect(world.below('/srv/tftp/sidus/lab/1')).toEqual([]);
    const { facts } = planning(world);
    expect(new Set(facts.get(publishedVersions('lab')))).toEqual(new Set([2, 3]));
  });

  test('is refused where clients would boot what is gone, and a longer way back is open', async () => {
    const world = await threeVersions();
    await done(world, deleting(world, 'lab', [1]));
    await done(world, await undoingPlan(world));
    const [applied = '', second = ''] = await runsOf(world);
    const told = await refusal(undoingPlan(world));
    expect(told).toContain('undo/version-gone');
    expect(told).toContain('/srv/tftp/sidus/lab/current');
    expect(told.join(' ')).toContain('--with-newer');
    expect(await refusal(undoingPlan(world, { run: applied }))).toContain('undo/newer-run');
    const undo = await undoingPlan(world, { run: applied, withNewer: true });
    expect(undo.undoes).toEqual([second, applied]);
    await done(world, undo);
    expect(etab(world)).toEqual([]);
    expect(world.below('/srv/tftp/sidus')).toEqual([]);
    expect(world.nodes.has('/etc/exports.d/sidus.exports')).toBe(false);
    expect(await refusal(undoingPlan(world))).toContain('undo/nothing');
  });

  test('is refused while clients run what would be exported no more', async () => {
    const world = await threeVersions();
    const exports = parseExports(
      world.text('/etc/exports.d/sidus.exports'),
      '/etc/exports.d/sidus.exports',
    );
    expect(exports.length).toBeGreaterThan(2);
    const on = (version: number, certain: readonly string[], possible: readonly string[] = []) => ({
      exports,
      running: [{ tree: 'lab', version, certain, possible }],
    });
    const told = await refusal(undoingPlan(world, on(3, ['room-7'])));
    expect(told).toContain('undo/clients-run');
    expect(told.join(' ')).toMatch(/sidus tree rollback lab.*--disconnect/);
    const perhaps = undoingPlan(world, on(3, [], ['192.0.2.7']));
    expect(await refusal(perhaps)).toContain('undo/clients-perhaps-run');
    // What they run stays exported.
    expect((await undoingPlan(world, on(2, ['room-7']))).undoes).toHaveLength(1);
    const cut = await undoingPlan(world, { ...on(3, ['room-7']), disconnect: true });
    expect(cut.undoes).toHaveLength(1);
    // And where the server itself goes, nothing is exported.
    const [first = ''] = await runsOf(world);
    const all = { run: first, withNewer: true, ...on(2, ['room-7']) };
    expect(await refusal(undoingPlan(world, all))).toContain('undo/clients-run');
  });

  test('of what came after it is as ever, and it is none itself', async () => {
    const world = await threeVersions();
    const back = planning(world);
    await done(world, switchTo(back.site, back.facts, 'lab', 2));
    await done(world, deleting(world, 'lab', [3]));
    const deleted = (await runsOf(world)).at(-1) ?? '';
    workOn(world, 'lab', 'fourth');
    const { site, facts } = planning(world);
    await done(world, publishDraft(site, facts, 'lab'));
    expect(undoable(await new Session(world).history()).map(({ id }) => id)).not.toContain(deleted);
    expect(await refusal(undoingPlan(world, { run: deleted }))).toContain('undo/deletion');
    const exported = etab(world);
    await done(world, await undoingPlan(world));
    expect(new Set(versionsOf(world, 'lab'))).toEqual(new Set([2]));
    expect(new Set(etab(world))).toEqual(new Set(exported.filter((one) => one !== '4')));
    // The rollback from 3, which is gone.
    expect(await refusal(undoingPlan(world))).toContain('undo/version-gone');
    expect(faultsOf(world)).toEqual([]);
  });
});

test('a deletion can be written as a script, and equals itself after JSON', async () => {
  const plan = deleting(await threeVersions(), 'lab', [1]);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  expect(scriptOf(plan)).toMatch(/sh "\$SCRIPTS\/"delete-version delete .* lab 1 /);
});

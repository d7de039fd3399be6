import type { Facts } from '../../core/fact.ts';
import { render, say } from '../../core/message.ts';
import type { Plan } from '../../core/plan.ts';
import { ProblemError } from '../../core/problem.ts';
import { pending } from '../../core/report.ts';
import { serverExports } from '../../features/exports-text.ts';
import { nfsConnections, nfsServer } from '../../features/seen-clients.ts';
import { runsAsRoot } from '../../features/server-facts.ts';
import { allPublished } from '../../features/tree-facts.ts';
import { nameOf, runningOn, userFacts } from '../../features/version-users.ts';
import { askSite, givenAnswers } from '../../planner/asked-site.ts';
import { derive } from '../../planner/derive.ts';
import { undoPlan } from '../../planner/undo.ts';
import {
  chooseUndo,
  installedBy,
  type RunningVersion,
  undoable,
} from '../../planner/undo-choice.ts';
import { type Common, type CommonOptions, exit } from '../common-options.ts';
import { watch } from '../watch.ts';
import { carryOut } from './apply.ts';

export interface UndoOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly list?: boolean;
  /** What to do with files that somebody changed since. */
  readonly changed?: 'keep' | 'replace';
  readonly keepPackages?: boolean;
  /** Newer runs that changed the same things are taken back with it. */
  readonly withNewer?: boolean;
  /** Clients may lose what they run. */
  readonly disconnect?: boolean;
}

/** Takes a run back: by a plan, which is shown and done as every other. */
export async function undo(given: string | undefined, options: UndoOptions, common: Common) {
  const { outside, session } = common;
  if (!(await session.gather([runsAsRoot])).get(runsAsRoot)) {
    throw new ProblemError({
      code: 'undo/not-root',
      summary: say('only root can take back a run'),
      remedy: say('run the same command with `sudo`'),
    });
  }
  if (options.list === true) return list(options, common);
  if (options.pretend === true) await pretendRun(common);
  const plan = await judged(given, options, common);
  if (pending(await session.inspect(plan)).length > 0) {
    // A prompt may wait for a day.
    const expectSame = async (): Promise<void> => {
      const now = await judged(given, options, common);
      if (JSON.stringify(now.steps) === JSON.stringify(plan.steps)) return;
      throw new ProblemError({
        code: 'undo/changed-meanwhile',
        summary: say('what the plan rests on was changed while it waited for an answer'),
        remedy: say('run the same command again, and read the plan that it shows then'),
      });
    };
    return carryOut(plan, options, common, options.yes !== true, expectSame);
  }
  if (options.json !== true && options.progress !== 'quiet') {
    outside.complain('Nothing of it is left here; it counts as taken back.\n');
  }
  // A run of its own all the same: the next undo is of the run before.
  const run = await session.begin(plan, outside.commandLine);
  return watch({ run, plan, mine: true }, options, common);
}

/** The plan, as things stand now. Throws a ProblemError. */
async function judged(
  given: string | undefined,
  options: UndoOptions,
  common: Common,
): Promise<Plan> {
  const { session, root } = common;
  const withNewer = options.withNewer === true;
  const choice = chooseUndo(await session.history(), given ?? null, { withNewer, root });
  const present = await session.present(choice.runs.flatMap(({ originals }) => originals));
  const facts = await session.look([...userFacts, allPublished, nfsConnections, nfsServer]);
  const connected = new Set([
    ...facts.get(nfsConnections),
    ...facts.get(nfsServer).clients.map(({ address }) => address),
  ]);
  return undoPlan({
    ...choice,
    present,
    root,
    connected: root === '/' ? [...connected].sort() : [],
    exports: facts.get(serverExports),
    running: runningVersions(facts),
    disconnect: options.disconnect === true,
    changed: options.changed ?? 'refuse',
    purging: options.keepPackages === true || root !== '/' ? null : await purging(common, choice),
  });
}

/** Whom an undo could take its root from. */
function runningVersions(facts: Facts): readonly RunningVersion[] {
  return facts.get(allPublished).flatMap((published): readonly RunningVersion[] => {
    const { certain, possible, mountedOnce } = runningOn(facts, published);
    const named = (addresses: readonly string[]) =>
      [...new Set(addresses)].map((address) => nameOf(address, facts));
    const told = {
      ...published,
      certain: named(certain.map(({ address }) => address)),
      possible: named([...possible, ...mountedOnce]),
    };
    return told.certain.length + told.possible.length === 0 ? [] : [told];
  });
}

/** A server in memory is new each time: there would be nothing to take back. */
async function pretendRun({ outside, root, session }: Common): Promise<void> {
  outside.complain('First the preset minimal is applied there, which takes a moment.\n');
  const { answers, original } = await givenAnswers({ preset: 'minimal' }, root, outside);
  const scope = { scope: 'all', obstacles: null, solve: false } as const;
  const { site, facts } = await askSite(answers, session, scope);
  const plan = derive(site, facts, 'all', original);
  await session.apply(plan, 'sidus apply --preset minimal', () => undefined, outside.signal);
}

/** The packages that go with the runs. Throws a ProblemError where others would go too. */
async function purging(
  { session }: Common,
  { runs }: ReturnType<typeof chooseUndo>,
): Promise<readonly string[]> {
  const { wanted, before } = installedBy(runs);
  const removal = await session.removal(wanted, before);
  if (removal === null) {
    throw new ProblemError({
      code: 'undo/apt-unsure',
      summary: say('apt cannot say what would go with {names}', { names: wanted.join(' ') }),
      remedy: say('see what `apt-get check` says, or leave them with `--keep-packages`'),
    });
  }
  if (removal.more.length > 0) {
    throw new ProblemError({
      code: 'undo/packages-needed',
      summary: say('{more} would go with the packages that the run installed', {
        more: removal.more.join(' '),
      }),
      remedy: say('remove that first, or leave them with `--keep-packages`'),
    });
  }
  return removal.names;
}

async function list(options: UndoOptions, { outside, session }: Common): Promise<number> {
  const history = await session.history();
  const runs = undoable(history).map(({ id, plan, outcome }) => ({
    id,
    title: plan.title,
    outcome,
    undoes: plan.undoes ?? [],
  }));
  if (options.json === true) {
    outside.say(`${JSON.stringify({ schema: 1, type: 'undoable', runs }, null, 1)}\n`);
    return exit.done;
  }
  if (runs.length === 0) outside.say('No run changed anything here.\n');
  for (const { id, title, outcome } of runs) {
    outside.say(`${id}  ${outcome === 'ok' ? '' : `(${outcome}) `}${render(title)}\n`);
  }
  return exit.done;
}

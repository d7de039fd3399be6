import {
  type Effect,
  noEmptyDirectory,
  packages,
  purged,
  run,
  type UnitEffect,
  unit,
} from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import { render, say } from '../core/message.ts';
import type { Original, PastRun, UnitOriginal } from '../core/original.ts';
import type { Plan, Step, StepId } from '../core/plan.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import { rootWords } from './quote.ts';
import { deletes, type UndoGiven } from './undo-choice.ts';
import { expectNobodyCutOff } from './undo-clients.ts';
import { goneDirectories, madeDirectories, returnedDirectories } from './undo-directories.ts';
import { notesOf } from './undo-notes.ts';
import {
  type ChangedPath,
  changedPaths,
  restored,
  restoredParts,
  standingOf,
  withoutOthers,
} from './undo-paths.ts';
import { judgeSettings } from './undo-settings.ts';
import { judgeVersions } from './undo-versions.ts';

/**
 * The plan that takes runs back. It is made of what they kept, and of how things stand now only
 * as far as that decides what somebody else's work is: so the same undo is the same plan again
 * when it was broken off, and its journal tells what is left to do. Throws a ProblemError.
 */
export function undoPlan(given: UndoGiven): Plan {
  const { target, runs, root, present } = given;
  const originals = runs.flatMap((one) => one.originals);
  const { paths, exports } = judgeVersions(
    withoutOthers(changedPaths(originals), given.present),
    given,
  );
  const around = [...paths.values()].filter((one) => standingOf(one, present) === 'around');
  const steps: Step[] = [];
  const add = (
    what: string,
    words: Pick<Step, 'title' | 'why'>,
    effects: readonly Effect[],
    run = target.id,
  ) => {
    const phase = say('Taking back');
    const id: StepId = `undo/${run}/${what}`;
    if (effects.length > 0) steps.push({ id, ...words, phase, effects });
  };

  const directories = madeDirectories(originals);
  const { purging, settings, edited } = judgeSettings(given, originals, paths, directories);
  const stay = somebodys(paths, edited, given);
  const returned = returnedDirectories(directories, given);
  const left = new Set([...stay, ...around.map(({ path }) => path)]);
  const gone = goneDirectories(given, directories, paths, left);
  add(
    'directories',
    { title: say('Make the directories that were there'), why: say('They were removed.') },
    returned.effects,
  );
  const removed = [...new Set(packagesIn(originals).flatMap((one) => one.removed))];
  add(
    'packages-back',
    {
      title: say('Install the packages that were there'),
      why: say('They were removed; their services are not started by that.'),
    },
    removed.length === 0 ? [] : [packages('server', removed)],
  );
  const done = new Set<string>(stay);
  const undone = backwards(runs).flatMap((run) =>
    [...run.plan.steps].reverse().map((step) => ({ step, run: run.id })),
  );
  for (const { step, run } of undone) {
    const words = { title: render(step.title) };
    const onlyHere = step.effects.every(({ place }) => place === 'server');
    add(
      step.id,
      {
        title: onlyHere
          ? say('Take back: {title}', words)
          : say('Take back what this left on the server: {title}', words),
        why: say('As it was before the run.'),
      },
      stepEffects(step, given, originals, paths, done, { around, exports }),
      run,
    );
  }
  add(
    'settings-back',
    { title: say('Put back what else was changed'), why: say('As it was before the run.') },
    [...paths.values()]
      .filter(({ path }) => !done.has(path))
      .map((one) => exports.get(one.path) ?? restored(one)),
  );
  add(
    'packages',
    {
      title: say('Purge the packages that were installed'),
      why: say('Those that the run brought and nobody else needs; nothing else goes with them.'),
    },
    purging === null || purging.length === 0 ? [] : [purged(purging, settings?.edited)],
  );
  add(
    'settings',
    {
      title: say('Make /etc as it was before they came'),
      why: say('Packages leave accounts behind, and take along files that were there before.'),
    },
    settings === null ? [] : [settings],
  );
  add(
    'empty-directories',
    { title: say('Remove the directories that were made'), why: say('Nothing is in them now.') },
    gone.map((path) => noEmptyDirectory('server', path)),
  );
  expectNobodyCutOff(steps, given);
  return {
    schema: 1,
    title: say('Take back: {title}', { title: render(target.plan.title) }),
    root,
    steps,
    notes: notesOf(
      { ...given, purging },
      {
        stay: [...stay, ...returned.others],
        changed: [...(settings?.except ?? []), ...(settings?.edited.paths ?? [])]
          .filter((path) => !paths.has(path))
          .sort(),
        secrets: paths.has(layout.secrets),
        full: directories
          .filter(({ path, before }) => before === null && !gone.includes(path))
          .map(({ path }) => path)
          .filter((path) => (present.entries[path] ?? null) !== null),
      },
    ),
    undoes: runs.map((one) => one.id).reverse(),
  };
}

/** What stays because somebody changed it. Throws a ProblemError where nobody said what to do. */
function somebodys(
  paths: ReadonlyMap<string, ChangedPath>,
  /** Of packages that would go. */
  edited: readonly string[],
  { target, present, changed, root }: UndoGiven,
): Set<string> {
  if (changed === 'replace') return new Set();
  const changedPaths = [...paths.values()].filter((one) => standingOf(one, present) === 'changed');
  const found = [...changedPaths.map(({ path }) => path), ...edited];
  if (changed === 'refuse' && found.length > 0) {
    throw new ProblemError(
      ...found.map(
        (path): Problem => ({
          code: 'undo/changed-since',
          at: path,
          summary: say('somebody changed it after the run'),
          remedy: say(
            'leave such files with `sidus undo {run} --changed keep{at}`, or put back what was there with `--changed replace`, which keeps a copy',
            { run: target.id, at: rootWords(root) },
          ),
        }),
      ),
    );
  }
  return new Set(found);
}

/**
 * Each plan once, the newest first; a step of the target's is always named by the target. What
 * deletions wrote goes last: until all else is put back, clients boot what is still exported.
 */
function backwards(runs: readonly PastRun[]): readonly PastRun[] {
  const plans = new Map(runs.map((run) => [JSON.stringify(run.plan), run]));
  const newest = [...plans.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
  return [
    ...newest.filter(({ plan }) => !deletes(plan)),
    ...newest.filter(({ plan }) => deletes(plan)),
  ];
}

/** A step backwards: services that were not there end first, those that were come back last. */
function stepEffects(
  step: Step,
  { root }: UndoGiven,
  originals: readonly Original[],
  paths: ReadonlyMap<string, ChangedPath>,
  /** Put back by a step before this one; grows. */
  done: Set<string>,
  {
    around,
    exports,
  }: {
    readonly around: readonly ChangedPath[];
    readonly exports: ReadonlyMap<string, Effect>;
  },
): readonly Effect[] {
  const units = step.effects.flatMap((effect) => {
    if (effect.kind !== 'unit' || effect.place !== 'server') return [];
    const told = originals.filter(
      (one): one is UnitOriginal => one.what === 'unit' && one.name === effect.name,
    );
    const [before] = told;
    return before === undefined || !told.some(({ changed }) => changed)
      ? []
      : [unitAsBefore(effect, before)];
  });
  const files: Effect[] = [];
  for (const effect of [...step.effects].reverse()) {
    if (effect.place !== 'server') continue;
    const path =
      effect.kind === 'secret' ? layout.secrets : 'path' in effect ? effect.path : undefined;
    const found = path === undefined ? undefined : paths.get(path);
    if (found === undefined || done.has(found.path)) continue;
    done.add(found.path);
    if (around.includes(found)) files.push(...restoredParts(found));
    else files.push(exports.get(found.path) ?? restored(found));
  }
  const reload = files.some((file) => 'path' in file && /\/systemd\//.test(file.path));
  const rereads = step.effects.filter((effect) => effect.kind === 'run' && effect.rereads === true);
  if (units.length === 0 && files.length === 0) return [];
  const masked = step.effects.flatMap((effect) =>
    effect.kind === 'unit' && effect.state === 'masked' ? [effect.name] : [],
  );
  return [
    ...units
      .filter(({ name, state }) => masked.includes(name) && state !== 'masked')
      .map(({ name }) => run('server', ['systemctl', 'unmask', name])),
    ...units.filter(({ running }) => running === 'stopped'),
    ...files,
    ...(reload && root === '/' ? [run('server', ['systemctl', 'daemon-reload'])] : []),
    ...units.filter(({ running }) => running !== 'stopped'),
    ...rereads,
  ];
}

function unitAsBefore(effect: UnitEffect, before: UnitOriginal): UnitEffect {
  const { enabled, active, name } = before;
  const state = enabled === 'masked' ? 'masked' : /^enabled/.test(enabled) ? 'enabled' : 'disabled';
  const { restartWhenChanged } = effect;
  return active
    ? unit('server', name, state, { running: 'started', restartWhenChanged })
    : unit('server', name, state, { running: 'stopped' });
}

function packagesIn(originals: readonly Original[]) {
  return originals.flatMap((one) => (one.what === 'packages' ? [one] : []));
}

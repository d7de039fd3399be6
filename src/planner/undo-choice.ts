import type { FileEffect } from '../core/effect.ts';
import { say } from '../core/message.ts';
import type { Original, PastRun, Present } from '../core/original.ts';
import type { Plan } from '../core/plan.ts';
import { ProblemError } from '../core/problem.ts';
import type { Export } from '../features/exports-text.ts';
import type { Published } from '../features/tree-facts.ts';
import { rootWords } from './quote.ts';

/** Which run is taken back, and what stands in its way: newest first, one after the other. */
export interface UndoChoice {
  readonly target: PastRun;
  /**
   * The target, before it the runs that it went on with, and after it those that are taken back
   * with it; oldest first.
   */
  readonly runs: readonly PastRun[];
  /** The plan of an undo of these very runs that came to no good end: its judgement holds. */
  readonly begun: PastRun | null;
  /** Exports that later undos left without versions that were gone: nobody's work but ours. */
  readonly exportsLeft: readonly FileEffect[];
}

export interface UndoGiven extends UndoChoice {
  readonly root: string;
  readonly present: Present;
  /** What goes with the packages that the runs installed; null: they stay. */
  readonly purging: readonly string[] | null;
  /** What to do with what somebody changed since. */
  readonly changed: 'refuse' | 'keep' | 'replace';
  /** Addresses of clients that hang on the NFS server now. */
  readonly connected: readonly string[];
  /** What is exported now. */
  readonly exports: readonly Export[];
  /** The versions that clients run. */
  readonly running: readonly RunningVersion[];
  /** They may be cut off. */
  readonly disconnect: boolean;
}

/** Clients by their names where they are known, otherwise by their addresses. */
export interface RunningVersion extends Published {
  readonly certain: readonly string[];
  /** The server cannot tell, or only that they mounted it some time. */
  readonly possible: readonly string[];
}

/** Runs whose changes stand: no undo of them has come to its end, or that was itself undone. */
export function standing(runs: readonly PastRun[]): ReadonlySet<string> {
  const undone = new Set<string>();
  for (const run of [...runs].reverse()) {
    if (run.outcome !== 'ok' || undone.has(run.id)) continue;
    for (const id of run.plan.undoes ?? []) undone.add(id);
  }
  return new Set(runs.map(({ id }) => id).filter((id) => !undone.has(id)));
}

/** Whether it deletes versions: no undo brings them back, so such a run is never one's target. */
export function deletes({ steps }: Plan): boolean {
  return steps.some(({ effects }) =>
    effects.some((effect) => {
      if (effect.kind !== 'run') return false;
      const [, file, verb] = effect.argv;
      const ours = typeof file === 'object' && 'asset' in file && file.asset === 'delete-version';
      return ours && verb === 'delete';
    }),
  );
}

/** Runs that can be taken back now or later, newest first; without those that only looked. */
export function undoable(runs: readonly PastRun[]): readonly PastRun[] {
  const stand = standing(runs);
  return runs
    .filter((run) => stand.has(run.id) && run.originals.length > 0 && !deletes(run.plan))
    .reverse();
}

/**
 * `withNewer`: with the runs after it that changed the same things. Those that deleted versions
 * always come along: what they wrote for it, such as the exports, is as much ours as what the run
 * wrote. Throws a ProblemError: there is none, it is unknown, taken back already, or not the newest.
 */
export function chooseUndo(
  runs: readonly PastRun[],
  given: string | null,
  { withNewer = false, root = '/' } = {},
): UndoChoice {
  const left = undoable(runs);
  const target =
    given === null
      ? left.find(({ plan }) => plan.undoes === undefined)
      : runs.find(({ id }) => id === given);
  if (target === undefined) {
    throw new ProblemError(
      given === null
        ? {
            code: 'undo/nothing',
            summary: say('no run changed anything here that is not taken back already'),
            remedy: say('see with `sidus status{at}` which runs there were', {
              at: rootWords(root),
            }),
          }
        : {
            code: 'undo/no-such-run',
            summary: say('there is no run {id}', { id: given }),
            remedy: say('name one of those that `sidus undo --list{at}` shows', {
              at: rootWords(root),
            }),
          },
    );
  }
  if (!standing(runs).has(target.id)) {
    throw new ProblemError({
      code: 'undo/undone',
      summary: say('the run {id} is taken back already', { id: target.id }),
      remedy: say('see with `sidus undo --list{at}` which runs can be taken back', {
        at: rootWords(root),
      }),
    });
  }
  if (deletes(target.plan)) {
    throw new ProblemError({
      code: 'undo/deletion',
      summary: say('the run {id} deleted versions, and nothing brings them back', {
        id: target.id,
      }),
      remedy: say('take back one that `sidus undo --list{at}` shows', { at: rootWords(root) }),
    });
  }
  const chain = [...withBegun(target, runs)];
  const keys = new Set(chain.flatMap(({ originals }) => originals.flatMap(keysOf)));
  const stand = standing(runs);
  let first: { readonly newer: string; readonly shared: string } | null = null;
  for (const newer of runs) {
    if (newer.id <= target.id || !stand.has(newer.id) || newer.plan.undoes !== undefined) continue;
    const own = newer.originals.flatMap(keysOf);
    const shared = own.find((key) => keys.has(key));
    if (shared === undefined) continue;
    for (const key of own) keys.add(key);
    if (withNewer || deletes(newer.plan)) chain.push(newer);
    else first = { newer: newer.id, shared };
  }
  if (first !== null) {
    throw new ProblemError({
      code: 'undo/newer-run',
      summary: say('the run {newer} changed {shared} after it', first),
      remedy: say(
        'take that one back first, with `sidus undo {newer}{at}`, or all of them, with `sidus undo {run} --with-newer{at}`',
        { newer: first.newer, run: target.id, at: rootWords(root) },
      ),
    });
  }
  const ids = chain.map(({ id }) => id).reverse();
  const begun = runs.findLast(({ plan }) => String(plan.undoes) === String(ids));
  return {
    target,
    runs: chain,
    exportsLeft: runs
      .filter(({ id, plan }) => id > target.id && plan.undoes !== undefined)
      .flatMap(({ plan }) => plan.steps.flatMap(({ effects }) => effects))
      .filter((effect) => effect.kind === 'file'),
    begun: begun === undefined || begun.outcome === 'ok' ? null : begun,
  };
}

/**
 * A run that was broken off or failed, and the ones after it that did the same plan, are one to
 * whoever wants it undone.
 */
function withBegun(target: PastRun, runs: readonly PastRun[]): readonly PastRun[] {
  const stand = standing(runs);
  const before = runs.filter(({ id }) => stand.has(id) && id < target.id);
  const plan = JSON.stringify(target.plan);
  const chain = [target];
  for (const run of before.reverse()) {
    if (run.outcome === 'ok' || JSON.stringify(run.plan) !== plan) break;
    chain.unshift(run);
  }
  return chain;
}

/** What two runs may not both have changed. Directories may: they go when they are empty. */
function keysOf(original: Original): readonly string[] {
  switch (original.what) {
    case 'path':
      return [original.path];
    case 'unit':
      return original.changed ? [original.name] : [];
    case 'packages':
      return original.missing;
    default:
      return [];
  }
}

/** What runs named and installed, and what was there before the first of them. */
export function installedBy(runs: readonly PastRun[]): {
  readonly wanted: readonly string[];
  readonly before: readonly string[];
} {
  const found = runs.flatMap(({ originals }) =>
    originals.flatMap((one) => (one.what === 'packages' ? [one] : [])),
  );
  const wanted = [...new Set(found.flatMap(({ missing }) => missing))];
  return { wanted, before: found[0]?.installed ?? [] };
}

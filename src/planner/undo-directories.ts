import { type Attributes, directory, type Effect } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import { isAlike, type Original, type PathState } from '../core/original.ts';
import type { UndoGiven } from './undo-choice.ts';
import type { ChangedPath } from './undo-paths.ts';

export interface MadeDirectory {
  readonly path: string;
  /** Attributes to give back; null: it was not there. */
  readonly before: PathState | null;
  /** What runs gave it, or null where they removed it. */
  readonly wrote: readonly (Attributes | null)[];
}

/** From above. The first that is said of a directory is how it was before the runs. */
export function madeDirectories(originals: readonly Original[]): readonly MadeDirectory[] {
  const found = new Map<string, MadeDirectory>();
  const note = (path: string, before: PathState | null, wrote: MadeDirectory['wrote']): void => {
    // Our own records lie there.
    if (path === layout.state || layout.state.startsWith(`${path}/`)) return;
    const known = found.get(path) ?? { path, before, wrote: [] };
    found.set(path, { ...known, wrote: [...known.wrote, ...wrote] });
  };
  for (const original of originals) {
    if (original.what !== 'path' && original.what !== 'directory') continue;
    for (const path of original.made) note(path, null, []);
    if (original.what === 'directory') note(original.path, original.before, [original.wrote]);
  }
  return [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

export interface ReturnedDirectories {
  /** Made again, or given back what they had. */
  readonly effects: readonly Effect[];
  /** Somebody gave them something else since. */
  readonly others: readonly string[];
}

/** What was no directory is none of ours to make one of. */
export function returnedDirectories(
  directories: readonly MadeDirectory[],
  { present, changed }: UndoGiven,
): ReturnedDirectories {
  const effects: Effect[] = [];
  const others: string[] = [];
  for (const { path, before, wrote } of directories) {
    if (before?.kind !== 'directory') continue;
    const now = present.paths[path] ?? null;
    const ours =
      now === null ||
      isAlike(now, before) ||
      wrote.some((given) => given !== null && isAlike(now, { ...before, ...given }));
    if (ours || changed === 'replace') effects.push(directory('server', path, before));
    else others.push(path);
  }
  return { effects, others };
}

/** Those that nothing will be in, from below. */
export function goneDirectories(
  { present: { entries } }: UndoGiven,
  directories: readonly MadeDirectory[],
  paths: ReadonlyMap<string, ChangedPath>,
  stay: ReadonlySet<string>,
): readonly string[] {
  const gone = new Set<string>();
  for (const { path } of directories.filter(({ before }) => before === null).reverse()) {
    const full = (entries[path] ?? []).some((name) => {
      const inside = `${path}/${name}`;
      if (gone.has(inside)) return false;
      const changed = paths.get(inside);
      return changed === undefined || stay.has(inside) || changed.first.before !== null;
    });
    if (!full) gone.add(path);
  }
  return [...gone];
}

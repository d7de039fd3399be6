import { layout } from '../core/layout.ts';
import type { Original } from '../core/original.ts';
import type { UndoGiven } from './undo-choice.ts';
import type { ChangedPath } from './undo-paths.ts';

export interface MadeDirectory {
  readonly path: string;
  /** Attributes to give back; null: it was not there. */
  readonly before: { readonly mode: number; readonly owner: string; readonly group: string } | null;
}

/** From above. The first that is said of a directory is how it was before the runs. */
export function madeDirectories(originals: readonly Original[]): readonly MadeDirectory[] {
  const found = new Map<string, MadeDirectory>();
  const note = (path: string, before: MadeDirectory['before']): void => {
    // Our own records lie there.
    if (path === layout.state || layout.state.startsWith(`${path}/`)) return;
    if (!found.has(path)) found.set(path, { path, before });
  };
  for (const original of originals) {
    if (original.what !== 'path' && original.what !== 'directory') continue;
    for (const path of original.made) note(path, null);
    if (original.what === 'directory') note(original.path, original.before);
  }
  return [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
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

import { absent, type BlockEffect, copy, type Effect, link } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import { say } from '../core/message.ts';
import { isAlike, type Original, type PathOriginal, type Present } from '../core/original.ts';
import { type Problem, ProblemError } from '../core/problem.ts';

/** A path that runs changed, over all of them. */
export interface ChangedPath {
  readonly path: string;
  /** Of the first run that changed it. */
  readonly first: PathOriginal;
  /** Everything that was written there, and the parts. */
  readonly all: readonly PathOriginal[];
}

export function changedPaths(originals: readonly Original[]): ReadonlyMap<string, ChangedPath> {
  const found = new Map<string, ChangedPath>();
  for (const original of originals) {
    if (original.what !== 'path') continue;
    const { path } = original;
    const known = found.get(path);
    found.set(path, {
      path,
      first: known?.first ?? original,
      all: [...(known?.all ?? []), original],
    });
  }
  return found;
}

/**
 * How a path stands: 'ours': as the runs left it, or as it was; 'around': somebody changed the
 * file around a part of ours, which is as the runs left it; 'changed': somebody changed it.
 */
export function standingOf(
  { path, first, all }: ChangedPath,
  { paths, blocks, secrets }: Present,
): 'ours' | 'around' | 'changed' {
  const now = paths[path] ?? null;
  if (path === layout.secrets) return secrets;
  if (isAlike(now, first.before)) return 'ours';
  if (all.some(({ wrote }) => wrote !== 'secrets' && isAlike(now, wrote))) return 'ours';
  const parts = all.flatMap(({ block }) => (block === undefined ? [] : [block]));
  if (parts.length < all.length || now?.kind !== 'file') return 'changed';
  const untouched = parts.every(({ marker, before }) => {
    const part = blocks[path]?.[marker] ?? null;
    return part === before || parts.some((one) => one.marker === marker && one.wrote === part);
  });
  return untouched ? 'around' : 'changed';
}

/**
 * Without what met a directory or a device where a file was to be: no run keeps those. Most such
 * runs failed there, and left it. Throws a ProblemError where one is gone.
 */
export function withoutOthers(
  paths: ReadonlyMap<string, ChangedPath>,
  present: Present,
): ReadonlyMap<string, ChangedPath> {
  const left = new Map<string, ChangedPath>();
  const problems: Problem[] = [];
  for (const [path, one] of paths) {
    const { before } = one.first;
    if (before?.kind !== 'directory' && before?.kind !== 'other') left.set(path, one);
    else if (present.paths[path]?.kind !== before.kind) {
      problems.push({
        code: 'undo/not-kept',
        at: path,
        summary:
          before.kind === 'directory'
            ? say('a directory was there before the run, and is gone')
            : say('a device, socket or pipe was there before the run, and is gone'),
        remedy: say('make it again by hand, with mode {mode}, then run the same command again', {
          mode: before.mode.toString(8).padStart(4, '0'),
        }),
      });
    }
  }
  if (problems.length > 0) throw new ProblemError(...problems);
  return left;
}

/** Puts back what was there. */
export function restored({ path, first: { before, copy: kept } }: ChangedPath): Effect {
  if (before === null) return absent('server', path);
  if (before.kind === 'link') return link('server', path, before.target ?? '');
  if (kept === null) throw new Error(`nothing was kept of ${path}`);
  const { mode, owner, group, modified } = before;
  return copy({ place: 'server', path: kept }, 'server', path, { mode, owner, group, modified });
}

/** Puts back the parts alone: the rest of the file is somebody's work. */
export function restoredParts({
  path,
  all,
  first: { copy: kept },
}: ChangedPath): readonly Effect[] {
  if (path === layout.secrets) {
    const names = new Set(all.flatMap(({ secret }) => (secret === undefined ? [] : [secret])));
    return [...names].map((name) => ({ kind: 'secret', place: 'server', name, before: kept }));
  }
  const before = new Map<string, string | null>();
  for (const { block } of all) {
    if (block !== undefined && !before.has(block.marker)) before.set(block.marker, block.before);
  }
  return [...before].map(
    ([marker, content]): BlockEffect => ({ kind: 'block', place: 'server', path, marker, content }),
  );
}

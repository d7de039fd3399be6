import { createHash } from 'node:crypto';
import { type Effect, file } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { PastRun, PathOriginal, Present } from '../core/original.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import { rootWords } from './quote.ts';
import { deletes, type UndoGiven } from './undo-choice.ts';
import { type ChangedPath, standingOf } from './undo-paths.ts';

/**
 * Versions are deleted, and no undo brings them back: what is put back must not name them.
 * exportfs(8) fails at a directory that is gone, and a loader at a kernel.
 */

export interface Served {
  /** What is put back; without what somebody deleted since. */
  readonly paths: ReadonlyMap<string, ChangedPath>;
  /** Exports without those of versions that are gone, by path. */
  readonly exports: ReadonlyMap<string, Effect>;
}

/** Throws a ProblemError where clients would be sent to a version that is gone. */
export function judgeVersions(paths: ReadonlyMap<string, ChangedPath>, given: UndoGiven): Served {
  const { present, runs, root, changed, exportsLeft } = given;
  const ofDeletions = deletionsFirst(runs);
  const left = new Map<string, ChangedPath>();
  const exports = new Map<string, Effect>();
  const problems: Problem[] = [];
  for (const [path, known] of paths) {
    const ours = exportsLeft.flatMap((effect): readonly PathOriginal[] => {
      if (effect.path !== path || typeof effect.content !== 'string') return [];
      const { content, mode, owner, group } = effect;
      const sha256 = createHash('sha256').update(content).digest('hex');
      const wrote = {
        kind: 'file',
        mode,
        owner,
        group,
        sha256,
        target: null,
        modified: 0,
      } as const;
      return [{ ...known.first, wrote }];
    });
    const one = ours.length === 0 ? known : { ...known, all: [...known.all, ...ours] };
    const { before } = one.first;
    const now = present.paths[path] ?? null;
    const [, tree, version] = ownVersion.exec(path) ?? [];
    // It went with its version.
    if (tree !== undefined && now === null && !isThere(`${tree}/versions/${version}`, present)) {
      continue;
    }
    left.set(path, one);
    if (before === null) continue;
    if (isExports(path)) {
      const text = withoutGone(one, present);
      if (text !== null) exports.set(path, file('server', path, text, before));
      continue;
    }
    const gone = namedBy(one, present).find((directory) => !isThere(directory, present));
    if (gone === undefined) continue;
    const standing = standingOf(one, present);
    // Nobody asked for what a deletion took away, or somebody else keeps what is there.
    if (ofDeletions.has(path) || (standing === 'changed' && changed === 'keep')) {
      left.delete(path);
    } else {
      problems.push({
        code: 'undo/version-gone',
        at: path,
        summary: say('clients would boot {gone} of before, which was deleted', {
          gone: `${layout.trees}/${gone}`,
        }),
        remedy: say(
          'leave this run as it is, or take an older one back and this with it: `sidus undo --list{at}` names them, for `sidus undo RUN --with-newer{at}`',
          { at: rootWords(root) },
        ),
      });
    }
  }
  if (problems.length > 0) throw new ProblemError(...problems);
  return { paths: left, exports };
}

/** Paths that no other run changed before a deletion did. */
function deletionsFirst(runs: readonly PastRun[]): ReadonlySet<string> {
  const found = new Set<string>();
  const others = new Set<string>();
  for (const { plan, originals } of runs) {
    for (const one of originals) {
      if (one.what !== 'path') continue;
      if (!deletes(plan)) others.add(one.path);
      else if (!others.has(one.path)) found.add(one.path);
    }
  }
  return found;
}

const isExports = (path: string): boolean => /^\/etc\/exports(\.d\/[^/]+)?$/.test(path);

/** Kernel, initrd and entries of one version. */
const ownVersion = /^\/srv\/tftp\/sidus\/([a-z][a-z0-9-]*)\/([1-9]\d{0,8})\//;

/** As delete-version renames them: away at once. */
const isThere = (directory: string, { versions }: Present): boolean => versions.includes(directory);

/** The directories of versions that a boot file or link of before names. */
function namedBy({ path, first }: ChangedPath, { kept }: Present): readonly string[] {
  const [, current] = /^\/srv\/tftp\/sidus\/([a-z][a-z0-9-]*)\/current$/.exec(path) ?? [];
  if (current !== undefined && first.before?.kind === 'link') {
    return [`${current}/versions/${first.before.target ?? ''}`];
  }
  if (!path.startsWith(`${layout.tftp}/`) || first.copy === null) return [];
  const text = kept[first.copy] ?? '';
  // A loader's code.
  if (text.includes('\0')) return [];
  const boots = text.matchAll(/\bsidus\/([a-z][a-z0-9-]*)\/([1-9]\d{0,8})\//g);
  // An image goes with its version.
  const roots = text.matchAll(
    /\/srv\/nfsroot\/([a-z][a-z0-9-]*)\/(?:versions|images)\/([1-9]\d{0,8})\b/g,
  );
  return [...boots, ...roots].map(([, tree, version]) => `${tree}/versions/${version}`);
}

/** The lines of versions that are there, and all others; null: none of it is gone. */
function withoutGone({ first }: ChangedPath, present: Present): string | null {
  const text = first.copy === null ? null : (present.kept[first.copy] ?? null);
  if (text === null) return null;
  const lines = text.split('\n').filter((line) => {
    const [, directory] =
      /^"?[^\s"]*\/srv\/nfsroot\/([a-z][a-z0-9-]*\/(?:versions|images)\/[1-9]\d{0,8})(?=[\s"/])/.exec(
        line,
      ) ?? [];
    return directory === undefined || isThere(directory, present);
  });
  const left = lines.join('\n');
  return left === text ? null : left;
}

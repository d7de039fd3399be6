import type { Effect } from '../core/effect.ts';
import { say } from '../core/message.ts';
import type { Present } from '../core/original.ts';
import type { Step } from '../core/plan.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import { type Export, handsOut, parseExports } from '../features/exports-text.ts';
import { handedOut } from '../features/version-users.ts';
import type { UndoGiven } from './undo-choice.ts';

/**
 * A client whose export is withdrawn stands still: every file of its root is stale. So what
 * clients run stays exported, as it is not deleted either (design.md 4), unless somebody says
 * that they may be cut off. Throws a ProblemError.
 */
export function expectNobodyCutOff(
  steps: readonly Step[],
  { running, exports, present, disconnect }: UndoGiven,
): void {
  if (disconnect) return;
  const after = exportsAfter(
    steps.flatMap(({ effects }) => effects),
    exports,
    present,
  );
  const has = (all: readonly Export[], directory: string): boolean =>
    all.some((exported) => handsOut(exported, directory));
  const problems: Problem[] = [];
  for (const { tree, version, certain, possible } of running) {
    const lost = handedOut({ tree, version }).some(
      (directory) => has(exports, directory) && !has(after, directory),
    );
    if (lost && certain.length > 0) {
      problems.push({
        code: 'undo/clients-run',
        summary: say('{clients} runs {tree} version {version}, and would lose it', {
          clients: named(certain),
          tree,
          version,
        }),
        remedy: say(
          'let clients boot an earlier version with `sidus tree rollback {tree}` instead; or switch these off first, or cut them off with `--disconnect`',
          { tree },
        ),
      });
    }
    if (lost && possible.length > 0) {
      problems.push({
        code: 'undo/clients-perhaps-run',
        summary: say(
          '{clients} may run {tree} version {version}, and would lose it: the server cannot tell',
          { clients: named(possible), tree, version },
        ),
        remedy: say(
          'let clients boot an earlier version with `sidus tree rollback {tree}` instead; or see that these are switched off, and add `--disconnect`',
          { tree },
        ),
      });
    }
  }
  if (problems.length > 0) throw new ProblemError(...problems);
}

function exportsAfter(
  effects: readonly Effect[],
  before: readonly Export[],
  { kept }: Present,
): readonly Export[] {
  const files = new Map<string, readonly Export[]>();
  for (const effect of effects) {
    const stops =
      effect.kind === 'unit' &&
      effect.name === 'nfs-server.service' &&
      effect.running === 'stopped';
    const purges =
      effect.kind === 'packages' &&
      effect.purged === true &&
      effect.names.includes('nfs-kernel-server');
    if (stops || purges) return [];
    if (!('path' in effect) || effect.place !== 'server') continue;
    if (effect.kind === 'file' && typeof effect.content === 'string') {
      files.set(effect.path, parseExports(effect.content, effect.path));
    } else if (effect.kind === 'copy') {
      files.set(effect.path, parseExports(kept[effect.from.path] ?? '', effect.path));
    } else {
      files.set(effect.path, []);
    }
  }
  return [
    ...before.filter((one) => !files.has(one.file)),
    ...[...files].flatMap(([path, found]) =>
      before.some((one) => one.file === path) || /^\/etc\/exports(\.d\/[^/]+)?$/.test(path)
        ? found
        : [],
    ),
  ];
}

/** The first few, and how many more. */
function named(clients: readonly string[]): string {
  const shown = clients.slice(0, 4).join(', ');
  return clients.length > 4 ? `${shown} and ${clients.length - 4} more` : shown;
}

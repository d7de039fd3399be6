import { createHash } from 'node:crypto';
import { script } from '../core/assets.ts';
import type { Fact } from '../core/fact.ts';
import type { TreeAnswers } from './index.ts';
import { keptOut } from './package-lists.ts';
import { parseSolve, type Solve, solveArguments, solveInput } from './solve.ts';
import { aptPreferences, aptSources } from './tree/archives.ts';
import { archiveAnswers } from './tree/index.ts';

const digestOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);

/** Whether the archive has all of this and apt can install it together: asked before a run, not found out in it. */
export function archiveSolve(given: TreeAnswers, wanted: readonly string[]): Fact<Solve> {
  const { suite, architecture } = given.tree;
  const exclude = keptOut(given);
  const [directory, ...words] = [
    { cache: `${suite}/solve` },
    ...solveArguments({
      directory: '',
      suite,
      architecture,
      names: wanted,
      exclude,
      recommends: given.packages.recommends,
    }),
  ];
  const stdin = solveInput(aptSources(given.tree), aptPreferences(exclude));
  return {
    id: `packages/solve/${digestOf(words, stdin)}`,
    source: {
      kind: 'command',
      place: 'server',
      // Where the lists are kept is for the system to say: the word that stands for it goes here.
      argv: ['sh', script('solve'), ...words.map((word) => (word === '' ? directory : word))],
      stdin,
      patience: 900,
      anyExit: true,
    },
    otherwise: { status: 'unchecked', detail: '' },
    parse: parseSolve,
  };
}

/** All packages that a tree's archive has, from the lists that a solve keeps; null: it is not said yet which. */
export function packageNames(
  given: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Fact<readonly string[]> | null {
  const { success, data } = archiveAnswers.safeParse(given.tree);
  if (!success) return null;
  const { suite, architecture } = data;
  const stdin = solveInput(aptSources(data), aptPreferences([]));
  return {
    id: `packages/names/${digestOf(suite, architecture, stdin)}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: ['sh', script('solve'), '--names', { cache: `${suite}/solve` }, suite, architecture],
      stdin,
      patience: 900,
    },
    otherwise: [],
    parse: (text) => {
      const [status, ...names] = text.trimEnd().split('\n');
      return status === 'status ok' ? names : [];
    },
  };
}

import { createHash } from 'node:crypto';
import { script } from '../core/assets.ts';
import type { Fact } from '../core/fact.ts';
import type { TreeAnswers } from './index.ts';
import { keptOut } from './package-lists.ts';
import { parseSolve, type Solve, solveArguments, solveInput } from './solve.ts';
import { aptPreferences, aptSources } from './tree/archives.ts';

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
  const digest = createHash('sha256')
    .update(JSON.stringify([words, stdin]))
    .digest('hex')
    .slice(0, 16);
  return {
    id: `packages/solve/${digest}`,
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

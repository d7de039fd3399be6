import { script } from '../core/assets.ts';
import type { Fact } from '../core/fact.ts';
import type { TreeAnswers } from './index.ts';
import { keptOut } from './package-lists.ts';
import { parseSolve, type Solve, solveInput } from './solve.ts';
import { aptPreferences, aptSources } from './tree/archives.ts';

/** Whether the archive has all of this and apt can install it together: asked before a run, not found out in it. */
export function archiveSolve(given: TreeAnswers, wanted: readonly string[]): Fact<Solve> {
  return {
    id: `packages/solve/${given.tree.suite}/${given.tree.mirror}/${wanted.join(' ')}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: [
        'sh',
        script('solve'),
        ...(given.packages.recommends ? ['--recommends'] : []),
        { cache: `${given.tree.suite}/solve` },
        given.tree.suite,
        given.tree.architecture,
        ...wanted,
      ],
      stdin: solveInput(aptSources(given.tree), aptPreferences(keptOut(given))),
      patience: 900,
      anyExit: true,
    },
    otherwise: { status: 'unchecked', detail: '' },
    parse: parseSolve,
  };
}

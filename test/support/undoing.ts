import type { Plan } from '../../src/core/plan.ts';
import { undoPlan } from '../../src/planner/undo.ts';
import { chooseUndo, installedBy, type UndoGiven } from '../../src/planner/undo-choice.ts';
import { Session } from '../../src/runner/session.ts';
import type { System } from '../../src/system/system.ts';

/** The plan that takes back a run, or the last one, as the command makes it. */
export async function undoingPlan(
  system: System,
  {
    run,
    withNewer,
    ...given
  }: Partial<UndoGiven> & { readonly run?: string; readonly withNewer?: boolean } = {},
): Promise<Plan> {
  const session = new Session(system);
  const choice = chooseUndo(await session.history(), run ?? null, {
    withNewer: withNewer === true,
    root: system.root,
  });
  const { wanted, before } = installedBy(choice.runs);
  const removal = system.root === '/' ? await session.removal(wanted, before) : null;
  return undoPlan({
    ...choice,
    present: await session.present(choice.runs.flatMap(({ originals }) => originals)),
    root: system.root,
    connected: [],
    exports: [],
    running: [],
    disconnect: false,
    changed: 'refuse',
    purging: removal?.names ?? null,
    ...given,
  });
}

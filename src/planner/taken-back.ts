import type { Effect } from '../core/effect.ts';
import { say } from '../core/message.ts';
import type { StepId } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import { givingEffects, givingStep } from '../features/serve/versions.ts';

/** That clients were given a version, as the journal would have it. */
export interface Giving {
  readonly tree: string;
  readonly version: number;
  readonly step: { readonly id: StepId; readonly effects: readonly Effect[] };
  /** What made the version: before that nobody can have given it. */
  readonly since: StepId;
}

export function giving(tree: string, version: number): Giving {
  return {
    tree,
    version,
    step: { id: givingStep(tree), effects: givingEffects(tree, version) },
    since: `tree/${tree}/version`,
  };
}

/** Those of these that the journal knows of; a session asks it. */
export type EverGiven = (wanted: readonly Giving[]) => Promise<readonly Giving[]>;

/** Whoever publishes does not get what somebody took away from the clients. */
export function takenBack(tree: string, current: number, newest: number): Problem {
  return {
    code: 'tree/taken-back',
    summary: say('{tree} version {newest} was taken back, and its draft was not worked on since', {
      tree,
      newest,
    }),
    remedy: say(
      'mend the draft with `sidus tree shell {tree}`, then publish it; `sidus tree rollback {tree} {newest}` gives {newest} to the clients again, which boot {current}',
      { tree, newest, current },
    ),
  };
}

import { say } from '../../core/message.ts';
import { inTree } from '../../core/place.ts';
import type { Step, StepId } from '../../core/plan.ts';
import { phase } from '../phases.ts';
import { capabilityEffects } from './boot.ts';

/** A version is made once, of a finished draft, and never edited. */
export function publishStep(tree: string, version: number, after: readonly StepId[]): Step {
  return {
    id: `tree/${tree}/version`,
    title: say('Publish the draft of {tree} as version {version}', { tree, version }),
    why: say('Clients boot a copy that nobody edits; the draft stays to work on.'),
    phase: phase.publishing(tree),
    seconds: 10,
    after,
    effects: [
      // Once more, for what was done to the draft by hand.
      ...capabilityEffects(inTree(tree)),
      { kind: 'publish', place: inTree(tree, version), tree, version },
    ],
  };
}

import { type Message, say } from '../core/message.ts';
import type { Step } from '../core/plan.ts';

/** The ends that steps serve, as an administrator thinks of them: a plan is shown in these parts. */
export const phase = {
  preparing: say('Prepare this server'),
  rehearsing: say('Make the workshop for rehearsals'),
  building: (tree: string): Message => say('Build the tree {tree}', { tree }),
  publishing: (tree: string): Message => say('Publish {tree}', { tree }),
  deleting: (tree: string): Message => say('Delete versions of {tree}', { tree }),
  serving: say('Serve the clients'),
} as const;

/** Names the phase of steps whose topic names none. */
export function inPhase(usual: Message, steps: readonly Step[]): readonly Step[] {
  return steps.map(({ id, title, why, phase: own = usual, ...step }) => ({
    id,
    title,
    why,
    phase: own,
    ...step,
  }));
}

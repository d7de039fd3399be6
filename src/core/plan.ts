import { createHash } from 'node:crypto';
import type { Effect } from './effect.ts';
import type { Message } from './message.ts';

/** Topic, then what; for a tree the tree's name comes between: 'serve/exports', 'locale/minimal/locales'. */
export type StepId = `${string}/${string}`;

export interface Step {
  readonly id: StepId;
  readonly title: Message;
  readonly why: Message;
  /** The end it serves. Steps that follow each other in one phase are shown together. */
  readonly phase?: Message;
  /**
   * How long it takes, in seconds, until this server has done it once (docs/tests.md).
   * Without it a second: most steps only write a file.
   */
  readonly seconds?: number;
  /** Must be finished before this one. */
  readonly after?: readonly StepId[];
  /**
   * As `after`; and when one of these runs again, this one is no longer finished. An initrd
   * follows the packages whose modules and firmware it holds.
   */
  readonly follows?: readonly StepId[];
  readonly effects: readonly Effect[];
}

/** Invariant: equal to itself after JSON.parse(JSON.stringify(plan)). */
export interface Plan {
  readonly schema: 1;
  /** What the plan does, in a few words. */
  readonly title: Message;
  /** The directory that everything is put under; '/' is the server itself. */
  readonly root: string;
  readonly steps: readonly Step[];
  /** What a person should know before saying yes: what is left out, what was mapped. */
  readonly notes: readonly Message[];
  /** The runs that this plan takes back, newest first. */
  readonly undoes?: readonly string[];
}

/** Names what a step does, so that a finished step is trusted only while it is the same step. */
export function fingerprint(step: Pick<Step, 'effects'>): string {
  return createHash('sha256').update(JSON.stringify(step.effects)).digest('hex').slice(0, 16);
}

/**
 * The steps in an order in which each comes after what it needs, otherwise as given.
 * Throws on a circle or on an unknown id: both are bugs of a feature.
 */
export function inOrder(steps: readonly Step[]): readonly Step[] {
  const known = new Set(steps.map((step) => step.id));
  if (known.size !== steps.length) {
    const twice = steps.find((step, index) => steps.findIndex((s) => s.id === step.id) !== index);
    throw new Error(`two steps are called ${twice?.id}`);
  }
  const done = new Set<StepId>();
  const ordered: Step[] = [];
  let left = [...steps];
  while (left.length > 0) {
    const next = left.find((step) => needs(step).every((id) => done.has(id)));
    if (next === undefined) {
      const unknown = left.flatMap(needs).filter((id) => !known.has(id));
      throw new Error(
        unknown.length > 0
          ? `no step is called ${unknown.join(', ')}`
          : `a circle among ${left.map((step) => step.id).join(', ')}`,
      );
    }
    ordered.push(next);
    done.add(next.id);
    left = left.filter((step) => step !== next);
  }
  return ordered;
}

function needs(step: Step): readonly StepId[] {
  return [...(step.after ?? []), ...(step.follows ?? [])];
}

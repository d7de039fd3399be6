import type { Outcome, StepState } from './event.ts';
import type { Message } from './message.ts';
import type { StepId } from './plan.ts';
import type { Problem } from './problem.ts';

/** How an effect stands now. 'unknown' follows its step: it runs whenever the step does. */
export type Standing = 'so' | 'create' | 'change' | 'unknown';

export interface StepReport {
  readonly id: StepId;
  readonly title: Message;
  /** One for each effect. */
  readonly standing: readonly Standing[];
  /** Nothing to do: every effect is so, or is unknown and the journal says it was done. */
  readonly settled: boolean;
  /** null: not run. */
  readonly state: StepState | null;
}

/** What plan, apply and status all answer with. */
export interface Report {
  readonly schema: 1;
  readonly title: Message;
  readonly root: string;
  readonly steps: readonly StepReport[];
  readonly outcome: Outcome | null;
  readonly problem: Problem | null;
}

export function pending(report: Report): readonly StepReport[] {
  return report.steps.filter((step) => !step.settled);
}

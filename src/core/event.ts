import type { Message } from './message.ts';
import type { StepId } from './plan.ts';
import type { Problem } from './problem.ts';

/** Something that happened in a run. The screen, the printer, the journal and resume all see these. */
export type Event = { readonly at: string } & (
  | { readonly type: 'run-started'; readonly run: string; readonly steps: readonly StepId[] }
  | { readonly type: 'step-started'; readonly step: StepId }
  | { readonly type: 'output'; readonly step: StepId; readonly line: string }
  | {
      readonly type: 'progress';
      readonly step: StepId;
      readonly done: number;
      readonly total: number;
      readonly note: Message;
    }
  | { readonly type: 'heartbeat'; readonly step: StepId; readonly silentSeconds: number }
  | { readonly type: 'step-skipped'; readonly step: StepId; readonly reason: 'already-so' }
  | { readonly type: 'step-done'; readonly step: StepId; readonly fingerprint: string }
  | { readonly type: 'step-failed'; readonly step: StepId; readonly problem: Problem }
  | { readonly type: 'run-finished'; readonly outcome: Outcome }
  /** Ended outside of any step: the lock is held by another, or the engine is gone. */
  | { readonly type: 'run-failed'; readonly problem: Problem }
);

export type Outcome = 'ok' | 'failed' | 'cancelled';
export type StepState = 'waiting' | 'running' | 'done' | 'skipped' | 'failed';

export interface Progress {
  readonly run: string | null;
  readonly steps: Readonly<Record<StepId, StepState>>;
  /** How far the running step is, where its command says so. */
  readonly within: { readonly done: number; readonly total: number; readonly note: Message } | null;
  readonly outcome: Outcome | null;
  readonly problem: Problem | null;
}

export const nothingYet: Progress = {
  run: null,
  steps: {},
  within: null,
  outcome: null,
  problem: null,
};

function mark(progress: Progress, step: StepId, state: StepState): Progress {
  return { ...progress, within: null, steps: { ...progress.steps, [step]: state } };
}

/** The one reducer of runs. */
export function advance(progress: Progress, event: Event): Progress {
  switch (event.type) {
    case 'run-started':
      return {
        ...nothingYet,
        run: event.run,
        steps: Object.fromEntries(event.steps.map((step) => [step, 'waiting'])),
      };
    case 'step-started':
      return mark(progress, event.step, 'running');
    case 'step-skipped':
      return mark(progress, event.step, 'skipped');
    case 'step-done':
      return mark(progress, event.step, 'done');
    case 'step-failed':
      return { ...mark(progress, event.step, 'failed'), problem: event.problem };
    case 'progress':
      return {
        ...progress,
        within: { done: event.done, total: event.total, note: event.note },
      };
    case 'output':
    case 'heartbeat':
      return progress;
    case 'run-finished':
      return { ...progress, outcome: event.outcome };
    case 'run-failed':
      return { ...progress, outcome: 'failed', problem: event.problem };
    default:
      return event satisfies never;
  }
}

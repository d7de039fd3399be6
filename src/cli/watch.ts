import type { Plan } from '../core/plan.ts';
import { describeProblem, ProblemError } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { type Common, type CommonOptions, exit, exitOfRun } from './common-options.ts';
import { runPrinter } from './printer.ts';

export interface Watched {
  readonly run: string;
  readonly plan: Plan;
  /** Begun by this command: Ctrl-C stops it. Otherwise Ctrl-C only leaves. */
  readonly mine: boolean;
}

/** Shows a run until it ends, or until whoever watches leaves; the run does not end with that. */
export async function watch(
  { run, plan, mine }: Watched,
  options: CommonOptions,
  common: Common,
): Promise<number> {
  const { outside, session } = common;
  let stopping = false;
  let fail: (error: unknown) => void = () => undefined;
  const fault = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const stop = (): void => {
    // The terminal is gone: nobody said that the run shall end.
    if (outside.leave.aborted) return;
    stopping = true;
    if (options.json !== true && options.progress !== 'quiet') {
      outside.complain('\nStopping. Ctrl-C again leaves without waiting.\n');
    }
    session.stop(run, 'now').catch((error: unknown) => {
      if (!(error instanceof ProblemError)) return fail(error);
      // One that has just ended needs no stop.
      for (const problem of error.problems) {
        if (problem.code !== 'run/not-at-work') outside.complain(`${describeProblem(problem)}\n`);
      }
    });
  };
  if (mine) {
    outside.signal.addEventListener('abort', stop, { once: true });
    if (outside.signal.aborted) stop();
  }
  const print = runPrinter(plan, options.progress ?? 'auto', options.json === true, outside);
  try {
    const leaving = mine ? outside.leave : outside.signal;
    const progress = await Promise.race([session.follow(run, print, leaving), fault]);
    if (progress.outcome === null) return left(stopping, common);
    const report = await session.conclude(plan, progress);
    tellReport(report, ending(report), options, common);
    return exitOfRun(report);
  } finally {
    outside.signal.removeEventListener('abort', stop);
  }
}

/** How it came about that nobody watches any more. */
function left(stopping: boolean, { outside }: Common): number {
  outside.complain(
    stopping
      ? '\nThe run is still stopping: `sidus attach` shows it.\n'
      : '\nThe run goes on: `sidus attach` shows it, `sidus stop` ends it.\n',
  );
  return outside.leave.reason === 'hangup' ? exit.hungUp : exit.cancelled;
}

function ending(report: Report): string {
  if (report.outcome === 'ok') return 'Done.';
  if (report.outcome === 'cancelled') {
    return 'Stopped. The same command again, or `sidus resume`, goes on: finished steps are not repeated.';
  }
  return 'Failed. Finished steps are not repeated.';
}

export function tellReport(
  report: Report,
  words: string,
  options: CommonOptions,
  { outside }: Common,
): void {
  if (options.json === true) outside.say(`${JSON.stringify({ type: 'report', report })}\n`);
  else outside.complain(`${words}\n`);
}

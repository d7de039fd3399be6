import type { Event } from '../../src/core/event.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Report } from '../../src/core/report.ts';
import { Session } from '../../src/runner/session.ts';
import { Pretend } from '../../src/system/pretend.ts';
import { planned } from './facts.ts';

export interface Recorded {
  readonly plan: Plan;
  /** How the plan stood before the run. */
  readonly report: Report;
  readonly events: readonly Event[];
  /** And after it. */
  readonly after: Report;
}

/** A whole run on a server in memory that takes no time; `failing` as `--fail` has it. */
export async function recorded(preset: string, failing: string | null = null): Promise<Recorded> {
  const { plan } = planned(preset);
  const session = new Session(new Pretend({ failing, haste: 1, sleep: async () => undefined }));
  const report = await session.inspect(plan);
  const events: Event[] = [];
  const after = await session.apply(
    plan,
    'test',
    (event) => events.push(event),
    new AbortController().signal,
  );
  return { plan, report, events, after };
}

import { z } from 'zod';
import { say } from '../core/message.ts';
import type { Plan } from '../core/plan.ts';
import { ProblemError } from '../core/problem.ts';
import { planSchema } from './schemas.ts';

/** A plan from a file: what was reviewed is what runs. Throws a ProblemError. */
export function savedPlan(text: string, path: string): Plan {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    found = null;
  }
  // `plan --json` wraps the plan beside its report; both forms are the same plan.
  const wrapped = z.object({ plan: planSchema }).safeParse(found);
  const bare = planSchema.safeParse(found);
  if (wrapped.success) return wrapped.data.plan as Plan;
  if (bare.success) return bare.data as Plan;
  const issue = bare.error.issues[0];
  throw new ProblemError({
    code: 'plan/not-a-plan',
    at: path,
    summary: say('is not a plan of this sidus'),
    remedy: say('make it again with `sidus plan -o {path}`', { path }),
    detail: issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`,
  });
}

import { say } from '../core/message.ts';
import type { Plan } from '../core/plan.ts';
import { ProblemError } from '../core/problem.ts';
import type { Common } from './common-options.ts';

/** Asks whoever is at the terminal for the secrets that a plan needs; without one, `begin` says so. */
export async function askSecrets(plan: Plan, { outside, session }: Common): Promise<void> {
  for (const name of await session.missingSecrets(plan)) {
    const typed = await outside.askUnseen(`The secret ${name}, which is not shown: `);
    if (typed === null) return;
    if (typed === '' || outside.signal.aborted) {
      throw new ProblemError({
        code: 'secrets/nothing-typed',
        at: name,
        summary: say('nothing was typed, and nothing was changed'),
        remedy: say('run it again with the secret at hand'),
      });
    }
    session.giveSecret(name, typed);
  }
}

import { say } from '../core/message.ts';
import type { Plan } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import type { System } from '../system/system.ts';

/** The secrets of a plan that somebody has to give, and that nobody has. */
export async function missingSecrets(
  plan: Plan,
  system: Pick<System, 'secret'>,
): Promise<readonly string[]> {
  const names = plan.steps.flatMap(({ effects }) =>
    effects.flatMap((effect) =>
      effect.kind === 'secret' && effect.given === true && effect.before === undefined
        ? [effect.name]
        : [],
    ),
  );
  const missing: string[] = [];
  for (const name of new Set(names)) {
    if ((await system.secret(name)) === null) missing.push(name);
  }
  return missing;
}

export function notGiven(name: string): Problem {
  return {
    code: 'secrets/not-given',
    at: name,
    summary: say('nobody gave this secret, and it cannot be made up'),
    remedy: say(
      'run the command again at a terminal, which asks for it, or with `--secrets -` and {example} on standard input',
      { example: JSON.stringify({ [name]: '...' }) },
    ),
  };
}

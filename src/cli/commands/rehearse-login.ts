import { say } from '../../core/message.ts';
import { ProblemError } from '../../core/problem.ts';
import { pending } from '../../core/report.ts';
import type { Asked } from '../../planner/asked-site.ts';
import { draftPlan } from '../../planner/rehearsal.ts';
import { judgeLogin } from '../../rehearsal/login.ts';
import { type Common, exit } from '../common-options.ts';
import { typedPassword } from '../typed-password.ts';
import { carryOut } from './apply.ts';
import type { RehearseOptions } from './rehearse.ts';

/**
 * Tries a login in the draft of a tree, before it is published: no client is booted. Builds what is
 * missing of the draft first.
 */
export async function tryLoginInDraft(
  user: string,
  asked: Asked,
  tree: string,
  options: RehearseOptions,
  common: Common,
): Promise<number> {
  const { outside, session, loginInDraft } = common;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/.test(user)) {
    throw new ProblemError({
      code: 'rehearsal/no-login-name',
      at: '--login',
      summary: say('{user} is not a login name', { user: JSON.stringify(user) }),
      remedy: say('give the name that is typed at a login, such as alice'),
    });
  }
  const password = await typedPassword(user, options, outside);
  const plan = draftPlan(asked.site, asked.facts, tree);
  if (pending(await session.inspect(plan)).length > 0) {
    const code = await carryOut(plan, options, common);
    if (code !== exit.done) return code;
  }
  const report = await loginInDraft({
    ...{ tree, user, password, server: asked.site.server.network.address },
    signal: outside.signal,
  });
  const findings = judgeLogin(user, report);
  const holds = findings.every((finding) => finding.holds);
  if (options.json === true) {
    outside.say(`${JSON.stringify({ schema: 1, type: 'login', tree, user, holds, findings })}\n`);
  } else {
    const lines = findings.map(({ what, expected, found, holds: so }) =>
      so
        ? `  ${outside.paint('green', '✓')} ${what}: ${found}\n`
        : `  ${outside.paint('red', '✗')} ${what}: ${found}, where ${expected} was expected\n`,
    );
    outside.say(`A login in the draft of ${tree}, as on its clients:\n${lines.join('')}`);
  }
  return holds ? exit.done : exit.failed;
}

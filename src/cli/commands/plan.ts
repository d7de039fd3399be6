import { say } from '../../core/message.ts';
import { type Problem, ProblemError } from '../../core/problem.ts';
import { pending } from '../../core/report.ts';
import type { Site } from '../../features/index.ts';
import { type OtherServer, toldLines } from '../../features/serve/told-dhcp.ts';
import { type AnswerOptions, askSite, givenAnswers } from '../../planner/asked-site.ts';
import { derive } from '../../planner/derive.ts';
import { describePlan, describeSources } from '../../planner/describe.ts';
import { scriptOf } from '../../planner/script.ts';
import { type Common, type CommonOptions, exit } from '../common-options.ts';

export interface PlanOptions extends CommonOptions, AnswerOptions {
  readonly output?: string;
  readonly script?: boolean;
  readonly dhcp?: OtherServer;
}

/** The plan, and whether anything of it is pending. Changes nothing. */
export async function plan(options: PlanOptions, { outside, root, session }: Common) {
  const { answers: given, original } = await givenAnswers(options, root, outside);
  const asked = await askSite(given, session, {
    scope: 'all',
    obstacles: null,
    solve: options.offline !== true,
    offline: options.offline === true,
  });
  if (options.dhcp !== undefined) {
    const lines = toldLines(asked.site, options.dhcp);
    if (lines === '') throw new ProblemError(nobodyToTell(asked.site));
    outside.say(
      options.json === true
        ? `${JSON.stringify({ schema: 1, server: options.dhcp, lines }, null, 1)}\n`
        : lines,
    );
    return exit.done;
  }
  const derived = derive(asked.site, asked.facts, 'all', original);
  const report = await session.inspect(derived);
  const changes = pending(report).length;
  if (options.output !== undefined) {
    await outside.writeFile(options.output, `${JSON.stringify(derived, null, 1)}\n`);
  }
  if (options.script === true) outside.say(scriptOf(derived));
  else if (options.json === true)
    outside.say(`${JSON.stringify({ plan: derived, report, sources: asked.sources }, null, 1)}\n`);
  else {
    outside.say(describeSources(asked.sources, asked.site));
    outside.say(`${describePlan(derived, report)}\n`);
    outside.say(
      changes === 0
        ? 'Nothing to do.\n'
        : `${changes} of ${derived.steps.length} steps to do. Nothing has been changed yet; \`sidus apply\` does it.\n`,
    );
  }
  return changes === 0 ? exit.done : exit.pending;
}

function nobodyToTell({ server }: Site): Problem {
  return server.serve.dhcp === 'full'
    ? {
        code: 'serve/nobody-to-tell',
        at: '--dhcp',
        summary: say('this server gives the addresses itself: no other DHCP server has to be told'),
        remedy: say('give `--set serve.dhcp=existing` too, or leave out `--dhcp`'),
      }
    : {
        code: 'serve/nothing-to-tell',
        at: '--dhcp',
        summary: say('the site lists no machine, and all else proxy says itself'),
        remedy: say('leave out `--dhcp`, or list machines under `clients` of the site file'),
      };
}

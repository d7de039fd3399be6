import { layout } from '../../core/layout.ts';
import { say } from '../../core/message.ts';
import { ProblemError } from '../../core/problem.ts';
import { pending } from '../../core/report.ts';
import { type AnswerOptions, askSite, givenAnswers } from '../../planner/asked-site.ts';
import { derive } from '../../planner/derive.ts';
import { overlook } from '../../planner/overlook.ts';
import { type Common, type CommonOptions, exit, rootOption } from '../common-options.ts';
import { describeOverview } from '../overview-text.ts';

/** How the server stands, with a site or without: what the dashboard shows, said once. */
export async function status(options: CommonOptions & AnswerOptions, common: Common) {
  const { outside, session } = common;
  const served = await servedSite(options, common);
  const { overview, report } = await overlook(session, served, {
    inspect: true,
    askWire: options.offline !== true,
  });
  const { trees, runs, running } = overview;
  if (served === null && trees.length === 0 && runs.length === 0 && running === null) {
    throw new ProblemError({
      code: 'site/none',
      summary: say('there is no site here: {path} is missing', { path: layout.site }),
      remedy: say('begin with `sudo sidus{at}`, which asks what is needed and shows a plan first', {
        at: rootOption(common),
      }),
    });
  }
  outside.say(
    options.json === true
      ? `${JSON.stringify({ ...overview, report }, null, 1)}\n`
      : describeOverview(overview, report),
  );
  // Of the plan a look at the files says all; not so of who answers beside it.
  const wireIsWrong = overview.problems.some(({ code }) => code.startsWith('wire/'));
  const isPending = report !== null && pending(report).length > 0;
  return isPending || wireIsWrong ? exit.pending : exit.done;
}

/** The site and its plan; null: nobody answered anything here. */
async function servedSite(
  options: CommonOptions & AnswerOptions,
  { outside, root, session }: Common,
) {
  const { answers, original } = await givenAnswers(options, root, outside);
  if (Object.keys(answers as object).length === 0) return null;
  const { site, facts } = await askSite(answers, session, {
    scope: 'all',
    obstacles: null,
    solve: false,
  });
  return { site, plan: derive(site, facts, 'all', original) };
}

import { layout } from '../../core/layout.ts';
import { render, say } from '../../core/message.ts';
import { describeProblem, ProblemError } from '../../core/problem.ts';
import { pending, type Report } from '../../core/report.ts';
import { currentVersion, draftSuite, publishedVersions } from '../../features/tree-facts.ts';
import { type AnswerOptions, askSite, givenAnswers } from '../../planner/asked-site.ts';
import { derive } from '../../planner/derive.ts';
import { type Common, type CommonOptions, exit } from '../common-options.ts';

/** How the site stands: its trees, the last run, and what is no longer as the plan wants it. */
export async function status(options: CommonOptions & AnswerOptions, common: Common) {
  const { outside, session, root } = common;
  const { answers: given, original } = await givenAnswers(options, root, outside);
  if (Object.keys(given as object).length === 0) {
    throw new ProblemError({
      code: 'site/none',
      summary: say('there is no site here: {path} is missing', { path: layout.site }),
      remedy: say('make one with `sidus apply --preset minimal`'),
    });
  }
  const { site, facts } = await askSite(given, session, {
    scope: 'all',
    obstacles: null,
    solve: false,
  });
  const plan = derive(site, facts, 'all', original);
  const report: Report = await session.inspect(plan);
  const last = (await session.runs()).at(-1);
  const progress = last === undefined ? null : await session.progressOf(last);
  const holder = await session.lockHolder();
  const ahead = new Map<string, boolean>();
  for (const name of Object.keys(site.trees)) {
    ahead.set(name, await session.draftIsAhead(plan, name));
  }
  const trees = Object.keys(site.trees).map((name) => ({
    name,
    draftIsAhead: ahead.get(name) ?? false,
    draft: facts.get(draftSuite(name)),
    versions: facts.get(publishedVersions(name)),
    current: facts.get(currentVersion(name)),
  }));
  const open = pending(report);
  if (options.json === true) {
    const run = last === undefined ? null : { id: last, outcome: progress?.outcome ?? null };
    outside.say(`${JSON.stringify({ schema: 1, trees, run, holder, report }, null, 1)}\n`);
    return open.length === 0 ? exit.done : exit.pending;
  }
  for (const { name, draft, versions, current, draftIsAhead } of trees) {
    outside.say(
      `tree ${name}: draft ${draft ?? 'none'}, versions ${versions.join(' ') || 'none'}, clients boot ${current ?? 'nothing yet'}\n`,
    );
    if (draftIsAhead) {
      outside.say(
        `  its draft was changed since: \`sidus tree publish ${name}\` gives it to the clients\n`,
      );
    }
  }
  if (holder !== null) {
    const run = holder.run === null ? '' : `, run ${holder.run}: \`sidus attach\` shows it`;
    outside.say(
      `running now: ${holder.command}, process ${holder.pid}, since ${holder.since}${run}\n`,
    );
  }
  if (last !== undefined && progress !== null) {
    outside.say(
      `last run ${last}: ${progress.outcome ?? (holder?.run === last ? 'at work' : 'broken off')}\n`,
    );
    if (progress.problem !== null) outside.say(`  ${describeProblem(progress.problem)}\n`);
  }
  if (open.length === 0) outside.say('All is as the plan wants it.\n');
  else {
    outside.say('Not as the plan wants it:\n');
    for (const { id, title } of open) outside.say(`  ${id} — ${render(title)}\n`);
    outside.say('`sidus plan` shows what would be done, `sidus apply` does it.\n');
  }
  return open.length === 0 ? exit.done : exit.pending;
}

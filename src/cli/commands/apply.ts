import { say } from '../../core/message.ts';
import type { Plan } from '../../core/plan.ts';
import { ProblemError } from '../../core/problem.ts';
import { pending, type Report } from '../../core/report.ts';
import { obstacleFacts, obstacles } from '../../features/obstacles.ts';
import { type AnswerOptions, askSite, givenAnswers } from '../../planner/asked-site.ts';
import { derive } from '../../planner/derive.ts';
import { describePlan, describeSources } from '../../planner/describe.ts';
import { savedPlan } from '../../planner/saved-plan.ts';
import { type Common, type CommonOptions, exit, exitOf } from '../common-options.ts';
import { runPrinter } from '../printer.ts';

export interface ApplyOptions extends CommonOptions, AnswerOptions {
  readonly yes?: boolean;
}

/** Does a plan: a saved one as it is, otherwise the one that the answers make. */
export async function apply(saved: string | undefined, options: ApplyOptions, common: Common) {
  const plan = saved === undefined ? await planned(options, common) : await read(saved, common);
  return carryOut(plan, options, common, options.yes !== true);
}

/** Goes on with the plan of the last run. */
export async function resume(run: string | undefined, options: CommonOptions, common: Common) {
  const id = run ?? (await common.session.runs()).at(-1);
  const plan = id === undefined ? null : await common.session.planOf(id);
  if (plan === null) {
    throw new ProblemError({
      code: 'run/none',
      summary: id === undefined ? say('there was no run yet') : say('there is no run {id}', { id }),
      remedy: say('begin one with `sidus apply`'),
    });
  }
  await refuseObstacles(common);
  return carryOut(plan, options, common);
}

async function planned(options: ApplyOptions, { outside, root, session }: Common): Promise<Plan> {
  const { answers, original } = await givenAnswers(options, root, outside);
  const { site, facts, sources } = await askSite(answers, session, {
    scope: 'all',
    obstacles: 'serve',
    solve: options.offline !== true,
  });
  if (options.json !== true && options.progress !== 'quiet') {
    outside.complain(describeSources(sources, site));
  }
  return derive(site, facts, 'all', original);
}

async function read(path: string, common: Common): Promise<Plan> {
  const text = await common.outside.readFile(path);
  if (text === null) {
    throw new ProblemError({
      code: 'plan/no-file',
      summary: say('there is no file {path}', { path }),
      remedy: say('make one with `sidus plan -o {path}`', { path }),
    });
  }
  await refuseObstacles(common);
  return savedPlan(text, path);
}

async function refuseObstacles({ session }: Common): Promise<void> {
  const facts = await session.gather(obstacleFacts);
  const problems = obstacles(facts, 'serve');
  if (problems.length > 0) throw new ProblemError(...problems);
}

/** Runs a plan, showing it; says at the end what came of it. */
export async function carryOut(
  plan: Plan,
  options: ApplyOptions,
  common: Common,
  asks = false,
): Promise<number> {
  const { outside, session } = common;
  const before = await session.inspect(plan);
  const changes = pending(before).length;
  if (changes === 0) {
    tellReport(before, 'Nothing to do.', options, common);
    return exit.done;
  }
  if (options.json !== true && options.progress !== 'quiet') {
    outside.complain(`${describePlan(plan, before)}\n`);
    outside.complain(`${changes} of ${plan.steps.length} steps to do.\n\n`);
  }
  if (asks) {
    const typed = await outside.ask('Nothing has been changed yet. Type apply to go on: ');
    if (typed === null) {
      throw new ProblemError({
        code: 'request/not-confirmed',
        at: '--yes',
        summary: say('{changes} steps would change this server, and there is nobody to ask', {
          changes,
        }),
        remedy: say('read the plan with `sidus plan`, then add `--yes`'),
      });
    }
    if (typed.trim() !== 'apply') {
      outside.complain('Not applied; nothing was changed.\n');
      return exit.cancelled;
    }
  }
  const report = await session.apply(
    plan,
    outside.commandLine,
    runPrinter(plan, options.progress ?? 'auto', options.json === true, outside),
    outside.signal,
  );
  tellReport(report, ending(report), options, common);
  return exitOf(report.outcome);
}

function ending(report: Report): string {
  if (report.outcome === 'ok') return 'Done.';
  if (report.outcome === 'cancelled') {
    return 'Stopped. The same command again, or `sidus resume`, goes on: finished steps are not repeated.';
  }
  return 'Failed. Finished steps are not repeated.';
}

function tellReport(
  report: Report,
  words: string,
  options: ApplyOptions,
  { outside }: Common,
): void {
  if (options.json === true) outside.say(`${JSON.stringify({ type: 'report', report })}\n`);
  else outside.complain(`${words}\n`);
}

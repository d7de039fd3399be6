import { say } from '../../core/message.ts';
import type { Plan } from '../../core/plan.ts';
import { ProblemError } from '../../core/problem.ts';
import { pending } from '../../core/report.ts';
import { obstacleFacts, obstacles } from '../../features/obstacles.ts';
import { type AnswerOptions, askSite, givenAnswers } from '../../planner/asked-site.ts';
import { derive } from '../../planner/derive.ts';
import { describePlan, describeSources } from '../../planner/describe.ts';
import { savedPlan } from '../../planner/saved-plan.ts';
import { type Common, type CommonOptions, exit, rootOption } from '../common-options.ts';
import { askSecrets } from '../given-secrets.ts';
import { tellReport, watch } from '../watch.ts';

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
  const { plan } = await namedRun(run ?? null, common);
  await refuseObstacles(common);
  return carryOut(plan, options, common);
}

/** A run by its id, or the last one. */
export async function namedRun(
  given: string | null,
  common: Common,
): Promise<{ readonly run: string; readonly plan: Plan }> {
  const { session } = common;
  const id = given ?? (await session.runs()).at(-1);
  const plan = id === undefined ? null : await session.planOf(id);
  if (id === undefined || plan === null) {
    throw new ProblemError({
      code: 'run/none',
      summary: id === undefined ? say('there was no run yet') : say('there is no run {id}', { id }),
      remedy: say('begin with `sudo sidus{at}`, which shows a plan first', {
        at: rootOption(common),
      }),
    });
  }
  return { run: id, plan };
}

async function planned(options: ApplyOptions, { outside, root, session }: Common): Promise<Plan> {
  const { answers, original } = await givenAnswers(options, root, outside);
  const { site, facts, sources } = await askSite(answers, session, {
    scope: 'all',
    obstacles: 'serve',
    solve: options.offline !== true,
    offline: options.offline === true,
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
  /** Once somebody said yes: whether what the plan rests on is still so. Throws a ProblemError. */
  expectSame = async (): Promise<void> => undefined,
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
  await askSecrets(plan, common);
  if (asks) {
    const typed = await outside.ask('Nothing has been changed yet. Type apply to go on: ');
    if (typed === null) {
      throw new ProblemError({
        code: 'request/not-confirmed',
        at: '--yes',
        summary: say('{changes} steps would change this server, and there is nobody to ask', {
          changes,
        }),
        remedy: say('read the plan above or with `sidus plan`, then add `--yes`'),
      });
    }
    if (typed.trim() !== 'apply') {
      outside.complain('Not applied; nothing was changed.\n');
      return exit.cancelled;
    }
    await expectSame();
  }
  const run = await session.begin(plan, outside.commandLine);
  if (options.json !== true && options.progress !== 'quiet' && options.pretend !== true) {
    outside.complain(
      'Ctrl-C stops it. Without this terminal it goes on: `sidus attach` shows it.\n\n',
    );
  }
  return watch({ run, plan, mine: true }, options, common);
}

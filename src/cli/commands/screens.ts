import { say } from '../../core/message.ts';
import { ProblemError } from '../../core/problem.ts';
import { type AnswerOptions, askSite, givenAnswers } from '../../planner/asked-site.ts';
import type { Common, CommonOptions } from '../common-options.ts';
import type { FirstScreen } from '../outside.ts';

type Options = CommonOptions & AnswerOptions;

/** `sidus` alone: the dashboard where there is a tree, the wizard otherwise. */
export async function home(options: Options, common: Common): Promise<number> {
  return (await open({ kind: 'home' }, options, common)) ?? withoutTerminal(options, common);
}

/** Questions, plan, run, rehearsal. */
export async function wizard(options: Options, common: Common): Promise<number> {
  const { outside, root } = common;
  const given =
    options.preset !== undefined ||
    options.answers !== undefined ||
    (options.set ?? []).length > 0 ||
    (options.accounts ?? []).length > 0;
  let first: FirstScreen = { kind: 'start' };
  if (given) {
    const { answers, original } = await givenAnswers(options, root, outside);
    first = { kind: 'answers', preset: options.preset ?? null, answers, original };
  }
  return (await open(first, options, common)) ?? withoutTerminal(options, common);
}

/** How the server stands, and the chores of an administrator. */
export async function dashboard(options: Options, common: Common): Promise<number> {
  const shown = await open({ kind: 'dashboard' }, options, common);
  if (shown !== null) return shown;
  throw new ProblemError({
    code: 'request/no-terminal',
    summary: say('the dashboard needs a terminal, and there is none that it could draw on'),
    remedy: say('use `sidus status`, which says the same'),
  });
}

/** A run, on its screen. null: there is no terminal for it. */
export function attached(run: string | null, options: Options, common: Common) {
  return open({ kind: 'attach', run }, options, common);
}

async function open(first: FirstScreen, options: Options, common: Common): Promise<number | null> {
  if (options.json === true || (options.progress ?? 'auto') !== 'auto') return null;
  return common.outside.screens(common.opening, first);
}

/** Without a terminal nothing is asked: what is missing is listed, with what else is wrong. */
async function withoutTerminal(options: Options, common: Common): Promise<never> {
  const { outside, root, session } = common;
  const { answers } = await givenAnswers(options, root, outside);
  // Throws with all that is missing.
  await askSite(answers, session, { scope: 'all', obstacles: 'serve', solve: false });
  throw new ProblemError({
    code: 'request/no-terminal',
    summary: say('the wizard needs a terminal, and there is none that it could draw on'),
    remedy: say('the answers are complete: read `sidus plan`, then use `sidus apply --yes`'),
  });
}

import type { LoginAnswer } from '../../core/directory.ts';
import { render, say } from '../../core/message.ts';
import { ProblemError } from '../../core/problem.ts';
import { type LoginWords, loginWords } from '../../features/directory/login-words.ts';
import type { Completed } from '../../planner/complete.ts';
import { loginQuestion } from '../../planner/found-out.ts';
import type { Common } from '../common-options.ts';
import type { Outside } from '../outside.ts';
import { typedPassword } from '../typed-password.ts';

export interface LoginOptions {
  /** Whose login is tried. */
  readonly login?: string;
  readonly passwordStdin?: boolean;
  /** As clients of which tree; otherwise of the first that has a directory. */
  readonly tree?: string;
}

export interface TriedLogin extends LoginAnswer {
  readonly tree: string;
  readonly user: string;
  /** The directories of its clients that lie on a server. */
  readonly mounted: readonly string[];
}

/** Tries a login as a client of a tree would. Throws a ProblemError where nothing could be tried. */
export async function tryLogin(
  user: string,
  options: LoginOptions,
  completed: Completed,
  { outside, session }: Common,
): Promise<TriedLogin> {
  if (completed.problems.length > 0) throw new ProblemError(...completed.problems);
  const trees = Object.keys(completed.values.trees ?? {});
  const wanted = trees.flatMap((tree) => {
    const found =
      options.tree === undefined || options.tree === tree ? loginQuestion(completed, tree) : null;
    return found === null ? [] : [{ tree, ...found }];
  });
  const [first] = wanted;
  if (first === undefined) throw noDirectory();
  const { tree, question, mounted } = first;
  const password =
    question.people?.elsewhere === false ? await typedPassword(user, options, outside) : '';
  const answer = await session.tryLogin(question, { user, password });
  return { tree, user, mounted, ...answer };
}

export function noDirectory(): ProblemError {
  return new ProblemError({
    code: 'directory/nobody-to-try',
    at: '--login',
    summary: say('these answers name no directory, so only clients themselves know users'),
    remedy: say('give answers that do with `--answers FILE`, or see `--tree`'),
  });
}

export function loginText(
  tried: TriedLogin,
  paint: Outside['paint'],
): { readonly text: string; readonly good: boolean } {
  const { good, said, rows }: LoginWords = loginWords(tried.user, tried, tried.mounted);
  const mark = good ? paint('green', '✓') : paint('red', '✗');
  const lines = rows.map(([name, value]) => `    ${name.padEnd(8)}${value}\n`);
  return {
    good,
    text: `\nA login, as on clients of ${tried.tree}:\n  ${mark} ${render(said)}\n${lines.join('')}`,
  };
}

import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';
import type { Outside } from './outside.ts';

/** The password of whoever is to log in, from standard input or typed unseen; kept nowhere. */
export async function typedPassword(
  user: string,
  { passwordStdin }: { readonly passwordStdin?: boolean },
  outside: Outside,
): Promise<string> {
  if (passwordStdin === true) return (await outside.readStdin()).replace(/\r?\n$/, '');
  const typed = await outside.askUnseen(`Password of ${user}, which is kept nowhere: `);
  if (typed !== null) return typed;
  throw new ProblemError({
    code: 'request/no-password',
    at: '--login',
    summary: say('nobody is there to type the password of {user}', { user }),
    remedy: say('add `--password-stdin`, and give it on standard input'),
  });
}

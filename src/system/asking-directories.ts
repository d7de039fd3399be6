import type {
  DirectoryAnswer,
  DirectoryLogin,
  DirectoryQuestion,
  LoginAnswer,
} from '../core/directory.ts';
import type { Beside } from './ask-directory.ts';
import type { System } from './system.ts';

type Asker = Pick<System, 'exec' | 'secret'>;

// The library is loaded when it is needed: a command that asks no directory starts without it.

export async function ask(
  system: Asker,
  question: DirectoryQuestion,
  signal: AbortSignal | undefined,
): Promise<DirectoryAnswer> {
  const { askDirectory } = await import('./ask-directory.ts');
  return askDirectory(question, await besideOf(system, question, signal));
}

export async function logIn(
  system: Asker,
  question: DirectoryQuestion,
  login: DirectoryLogin,
  signal: AbortSignal | undefined,
): Promise<LoginAnswer> {
  const { tryLogin } = await import('./ask-directory.ts');
  return tryLogin(question, login, await besideOf(system, question, signal));
}

async function besideOf(
  system: Asker,
  { authority, bind }: DirectoryQuestion,
  signal: AbortSignal | undefined,
): Promise<Beside> {
  const shown =
    authority === null
      ? null
      : await system.exec('server', authority, {
          patience: 30,
          ...(signal === undefined ? {} : { signal }),
        });
  return {
    // Where it cannot be read nobody is trusted, and not everybody whom the server trusts.
    authorities: shown === null ? null : shown.code === 0 ? shown.stdout : 'none',
    password: bind === null ? null : await system.secret(bind.secret),
    signal,
  };
}

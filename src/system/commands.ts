import { execa } from 'execa';
import type { ExecOptions, Ran } from './system.ts';

/** Signals by number (signal(7)), for exit codes of commands that one of them ended. */
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/**
 * Runs a program. It gets a session of its own, so that a Ctrl-C in the terminal reaches the
 * engine alone, and the kernel kills it when the engine dies, however it dies.
 */
export async function execute(
  argv: readonly string[],
  options: ExecOptions,
  environment: Readonly<Record<string, string>>,
): Promise<Ran> {
  const child = execa('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
    reject: false,
    detached: true,
    cleanup: false,
    stripFinalNewline: false,
    buffer: options.unbuffered !== true,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...environment, ...options.environment },
    extendEnv: true,
    killSignal: 'SIGKILL',
    ...(options.stdin === undefined ? { stdin: 'ignore' as const } : { input: options.stdin }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.patience === undefined ? {} : { timeout: options.patience * 1000 }),
  });
  const { line } = options;
  const listened =
    line === undefined
      ? []
      : (['stdout', 'stderr'] as const).map(async (from) => {
          for await (const text of child.iterable({ from })) line(String(text), from);
        });
  // A killed child breaks off its streams; its exit status below says so already.
  const [result] = await Promise.all([
    child,
    ...listened.map((listening) => listening.catch(() => undefined)),
  ]);
  return {
    code:
      result.exitCode ??
      (result.signal === undefined ? 127 : 128 + (signalNumbers[result.signal] ?? 0)),
    stdout: typeof result.stdout === 'string' ? result.stdout : '',
    stderr:
      (typeof result.stderr === 'string' ? result.stderr : '') +
      (result.exitCode === undefined && result.signal === undefined ? result.message : ''),
  };
}

/** A process and mount namespace that ends, with all in it, when its first process does. */
export function confine(argv: readonly string[], privateNetwork = false): readonly string[] {
  return [
    'unshare',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--propagation',
    'private',
    ...(privateNetwork ? ['--net', '--ipc', '--uts'] : []),
    '--',
    ...argv,
  ];
}

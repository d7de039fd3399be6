import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';
import { parseSecrets } from '../core/secrets.ts';
import { execute } from './commands.ts';
import { inside, isMissing } from './inside.ts';

export interface Launching {
  /** The engine's command line. */
  readonly argv: readonly string[];
  /** The name of its unit where systemd runs. */
  readonly unit: string;
  /** That of the run, on disk. */
  readonly directory: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** Whether it holds the lock or has said something. */
  isThere(): Promise<boolean>;
}

/** What an engine is given that neither its command line nor a unit may show. */
export interface HandedOver {
  readonly secrets: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

const handOverIn = (directory: string): string => join(directory, 'hand-over.json');

/** Starts an engine that ends neither with us nor with our terminal, and waits until it is there. */
export async function launchEngine(given: Launching): Promise<void> {
  const { argv, directory } = given;
  const log = join(directory, 'engine.log');
  // Something stands in it already, so that a last word also fits on a disk that is full by then.
  await writeFile(log, `${new Date().toISOString()} ${argv.join(' ')}\n`, { mode: 0o600 });
  const bySystemd = existsSync('/run/systemd/system') && process.getuid?.() === 0;
  const environment = bySystemd ? ownEnvironment() : {};
  try {
    await writeFile(
      handOverIn(directory),
      JSON.stringify({ secrets: given.secrets, environment } satisfies HandedOver),
      { mode: 0o600, flag: 'wx' },
    );
    const hasEnded = bySystemd ? await startUnit(given, log) : await startDetached(argv, log);
    for (;;) {
      // Asked first: what it did before it ended is seen.
      const ended = await hasEnded();
      if (await given.isThere()) return;
      if (ended) throw notStarted(await readFile(log, 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } catch (error) {
    await rm(handOverIn(directory), { force: true });
    throw error;
  }
}

/** The engine's side: read, and gone. */
export async function takeHandedOver(root: string, directory: string): Promise<HandedOver> {
  const path = handOverIn(await inside(root, directory, true));
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return { secrets: {}, environment: {} };
    throw error;
  }
  await rm(path);
  const { secrets, environment } = JSON.parse(text) as HandedOver;
  return { secrets: parseSecrets(JSON.stringify(secrets), path), environment };
}

/**
 * The words that start an engine as a transient unit. Its environment is not among them: everybody
 * may ask systemd for that of a unit, and the address of a proxy may hold a password.
 */
export function unitWords(unit: string, argv: readonly string[], log: string): readonly string[] {
  return [
    'systemd-run',
    ...[`--unit=${unit}`, '--description=A run of sidus', '--collect', '--quiet'],
    ...['--no-ask-password', '--service-type=exec'],
    ...[`--property=StandardOutput=append:${log}`, `--property=StandardError=append:${log}`],
    // A stop asks the engine, which ends its commands itself; what is left then is killed.
    '--property=KillMode=mixed',
    // A command that the kernel kills for its memory is a failed step, and no end of the run.
    '--property=OOMPolicy=continue',
    '--property=IgnoreSIGPIPE=no',
    '--',
    // systemd would fill in what looks like a variable.
    ...argv.map((word) => word.replaceAll('$', () => '$$')),
  ];
}

async function startUnit({ unit, argv }: Launching, log: string): Promise<() => Promise<boolean>> {
  const started = await execute(unitWords(unit, argv, log), {}, {});
  if (started.code !== 0) throw notStarted(`\n${started.stderr}`);
  return async () =>
    (await execute(['systemctl', 'is-active', '--quiet', `${unit}.service`], {}, {})).code !== 0;
}

/** In a session of its own: no terminal reaches it, and none takes it away. */
async function startDetached(
  argv: readonly string[],
  log: string,
): Promise<() => Promise<boolean>> {
  const [command = '', ...words] = argv;
  const output = await open(log, 'a');
  try {
    const stdio = ['ignore', output.fd, output.fd] as const;
    const child = spawn(command, words, { detached: true, cwd: '/', stdio: [...stdio] });
    let ended = false;
    child.on('exit', () => {
      ended = true;
    });
    child.on('error', () => {
      ended = true;
    });
    child.unref();
    return async () => ended;
  } finally {
    await output.close();
  }
}

function ownEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).filter((one): one is [string, string] => one[1] !== undefined),
  );
}

/** The log's first line is ours. */
function notStarted(log: string): ProblemError {
  return new ProblemError({
    code: 'run/not-started',
    summary: say('the engine of the run ended before it began'),
    remedy: say('mend what its last lines report, then run the same command again'),
    detail: log.split('\n').slice(1).join('\n'),
  });
}

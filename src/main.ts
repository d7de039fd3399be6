import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import manifest from '../package.json' with { type: 'json' };
import { exit, exitOfRun } from './cli/common-options.ts';
import { impatience } from './cli/impatience.ts';
import type { FirstScreen, Opened, Opening } from './cli/outside.ts';
import { program } from './cli/program.ts';
import { inTree } from './core/place.ts';
import { describeProblem, ProblemError } from './core/problem.ts';
import { quote } from './planner/script.ts';
import { rehearseLogin } from './rehearsal/login.ts';
import { rehearse } from './rehearsal/rehearse.ts';
import { runDirectory } from './runner/journal.ts';
import { Session } from './runner/session.ts';
import { bugWords } from './system/bug-words.ts';
import { makeRoomToEnd } from './system/exit-deadlock.ts';
import { Host } from './system/host.ts';
import { takeHandedOver } from './system/launch.ts';
import { readText, writeNewFile } from './system/named-files.ts';
import { ownTerminal, survivesItsTerminal } from './system/own-terminal.ts';
import { PreferencesOnDisk } from './system/preferences.ts';
import { Pretend } from './system/pretend.ts';
import type { System } from './system/system.ts';
import { askUnseen } from './system/unseen-line.ts';

// Constructs, and hands over; what is decided is decided elsewhere.

const commandLine = ['sidus', ...process.argv.slice(2).map(quote)].join(' ');
const home = dirname(dirname(fileURLToPath(import.meta.url)));
const presets = join(home, 'presets');
// What is made for others to read must be readable, whatever the shell that started us thinks.
process.umask(0o022);
survivesItsTerminal();
const stop = new AbortController();
// Each command and each fact listens.
setMaxListeners(0, stop.signal);
// And whoever watches a run, to leave it: the run goes on, or goes on ending.
const leave = new AbortController();
// A reader that went away (`sidus plan | head`) is no fault, and neither is a terminal.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

const coloured =
  process.stdout.isTTY === true &&
  process.env.NO_COLOR === undefined &&
  process.env.TERM !== 'dumb' &&
  !process.argv.includes('--no-color');

async function askAtTerminal(question: string): Promise<string | null> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return null;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await reader.question(question, { signal: stop.signal });
  } catch {
    // Ctrl-C: an answer that is not "apply".
    return '';
  } finally {
    reader.close();
  }
}

/** Two rehearsals at once would share a directory, and two cores. */
async function alone<T>(system: System, command: string, does: () => Promise<T>): Promise<T> {
  const release = await system.lock(command);
  try {
    return await does();
  } finally {
    await release();
  }
}

function open({ root, cache, secrets, pretend }: Opening): Opened {
  if (pretend !== null) {
    // A whole run and its rehearsal in some 15 seconds.
    const memory = new Pretend({ ...pretend, haste: 10 });
    for (const [name, value] of Object.entries(secrets)) memory.giveSecret(name, value);
    return {
      session: new Session(memory, stop.signal),
      boot: (client, emit) => alone(memory, commandLine, () => rehearse(client, memory, emit)),
      loginInDraft: (tried) => alone(memory, commandLine, () => rehearseLogin(tried, memory)),
      shell: async (tree) => {
        process.stderr.write(
          `The draft of ${tree} is in memory only: there is no shell in it. Leave out --pretend for one.\n`,
        );
        return 1;
      },
    };
  }
  const system = new Host({
    root,
    secrets,
    program: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
    ...(cache === null ? {} : { cache }),
  });
  const session = new Session(system, stop.signal);
  return {
    session,
    boot: (client, emit) => alone(system, commandLine, () => rehearse(client, system, emit)),
    loginInDraft: (tried) => alone(system, commandLine, () => rehearseLogin(tried, system)),
    shell: async (tree, argv) => {
      const release = await system.lock(`sidus tree shell ${tree}`);
      try {
        const words = await system.argvInTree(inTree(tree), argv);
        const [command, ...rest] = words;
        await session.noteWorkByHand(tree);
        const child = spawn(command ?? 'false', rest, { stdio: 'inherit' });
        return await new Promise<number>((resolve) => {
          child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
        });
      } finally {
        await release();
      }
    },
  };
}

/** Screens never return: the process ends with them. null: no terminal that can show them. */
async function screens(given: Opening, first: FirstScreen): Promise<number | null> {
  const terminal = ownTerminal();
  const { canDraw } = await import('./tui/terminal.ts');
  if (!canDraw(terminal)) return null;
  const { openScreens } = await import('./tui/open.tsx');
  process.on('exit', makeRoomToEnd);
  const opened = new Map<string, Opened>();
  const at = (root: string): Opened => {
    const known =
      opened.get(root) ??
      open({
        ...given,
        root: given.pretend === null ? root : '/',
        cache: given.cache ?? (root === '/' || root === given.root ? null : '/var/cache/sidus'),
      });
    opened.set(root, known);
    return known;
  };
  return openScreens({
    terminal,
    colour: !process.argv.includes('--no-color'),
    opening: first,
    crashed: bugWords,
    outside: {
      pretending: given.pretend !== null,
      version: manifest.version,
      isRoot: process.getuid?.() === 0,
      offline: process.argv.includes('--offline'),
      root: given.root,
      now: () => at(given.root).session.now(),
      open: at,
      presets: presetNames,
      preset: presetText,
      writeNewFile,
      preferences: new PreferencesOnDisk(),
    },
  });
}

const presetText = (name: string): Promise<string | null> =>
  /^[a-z0-9-]+$/.test(name) ? readText(join(presets, `${name}.yaml`)) : Promise.resolve(null);

const presetNames = async (): Promise<readonly string[]> =>
  (await readdir(presets))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length));

/** What a person types. */
function reader(): Promise<number> {
  const isImpatient = impatience();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isImpatient(performance.now())) leave.abort('impatience');
      stop.abort();
    });
  }
  process.on('SIGHUP', () => {
    leave.abort('hangup');
    stop.abort();
  });
  return program(process.argv.slice(2), {
    say: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
    readFile: readText,
    writeFile: (path, text) => writeFile(path, text),
    readStdin: async () => {
      const pieces: Buffer[] = [];
      for await (const piece of process.stdin) pieces.push(piece as Buffer);
      return Buffer.concat(pieces).toString('utf8');
    },
    preset: presetText,
    presets: presetNames,
    screens,
    isRoot: process.getuid?.() === 0,
    terminal: process.stderr.isTTY === true && process.env.TERM !== 'dumb',
    ask: (question) => askAtTerminal(question),
    askUnseen: (question) => askUnseen(question, stop.signal, () => stop.abort()),
    paint: (colour, text) => (coloured ? styleText(colour, text) : text),
    signal: stop.signal,
    leave: leave.signal,
    open,
    commandLine,
    version: manifest.version,
  });
}

/** The process of a run, which no terminal ends: `engine RUN --root DIRECTORY [--cache DIRECTORY]`. */
async function engine(words: readonly string[]): Promise<number> {
  process.on('SIGTERM', () => stop.abort());
  for (const signal of ['SIGHUP', 'SIGINT'] as const) process.on(signal, () => undefined);
  const { positionals, values } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { root: { type: 'string', default: '/' }, cache: { type: 'string' } },
  });
  const [run = ''] = positionals;
  const { root, cache } = values;
  const { secrets, environment } = await takeHandedOver(root, runDirectory(run));
  Object.assign(process.env, environment);
  const system = new Host({ root, secrets, ...(cache === undefined ? {} : { cache }) });
  try {
    return exitOfRun(await new Session(system).execute(run, stop.signal));
  } catch (error) {
    if (!(error instanceof ProblemError)) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      throw error;
    }
    for (const problem of error.problems) process.stderr.write(`${describeProblem(problem)}\n`);
    return exit.failed;
  }
}

const [first, ...others] = process.argv.slice(2);
try {
  process.exitCode = await (first === 'engine' ? engine(others) : reader());
} catch (error) {
  process.stderr.write(`${bugWords(error)}\n`);
  process.exitCode = 70;
}
// What ran for long has code that is still being compiled; a short command need not spend 10 ms.
if (process.uptime() > 3) makeRoomToEnd();
if (leave.signal.reason === 'hangup') {
  // What everybody does who is hung up, and the shell calls 129. An exit would set the modes of the
  // terminal as they were, and Node aborts where there is none any more.
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

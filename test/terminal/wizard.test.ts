import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { Person } from '../support/somebody.ts';
import { OpenTerminal } from '../support/terminal.ts';
import { testsOfTerminal } from './restored.ts';
import { literally, type Subject } from './subject.ts';
import { everyKeyArrives } from './typed.ts';

// The program itself, where the sample has shown that its ground holds.

const person = new Person();
afterAll(() => person.leave());

const domain = 'Which domain are clients in?';

/** The wizard on a pretended server; its field is the domain of the clients. */
async function wizard(): Promise<Subject> {
  return {
    program: [process.execPath, 'dist/main.mjs', 'wizard', '--pretend', '--preset', 'minimal'],
    args: [],
    env: { HOME: person.home, XDG_CONFIG_HOME: '' },
    ready: domain,
    once: [/sidus {2}Network/, /(\?|Ctrl-K) keys/],
    plain: /the wizard needs a terminal/,
    plainExit: 2,
    toField: async (terminal) => {
      await terminal.press('up', ...Array.from({ length: 7 }, () => 'down' as const));
      await terminal.see(new RegExp(`❯.*${literally(domain)}\n +\\[▏ +\\]`));
    },
    field: (text) => new RegExp(`\\[${text === ' ' ? '' : literally(text)}▏? *\\]`),
    clear: ['end', 'ctrl-u'],
    alphabet:
      'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/@:=,+é日ß😀 ?q\'"$(){}#!',
  };
}

describe('the wizard on the terminal', () => {
  testsOfTerminal(wizard);

  test('a terminal that is closed ends it', async () => {
    const terminal = person.open(['wizard', '--pretend', '--preset', 'minimal']);
    await terminal.see(domain);
    terminal.close();
    expect(await terminal.ended).toEqual({ code: 129, signal: 0 });
  });

  test.each([
    ['a throw', "throw new Error('boom')"],
    ['a rejection that nobody handles', "Promise.reject(new Error('boom'))"],
    ['a throw while it draws', "String.prototype.repeat = () => { throw new Error('boom'); }"],
  ])('%s ends it with 70, says so, and keeps what was typed', async (_, fault) => {
    // A fault that nobody put into the program: it happens when USR2 comes.
    const person = new Person();
    onTestFinished(() => person.leave());
    const faults = join(person.home, 'faults.mjs');
    writeFileSync(faults, `process.on('SIGUSR2', () => { ${fault} });\n`);
    const terminal = person.open(['wizard', '--pretend', '--preset', 'minimal'], {
      env: { NODE_OPTIONS: `--import=${faults}` },
      before: 'a line of before\r\n',
    });
    await terminal.see(domain);
    const { toField, field } = await wizard();
    await toField(terminal);
    await terminal.type('lab.example');
    await terminal.see(field('lab.example'));
    terminal.kill('SIGUSR2');
    // What throws when it is drawn needs something to draw.
    await terminal.press('up').catch(() => undefined);
    expect((await terminal.ended).code).toBe(70);
    expect(terminal.state).toEqual({ second: false, cursor: true, marks: false });
    const said = terminal.history().join('\n');
    expect(said).toMatch(/a line of before[\s\S]*sidus has a bug: .*boom/);
    expect(said).not.toContain(domain);
    expect(readFileSync(join(person.home, 'sidus-bug.log'), 'utf8')).toMatch(/boom[\s\S]* at /);
    expect(JSON.stringify(person.kept())).toContain('"domain":"lab.example"');
  });

  test('10 000 keys arrive, in order', async () => {
    const seed = Number(process.env.SIDUS_SEED ?? 20_261_122);
    await everyKeyArrives(await wizard(), { seed, keys: 10_000 });
  });
});

interface Said {
  readonly code: number;
  readonly text: string;
}

/** With pipes on which nobody types, and that nobody closes. */
function onPipes(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['dist/main.mjs', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, CI: '', TERM: 'xterm', HOME: person.home, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
  }
  return new Promise<Said>((resolve) => {
    child.on('close', (code) => resolve({ code: code ?? -1, text }));
  });
}

async function onDrawless(args: readonly string[], setting: string): Promise<Said> {
  const terminal = new OpenTerminal(args, {
    program: ['sh', '-c', `${setting}; exec "$@"`, 'sh', process.execPath, 'dist/main.mjs'],
    env: { HOME: person.home },
    columns: 300,
  });
  onTestFinished(() => terminal.end());
  const { code } = await terminal.ended;
  return { code, text: terminal.raw };
}

/** What is missing, as the command line says it without any screen. */
async function missing(args: readonly string[]): Promise<readonly string[]> {
  const { text } = await onPipes(['plan', '--json', ...args]);
  const { problems } = JSON.parse(text) as { problems: { code: string; at?: string }[] };
  return problems.map(({ code, at }) => at ?? code);
}

describe('where nothing can be drawn, nothing is asked', () => {
  const incomplete = ['--pretend', '--set', 'network.address=nonsense'];
  const commands: readonly (readonly [string, readonly string[], readonly string[] | null])[] = [
    ['sidus', [], []],
    ['sidus wizard', ['wizard'], []],
    ['sidus wizard with answers that are wrong', ['wizard', ...incomplete], incomplete],
    ['sidus dashboard', ['dashboard'], null],
  ];
  const surroundings: readonly (readonly [string, (args: readonly string[]) => Promise<Said>])[] = [
    ['on pipes', (args) => onPipes(args)],
    ['TERM=dumb', (args) => onDrawless(args, 'export TERM=dumb')],
    ['CI=true', (args) => onDrawless(args, 'export CI=true')],
  ];
  for (const [name, args, answers] of commands) {
    test.each(surroundings)(
      `${name}, %s: ends with 2, and says all that is wrong`,
      async (_, start) => {
        const { code, text } = await start(args);
        expect(code).toBe(2);
        expect(text).not.toContain('\u001b[?');
        if (answers === null) {
          expect(text).toMatch(/needs a terminal.*sidus status/);
          return;
        }
        const all = await missing(answers);
        expect(all.length).toBeGreaterThan(0);
        for (const one of all) expect(text).toContain(one);
        expect(text).not.toMatch(/\?\s*$/);
      },
    );
  }
});

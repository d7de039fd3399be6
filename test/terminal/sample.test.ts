import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { golden } from '../support/picture.ts';
import { type Opening, OpenTerminal } from '../support/terminal.ts';
import { testsOfTerminal } from './restored.ts';
import { removeSample, sample } from './subject.ts';
import { everyKeyArrives } from './typed.ts';

async function started(opening: Opening = {}, ...args: string[]): Promise<OpenTerminal> {
  const { program, ready } = await sample();
  const terminal = new OpenTerminal(args, { program, ...opening });
  onTestFinished(() => {
    try {
      terminal.kill('SIGKILL');
    } catch {
      // It has ended.
    }
  });
  await terminal.see(ready);
  return terminal;
}

/** A file for what is saved. */
function saves(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sidus-saves-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'saved');
}

afterAll(removeSample);

describe('a program on the terminal', () => {
  testsOfTerminal(sample);

  test.each([
    ['a throw', 'ctrl-b', 'crashed: boom'],
    ['a rejection that nobody handles', 'ctrl-r', 'crashed: rejected'],
    ['a throw in a component', 'ctrl-y', 'crashed: boom in a component'],
  ] as const)('%s ends with 70, and is said on the first screen', async (_, key, words) => {
    const terminal = await started({}, '--tick');
    await terminal.press(key);
    expect((await terminal.ended).code).toBe(70);
    expect(terminal.state).toEqual({ second: false, cursor: true, marks: false });
    expect(terminal.history().join('\n')).toContain(words);
    expect(terminal.screen()).not.toContain('SAMPLE');
  });

  test('Ctrl-C is a key; last words follow on the first screen', async () => {
    const terminal = await started();
    await terminal.press('ctrl-c');
    expect((await terminal.ended).code).toBe(130);
    expect(terminal.screen()).toBe('left by Ctrl-C');
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)(
    'what was typed is saved before %s ends it',
    async (signal) => {
      const file = saves();
      const terminal = await started({ env: { SAMPLE_SAVES: file } });
      await terminal.type('kept');
      await terminal.see('field [kept');
      terminal.kill(signal);
      await terminal.ended;
      expect(readFileSync(file, 'utf8')).toBe('kept\n');
    },
  );

  test('a terminal that is closed ends it, saved', async () => {
    const file = saves();
    const terminal = await started({ env: { SAMPLE_SAVES: file } }, '--tick');
    await terminal.type('kept');
    await terminal.see('field [kept');
    terminal.close();
    expect(await terminal.ended).toEqual({ code: 129, signal: 0 });
    await expect.poll(() => readFileSync(file, 'utf8')).toBe('kept\n');
  });

  test('what was typed too late reaches no shell', async () => {
    const { program, ready } = await sample();
    const terminal = new OpenTerminal(['--saves-slowly'], {
      program: [
        'bash',
        '-c',
        '"$@"; read -r -t 1 line; echo "the shell read [$line]"',
        'bash',
        ...program,
      ],
    });
    await terminal.see(ready);
    await terminal.press('ctrl-d');
    await sleep(200);
    await terminal.type('rm -rf x\r');
    await terminal.ended;
    expect(terminal.screen()).toBe('the shell read []');
  });

  test('what cannot be saved is said, and the terminal is restored all the same', async () => {
    const terminal = await started({}, '--cannot-save');
    terminal.kill('SIGTERM');
    expect((await terminal.ended).code).toBe(143);
    expect(terminal.state.second).toBe(false);
    expect(terminal.screen()).toContain('the disk is full');
  });

  test('a child has the terminal to itself, and the screen comes back', async () => {
    const terminal = await started({}, '--tick');
    await terminal.type('abc');
    await terminal.see('field [abc');
    await terminal.press('ctrl-t');
    await terminal.see(/ icanon /);
    expect(terminal.state.second).toBe(false);
    await terminal.type('to the child\r');
    await terminal.see('child read to the child');
    await terminal.see('field [abc');
    expect(terminal.state).toEqual({ second: true, cursor: false, marks: true });
    await terminal.type('def');
    await terminal.see('field [abcdef');
  });

  test('a stopped program that is continued draws everything anew', async () => {
    const terminal = await started();
    await terminal.type('abc');
    await terminal.see('field [abc');
    terminal.kill('SIGSTOP');
    terminal.kill('SIGCONT');
    await expect.poll(() => terminal.raw.split('field [abc').length).toBeGreaterThan(2);
    await terminal.see('field [abc');
    await terminal.type('def');
    await terminal.see('field [abcdef');
  });

  test('looks as it should', async () => {
    const screenOf = async (env: Record<string, string>, ...args: string[]): Promise<string> =>
      golden((await started({ env, columns: 40, rows: 8 }, ...args)).cells());
    const colour = await screenOf({});
    expect(colour).toContain('1:1-12 bold cyan: "SAMPLE 40x8"');
    expect(colour).toContain('1:13-18 bold inverse cyan: "chosen"');
    expect(colour).toContain('────');
    for (const [env, ...args] of [[{ NO_COLOR: '1' }], [{}, '--no-color']] as const) {
      const mono = await screenOf(env, ...args);
      expect(mono).toContain('1:13-18 bold inverse: "chosen"');
      expect(mono).not.toContain('cyan');
    }
    const old = await screenOf({ TERM: 'vt220' });
    expect(old).toContain('bold inverse: "chosen"');
    expect(old).toContain('----');
    expect(old).not.toMatch(/cyan|─/);
    expect(await screenOf({ LANG: 'C' })).not.toContain('─');
    expect(await screenOf({ TERM: 'linux' })).not.toContain('─');
  });

  test('for a screen reader there is no second screen', async () => {
    const terminal = await started({ env: { SIDUS_LINEAR: '1' } });
    await terminal.type('abc');
    await terminal.see('field [abc');
    expect(terminal.state.second).toBe(false);
    await terminal.press('ctrl-c');
    expect((await terminal.ended).code).toBe(130);
    expect(terminal.raw).not.toContain('1049');
    expect(terminal.screen()).toContain('field [abc');
  });
});

describe('keys', () => {
  test('that come while the program is busy', async () => {
    const terminal = await started();
    await terminal.press('ctrl-g');
    // An Esc by itself, an arrow, and Enters that arrive in one read.
    await terminal.press('escape', 'down');
    terminal.write('\r\rab\u007f\u007f\u007fc\u001b[1;5P');
    await terminal.see('said  escape down enter enter');
    await terminal.see('field [c');
  });

  test('an arrow that is cut in two while the program is busy is an arrow', async () => {
    const terminal = await started();
    terminal.write('\u0007\u001b');
    await sleep(100);
    terminal.write('[B');
    await terminal.see('said  down');
    expect(terminal.screen()).not.toContain('escape');
  });

  test('10 000 of them arrive, in order', async () => {
    const seed = Number(process.env.SIDUS_SEED ?? 20_261_121);
    await everyKeyArrives(await sample(), { seed, keys: 10_000 });
  });
});

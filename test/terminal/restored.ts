import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type Opening, OpenTerminal } from '../support/terminal.ts';
import type { Subject } from './subject.ts';

/** What a person had on the screen before. */
const before = Array.from(
  { length: 30 },
  (_, row) => `line ${row + 1} of the shell before\r\n`,
).join('');

/** What every program on `Screen` promises: to draw only where it can, at any size, and to leave no trace. */
export function testsOfTerminal(given: () => Promise<Subject>): void {
  const opened: OpenTerminal[] = [];
  afterEach(async () => {
    for (const terminal of opened.splice(0)) {
      if (await Promise.race([terminal.ended.then(() => false), sleep(50, true)])) {
        terminal.kill('SIGKILL');
      }
    }
  });

  async function start(opening: Opening = {}, args: readonly string[] = []): Promise<OpenTerminal> {
    const subject = await given();
    const terminal = new OpenTerminal([...subject.args, ...args], {
      program: subject.program,
      before,
      ...opening,
      env: { ...subject.env, ...opening.env },
    });
    opened.push(terminal);
    return terminal;
  }

  async function started(opening: Opening = {}): Promise<OpenTerminal> {
    const terminal = await start(opening);
    await terminal.see((await given()).ready);
    return terminal;
  }

  function isRestored(terminal: OpenTerminal): void {
    expect(terminal.state).toEqual({ second: false, cursor: true, marks: false });
    expect(terminal.history().filter((line) => /of the shell before/.test(line))).toHaveLength(30);
    expect(terminal.raw).not.toContain('\u001b[3J');
    // Once: a second time would put the cursor where it was when we began.
    expect(terminal.raw.split('\u001b[?1049l')).toHaveLength(2);
    expect(terminal.raw.split('\u001b[?1049h')).toHaveLength(2);
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends with %i, and the terminal is as before', async (signal, code) => {
    const terminal = await started();
    expect(terminal.state.second).toBe(true);
    terminal.kill(signal);
    expect((await terminal.ended).code).toBe(code);
    isRestored(terminal);
  });

  test('the line discipline is as it was', async () => {
    const subject = await given();
    const terminal = await start({
      program: [
        'sh',
        '-c',
        'stty -a > "$0"; "$@"; stty -a >> "$0"',
        '/dev/stderr',
        ...subject.program,
      ],
    });
    await terminal.see(subject.ready);
    spawnSync('sh', ['-c', `kill -TERM $(pgrep -P ${terminal.pid} | head -1)`]);
    await terminal.ended;
    const said = terminal.raw.split('\u001b[?1049h').map((part) => part.split('\u001b[0m').at(-1));
    const settings = (text: string | undefined): readonly string[] =>
      /speed[\s\S]*echoke[^\n]*/.exec(text ?? '')?.[0].split(/\s+/) ?? [];
    expect(settings(said[0])).toContain('icanon');
    expect(settings(said[1])).toEqual(settings(said[0]));
  });

  test.each([
    ['TERM=dumb', 'export TERM=dumb'],
    ['without TERM', 'unset TERM'],
    ['CI=true', 'export CI=true'],
  ])('%s: nothing is drawn', async (_, setting) => {
    const { program, plain, plainExit } = await given();
    const terminal = await start({
      program: ['sh', '-c', `${setting}; exec "$@"`, 'sh', ...program],
    });
    expect((await terminal.ended).code).toBe(plainExit);
    expect(terminal.raw).toMatch(plain);
    expect(terminal.raw).not.toContain('\u001b[?');
  });

  test('a pipe gets no escapes', async () => {
    const { program, args, env, plain, plainExit } = await given();
    const [file = '', ...words] = [...program, ...args];
    const { stdout, stderr, status } = spawnSync(file, words, {
      input: '',
      encoding: 'utf8',
      env: { ...process.env, ...env, CI: '', TERM: 'xterm' },
    });
    expect(status).toBe(plainExit);
    expect(stdout + stderr).toMatch(plain);
    expect(stdout).not.toContain('\u001b[');
  });

  test('keys come from the terminal though standard input is a pipe', async () => {
    const subject = await given();
    const terminal = await start({
      program: ['sh', '-c', 'true | "$@"', 'sh', ...subject.program],
    });
    await terminal.see(subject.ready);
    await subject.toField(terminal);
    await terminal.type('abc');
    await terminal.see(subject.field('abc'));
  });

  test('a terminal that says it is 0x0 is taken for 80x24', async () => {
    const subject = await given();
    const terminal = await start({ columns: 0, rows: 0 });
    await terminal.see(subject.ready);
    for (const pattern of subject.once) expect(count(terminal.screen(), pattern)).toBe(1);
    expect(terminal.screen().split('\n').length).toBeLessThan(24);
  });

  test('a storm of resizes leaves one whole frame', async () => {
    const subject = await given();
    const terminal = await started();
    for (let turn = 0; turn < 120; turn += 1) {
      terminal.resize(60 + ((turn * 37) % 80), 16 + ((turn * 13) % 30));
      await sleep(turn % 10 === 0 ? 60 : 4);
    }
    for (const [columns, rows] of [
      [120, 40],
      [80, 24],
      [60, 16],
      [140, 50],
      [80, 24],
    ] as const) {
      terminal.resize(columns, rows);
      await expect
        .poll(() => subject.once.map((pattern) => count(terminal.screen(), pattern)), {
          timeout: 5000,
        })
        .toEqual(subject.once.map(() => 1));
      await sleep(300);
      for (const pattern of subject.once) {
        expect(count(terminal.screen(), pattern), terminal.screen()).toBe(1);
      }
    }
    terminal.kill('SIGTERM');
    await terminal.ended;
    expect(terminal.state.second).toBe(false);
    expect(terminal.raw).not.toContain('\u001b[3J');
  });
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(new RegExp(pattern.source, 'g'))].length;
}

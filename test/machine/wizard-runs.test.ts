import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Effect, run as runs } from '../../src/core/effect.ts';
import type { Event } from '../../src/core/event.ts';
import { Engine, engineNow, engineOf, sidus } from '../support/engine.ts';
import { choose } from '../support/hand.ts';
import { leftovers, removeDirectory, temporaryDirectory, until } from '../support/machine.ts';
import { planOf } from '../support/small-plan.ts';
import { type Opening, OpenTerminal } from '../support/terminal.ts';

// The run screen of a real run: what the end of a terminal does to it, and what its keys do.

vi.setConfig({ testTimeout: 60_000 });

let directory: string;
let root: string;
let before: ReturnType<typeof leftovers>;
let usual: readonly string[];
const opened: OpenTerminal[] = [];
beforeEach(() => {
  directory = temporaryDirectory('wizard-runs');
  root = join(directory, 'root');
  mkdirSync(root);
  before = leftovers(directory);
  usual = ['--root', root, '--cache', join(directory, 'cache')];
});
afterEach(async () => {
  for (const terminal of opened.splice(0)) await terminal.end();
  const left = await before.settled();
  // A test that failed leaves its engine at work: nobody else would end it.
  const engine = engineNow(root);
  if (engine !== null) process.kill(engine, 'SIGKILL');
  expect(left).toEqual([]);
  removeDirectory(directory);
});

const file = (name: string): string => join(directory, name);
const open = (name: string): void => writeFileSync(file(`gate-${name}`), '');

/** Says numbered lines, waits for a file, and says one more. */
function waiting(name: string): Effect {
  const script =
    'for i in $(seq 1 60); do echo "$1 line $i"; done; until [ -e "$2" ]; do sleep 0.05; done; echo "$1 ends"';
  return runs('server', ['sh', '-c', script, 'sh', name, file(`gate-${name}`)]);
}

/** A run at work in its first of three steps; nobody watches it. */
async function atWork(): Promise<number> {
  const plan = planOf(root, {
    'test/one': [waiting('one')],
    'test/two': [waiting('two')],
    'test/three': [runs('server', ['echo', 'three'])],
  });
  writeFileSync(file('plan.json'), JSON.stringify(plan));
  const reader = new Engine(['apply', '--yes', file('plan.json'), ...usual, '--json']);
  await reader.sees(/one line 60/);
  const engine = await engineOf(root);
  reader.kill('SIGKILL');
  await reader.ended;
  return engine;
}

async function attached(opening: Opening = {}): Promise<OpenTerminal> {
  const terminal = new OpenTerminal(['attach', ...usual], {
    before: 'a line of before\r\n',
    ...opening,
    env: { HOME: directory, XDG_CONFIG_HOME: '' },
  });
  opened.push(terminal);
  await terminal.see(/sidus {2}Run/);
  await terminal.see(/▶ +1 Step test\/one/);
  return terminal;
}

function isRestored(terminal: OpenTerminal): void {
  expect(terminal.state).toEqual({ second: false, cursor: true, marks: false });
  expect(terminal.history()[0]).toBe('a line of before');
}

function recorded(): readonly Event[] {
  const path = join(root, 'var/lib/sidus/runs');
  const [only, ...others] = readdirSync(path);
  expect(others).toEqual([]);
  return readFileSync(join(path, only ?? '', 'events.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Event]));
}

const outcome = (): unknown =>
  recorded()
    .flatMap((event) => ('outcome' in event ? [event.outcome] : []))
    .at(-1);

/** The log from its first line on, as a person scrolls through it. */
async function wholeLog(terminal: OpenTerminal): Promise<readonly string[]> {
  await terminal.type('l');
  await terminal.gone('Step test/one');
  await terminal.press('home');
  await terminal.see('one line 1\n');
  const lines: string[] = [];
  const shown = (): readonly string[] =>
    terminal.screen().match(/(one|two) (line \d+|ends)$/gm) ?? [];
  for (let pages = 0; pages < 20; pages += 1) {
    const now = shown();
    lines.push(...now.filter((line) => !lines.includes(line)));
    if (terminal.screen().includes('(following)')) break;
    const first = now[0];
    await terminal.press('page-down');
    await terminal.holds(
      () => shown()[0] !== first || terminal.screen().includes('(following)'),
      'the log does not move',
    );
  }
  await terminal.press('end');
  await terminal.type('l');
  await terminal.see('Step test/one');
  return lines;
}

const numbered = (name: string): readonly string[] =>
  Array.from({ length: 60 }, (_, index) => `${name} line ${index + 1}`);

describe('a run whose screen is lost goes on, and another shows it from its beginning', () => {
  test.each([
    ['its terminal is closed', (terminal: OpenTerminal) => terminal.close()],
    ['it is hung up', (terminal: OpenTerminal) => terminal.kill('SIGHUP')],
    ['it is killed', (terminal: OpenTerminal) => terminal.kill('SIGKILL')],
  ])('%s', async (_, lose) => {
    const engine = await atWork();
    const first = await attached();
    await first.see('one line 60');
    lose(first);
    await first.ended;
    await until('the end of the reader', 20, () =>
      existsSync(`/proc/${first.pid}`) ? null : true,
    );
    expect(await engineOf(root)).toBe(engine);
    open('one');

    const second = new OpenTerminal(['attach', ...usual], { columns: 120, rows: 40 });
    opened.push(second);
    await second.see(/✓ +1 Step test\/one/);
    await second.see(/▶ +2 Step test\/two/);
    await second.see('two line 60');
    expect(await wholeLog(second)).toEqual([...numbered('one'), 'one ends', ...numbered('two')]);
    open('two');
    await second.see(/sidus {2}Done/);
    expect(outcome()).toBe('ok');
    await choose(second, 'Leave');
    expect((await second.ended).code).toBe(0);
    expect(engineNow(root)).toBe(null);
  });
});

describe('the keys of the run screen', () => {
  test('d leaves it, and so does the first row of the menu; the run goes on', async () => {
    const engine = await atWork();
    const first = await attached();
    await first.type('d');
    expect((await first.ended).code).toBe(0);
    isRestored(first);
    expect(first.history().join('\n')).toMatch(/The run goes on.*sidus attach/);

    const second = await attached({ columns: 60, rows: 16 });
    await second.press('ctrl-c');
    await choose(second, 'Keep it running');
    expect((await second.ended).code).toBe(0);
    isRestored(second);

    expect(await engineOf(root)).toBe(engine);
    open('one');
    open('two');
    await until('the end of the run', 20, () => (engineNow(root) === null ? true : null));
    expect(outcome()).toBe('ok');
  });

  test('two watch it, one stops it after its step, and resume goes on', async () => {
    await atWork();
    const [first, second] = [await attached(), await attached({ columns: 100, rows: 30 })];
    await first.press('ctrl-c');
    await choose(first, 'Stop after this step');
    await first.see('stops after this step');
    open('one');
    for (const terminal of [first, second]) {
      await terminal.see(/sidus {2}Stopped/);
      await terminal.see('The run was stopped.');
    }
    expect(outcome()).toBe('cancelled');
    await choose(first, 'Stop here');
    expect((await first.ended).code).toBe(130);
    isRestored(first);
    expect(first.history().join('\n')).toMatch(/was stopped[\s\S]*sidus resume/);
    // Who watches may go on from the screen as well.
    open('two');
    await choose(second, 'Go on');
    await second.see(/sidus {2}Done/);
    await choose(second, 'Leave');
    expect((await second.ended).code).toBe(0);
  });

  test('stop now ends the step at once', async () => {
    await atWork();
    const terminal = await attached();
    await terminal.press('ctrl-c');
    await choose(terminal, 'Stop now');
    await terminal.see(/sidus {2}Stopped/);
    expect(outcome()).toBe('cancelled');
    expect(recorded().some(({ type }) => type === 'step-done')).toBe(false);
    // Nothing of ours but the screen itself.
    await expect
      .poll(() => before.differences().filter((one) => !one.includes(`: ${terminal.pid} `)))
      .toEqual([]);
    await terminal.press('escape');
    expect((await terminal.ended).code).toBe(130);
    isRestored(terminal);
    open('one');
    open('two');
    expect((await sidus('resume', ...usual)).code).toBe(0);
  });
});

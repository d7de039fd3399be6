import { execFileSync, spawn as spawnProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { spawn as spawnPty } from '@lydell/node-pty';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Effect, run as runs } from '../../src/core/effect.ts';
import type { Event } from '../../src/core/event.ts';
import type { Overview } from '../../src/core/overview.ts';
import type { Report } from '../../src/core/report.ts';
import { type Ended, Engine, engineNow, engineOf, lastJson, sidus } from '../support/engine.ts';
import { leftovers, removeDirectory, temporaryDirectory, until } from '../support/machine.ts';
import { planOf } from '../support/small-plan.ts';

// The real engine and its readers: what the end of one does to the other.

// What hangs, because somebody waits for an engine that is gone, fails soon.
vi.setConfig({ testTimeout: 60_000 });

let directory: string;
let root: string;
let before: ReturnType<typeof leftovers>;
let usual: readonly string[];
beforeEach(() => {
  directory = temporaryDirectory('engine');
  root = join(directory, 'root');
  mkdirSync(root);
  before = leftovers(directory);
  usual = ['--root', root, '--cache', join(directory, 'cache')];
});
afterEach(async () => {
  const left = await before.settled();
  // A test that failed leaves its engine at work: nobody else would end it.
  const engine = engineNow(root);
  if (engine !== null) process.kill(engine, 'SIGKILL');
  expect(left).toEqual([]);
  removeDirectory(directory);
});

const runsDirectory = (): string => join(root, 'var/lib/sidus/runs');
const file = (name: string): string => join(directory, name);

/** A command that says two words, with a wait for a file between them. */
function waiting(name: string): Effect {
  const script = 'echo "$1 begins"; until [ -e "$2" ]; do sleep 0.05; done; echo "$1 ends"';
  return runs('server', ['sh', '-c', script, 'sh', name, file(`gate-${name}`)]);
}

const open = (name: string): void => writeFileSync(file(`gate-${name}`), '');

/** Three steps, of which the first two wait; saved, so that it can be applied as it is. */
function saved(): string {
  const plan = planOf(root, {
    'test/one': [waiting('one')],
    'test/two': [waiting('two')],
    'test/three': [runs('server', ['echo', 'three'])],
  });
  const path = file('plan.json');
  writeFileSync(path, JSON.stringify(plan));
  return path;
}

const apply = (...more: readonly string[]): readonly string[] => [
  ...['apply', '--yes', saved(), ...usual],
  ...more,
];

function eventsIn(text: string): readonly Event[] {
  return text
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Event]))
    .filter(({ type }) => (type as string) !== 'report');
}

function recorded(): readonly Event[] {
  const [only, ...others] = readdirSync(runsDirectory());
  expect(others).toEqual([]);
  return eventsIn(readFileSync(join(runsDirectory(), only ?? '', 'events.jsonl'), 'utf8'));
}

const types = (events: readonly Event[]): readonly string[] =>
  events.flatMap((event) =>
    event.type === 'output' || event.type === 'heartbeat'
      ? []
      : ['step' in event ? `${event.type} ${event.step}` : event.type],
  );

const whole = [
  'run-started',
  ...['one', 'two', 'three'].flatMap((name) => [
    `step-started test/${name}`,
    `step-done test/${name}`,
  ]),
  'run-finished',
];

/** Lets the run that lost its reader go on, and sees with attach that all of it was done. */
async function goesOn(engine: number): Promise<void> {
  expect(await engineOf(root)).toBe(engine);
  const attached = new Engine(['attach', ...usual, '--json']);
  await attached.sees(/one begins/);
  open('one');
  open('two');
  const ended = await attached.ended;
  expect(ended.code, ended.stderr).toBe(0);
  expect(types(recorded())).toEqual(whole);
  expect(eventsIn(ended.stdout)).toEqual(recorded());
  const said = recorded().flatMap((event) => (event.type === 'output' ? [event.line] : []));
  expect(said).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'three']);
  expect(lastJson<{ report: Report }>(ended).report.outcome).toBe('ok');
}

describe('a run whose reader is lost goes on to its end', () => {
  test('killed with -9', async () => {
    const reader = new Engine(apply('--json'));
    await reader.sees(/one begins/);
    const engine = await engineOf(root);
    reader.kill('SIGKILL');
    expect((await reader.ended).code).toBe(137);
    await goesOn(engine);
  });

  test('hung up: it says so and ends with 129', async () => {
    const reader = new Engine(apply());
    await reader.sees(/Step test\/one/);
    const engine = await engineOf(root);
    reader.kill('SIGHUP');
    const { code, stderr } = await reader.ended;
    expect(code).toBe(129);
    expect(stderr).toMatch(/run goes on.*sidus attach/);
    await goesOn(engine);
  });

  test('by a terminal that closes', async () => {
    const terminal = spawnPty(process.execPath, ['dist/main.mjs', ...apply()], {
      cwd: resolve('.'),
      cols: 80,
      rows: 24,
    });
    let shown = '';
    terminal.onData((text) => {
      shown += text;
    });
    const ended = new Promise<number>((settle) =>
      terminal.onExit(({ signal }) => settle(signal ?? 0)),
    );
    await until('the first step on the screen', 20, () =>
      shown.includes('test/one') ? true : null,
    );
    const engine = await engineOf(root);
    const end = join('/proc', String(terminal.pid));
    // The window is closed: nobody holds the other side any more.
    (terminal as unknown as { destroy(): void }).destroy();
    expect(await ended).toBe(constants.signals.SIGHUP);
    await until('the end of the reader', 20, () => (existsSync(end) ? null : true));
    await goesOn(engine);
  });

  test('the engine is in a session of its own, holds no directory of ours, and hears no Ctrl-C', async () => {
    const reader = new Engine(apply('--json'));
    await reader.sees(/one begins/);
    const engine = await engineOf(root);
    const fields = readFileSync(`/proc/${engine}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    // proc(5), stat: state, parent, group, session, terminal.
    expect(fields.slice(2, 5)).toEqual([String(engine), String(engine), '0']);
    expect(readlinkSync(`/proc/${engine}/cwd`)).toBe('/');
    expect(readlinkSync(`/proc/${engine}/fd/0`)).toBe('/dev/null');
    process.kill(engine, 'SIGINT');
    process.kill(engine, 'SIGHUP');
    open('one');
    await reader.sees(/two begins/);
    open('two');
    expect((await reader.ended).code).toBe(0);
    expect(types(recorded())).toEqual(whole);
  });
});

describe('attach', () => {
  test('shows a run to any number of readers, and leaves it with Ctrl-C', async () => {
    const reader = new Engine(apply('--json'));
    await reader.sees(/one begins/);
    const readers = ['--json', '--json', '--progress=plain'].map(
      (how) => new Engine(['attach', ...usual, how]),
    );
    for (const one of readers) await one.sees(/test\/one/);
    const [first, second, third] = readers as [Engine, Engine, Engine];
    first.kill('SIGINT');
    const left = await first.ended;
    expect(left.code).toBe(130);
    expect(left.stderr).toMatch(/run goes on.*sidus attach.*sidus stop/);
    open('one');
    open('two');
    expect((await reader.ended).code).toBe(0);
    expect(eventsIn((await second.ended).stdout)).toEqual(recorded());
    const { code, stderr } = await third.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/\[1\/3\] Step test\/one\n.*\[3\/3\] Step test\/three\n.*Done/s);
  });

  test('says of a run that is over how it ended, with its exit code', async () => {
    const none = await sidus('attach', ...usual, '--json');
    expect(none.code).toBe(2);
    expect(none.stdout).toContain('run/none');
    const path = file('failing.json');
    const failing = planOf(root, { 'test/failing': [runs('server', ['sh', '-c', 'exit 3'])] });
    writeFileSync(path, JSON.stringify(failing));
    expect((await sidus('apply', '--yes', path, ...usual)).code).toBe(1);
    const [run = ''] = readdirSync(runsDirectory());
    for (const words of [[], [run]]) {
      const { code, stderr } = await sidus('attach', ...words, ...usual);
      expect(code).toBe(1);
      expect(stderr).toMatch(new RegExp(`${run} is over: failed.*ended with 3`, 's'));
    }
    const again = await sidus('attach', ...usual, '--json');
    expect(again.code).toBe(1);
    expect(eventsIn(again.stdout)).toEqual(recorded());
    expect((await sidus('attach', 'no-such-run', ...usual)).code).toBe(2);
  });
});

describe('a stop', () => {
  test('lets the step finish, and the run ends with 130', async () => {
    const reader = new Engine(apply('--json'));
    await reader.sees(/one begins/);
    const { code, stdout } = await sidus('stop', ...usual, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'stop', how: 'after-step' });
    open('one');
    expect((await reader.ended).code).toBe(130);
    expect(types(recorded())).toEqual([...whole.slice(0, 3), 'run-finished']);
    const none = await sidus('stop', ...usual);
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/no run is at work/);
  });

  test('now breaks it off, and resume goes on', async () => {
    const reader = new Engine(apply('--json'));
    await reader.sees(/one begins/);
    open('one');
    await reader.sees(/two begins/);
    const stopped = await sidus('stop', '--now', ...usual);
    expect(stopped.code).toBe(0);
    // The lock is free when it has said so.
    open('two');
    const resumed = await sidus('resume', ...usual, '--json');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(types(eventsIn(resumed.stdout))).toEqual([
      'run-started',
      'step-skipped test/one',
      ...whole.slice(3),
    ]);
    expect((await reader.ended).code).toBe(130);
  });

  test('by Ctrl-C is waited for, and by a second one is not', async () => {
    const reader = new Engine(apply());
    await reader.sees(/Step test\/one/);
    const engine = await engineOf(root);
    // It cannot do what it is asked to.
    process.kill(engine, 'SIGSTOP');
    reader.kill('SIGINT');
    await reader.sees(/Stopping/);
    let over = false;
    void reader.ended.then(() => {
      over = true;
    });
    // As long as another program takes, it has waited.
    expect((await sidus('--version')).code).toBe(0);
    expect(over).toBe(false);
    await until('the reader to leave', 20, () => {
      reader.kill('SIGINT');
      return over ? true : null;
    });
    const { code, stderr } = await reader.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/still stopping.*sidus attach/);
    process.kill(engine, 'SIGCONT');
    await until('the end of the engine', 20, () => (existsSync(`/proc/${engine}`) ? null : true));
    expect(recorded().at(-1)).toMatchObject({ type: 'run-finished', outcome: 'cancelled' });
  });

  test('by TERM, as systemd and a shutdown do it, is clean', async () => {
    const reader = new Engine(apply('--json'));
    await reader.sees(/one begins/);
    process.kill(await engineOf(root), 'SIGTERM');
    expect((await reader.ended).code).toBe(130);
    expect(recorded().at(-1)).toMatchObject({ type: 'run-finished', outcome: 'cancelled' });
    expect(existsSync(join(root, 'var/lib/sidus/lock'))).toBe(false);
  });
});

describe('an engine that is killed', () => {
  test('takes its commands with it, its readers say so, and resume goes on', async () => {
    const reader = new Engine(apply('--json'));
    const attached = new Engine(['attach', ...usual]);
    await reader.sees(/one begins/);
    open('one');
    await reader.sees(/two begins/);
    process.kill(await engineOf(root), 'SIGKILL');
    const ended = await reader.ended;
    expect(ended.code).toBe(1);
    expect(lastJson<{ report: Report }>(ended).report.problem?.code).toBe('run/engine-gone');
    expect(eventsIn(ended.stdout).at(-1)).toMatchObject({ type: 'run-failed' });
    await attached.ended;
    expect(await before.settled()).toEqual([]);
    const later = await sidus('attach', ...usual);
    expect(later.code).toBe(1);
    expect(later.stderr).toMatch(/run\/engine-gone/);
    open('two');
    const resumed = await sidus('resume', ...usual, '--json');
    expect(resumed.code).toBe(0);
    expect(types(eventsIn(resumed.stdout))).toContain('step-skipped test/one');
  });

  test('on a disk that is full leaves its last word where there is room', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'sidus-test', root]);
    try {
      const path = file('filling.json');
      const filling = runs('server', ['sh', '-c', 'cat /dev/zero >"$1" || :', 'sh', `${root}/big`]);
      const plan = planOf(root, { 'test/filling': [filling], 'test/next': [filling] });
      writeFileSync(path, JSON.stringify(plan));
      const ended = await sidus('apply', '--yes', path, ...usual, '--json');
      expect(ended.code).toBe(1);
      const { problem } = lastJson<{ report: Report }>(ended).report;
      expect(JSON.stringify(problem)).toMatch(/the disk is full/);
    } finally {
      execFileSync('umount', [root]);
    }
  });
});

describe('secrets that are given', () => {
  const secret = 'Correct-horse-4711';

  /** Of every process of the machine. */
  function processes(what: 'cmdline' | 'environ'): readonly string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/${what}`, 'utf8');
        } catch {
          return '';
        }
      });
  }

  function filesBelow(path: string): readonly string[] {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  }

  async function givenToARun(
    environment: Readonly<Record<string, string>>,
    wrap: readonly string[],
  ) {
    const path = file('plan.json');
    const keeps = runs(
      'server',
      ['sh', '-c', 'cat >"$1"; echo "$TEST_WORD" >>"$1"', 'sh', file('got')],
      {
        stdin: [{ secret: 'lab.root' }, '\n'],
      },
    );
    const plan = planOf(root, { 'test/one': [waiting('one')], 'test/keeps': [keeps] });
    writeFileSync(path, JSON.stringify(plan));
    writeFileSync(file('secrets'), JSON.stringify({ 'lab.root': secret }), { mode: 0o600 });
    const words = ['apply', '--yes', path, ...usual, '--secrets', file('secrets'), '--json'];
    const [command = '', ...rest] = [...wrap, process.execPath, 'dist/main.mjs', ...words];
    const child = spawnProcess(command, rest, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TEST_WORD: 'from the environment', ...environment },
    });
    let stdout = '';
    child.stdout.on('data', (piece: Buffer) => {
      stdout += piece.toString();
    });
    const ended = new Promise<Ended>((settle) => {
      child.on('close', (code) => settle({ code: code ?? 1, stdout, stderr: '' }));
    });
    await until('the first step', 20, () => (stdout.includes('one begins') ? true : null));
    return ended;
  }

  test.each([
    ['a child', false],
    ['a unit (a stand-in for systemd-run)', true],
  ])(
    'reach the engine as %s in no command line, no environment and no file that stays',
    async (_, unit) => {
      const bin = file('bin');
      mkdirSync(bin);
      const script = (name: string, text: string): void => {
        writeFileSync(join(bin, name), `#!/bin/sh\n${text}`);
        chmodSync(join(bin, name), 0o755);
      };
      // As systemd does: another parent, no environment of ours.
      script(
        'systemd-run',
        `printf '%s\\n' "$@" >${file('asked')}
for word; do case $word in --property=StandardError=append:*) log=\${word#*append:};; esac; done
while [ "$1" != -- ]; do shift; done
shift
exec setsid --fork env -i PATH=/nowhere HOME=/nowhere "$@" >>"$log" 2>&1 </dev/null
`,
      );
      script('systemctl', 'exit 0\n');
      const wrap = [
        ...['unshare', '--mount', 'sh', '-c'],
        'mkdir -p /run/systemd && mount -t tmpfs none /run/systemd && mkdir /run/systemd/system && exec "$@"',
        'sh',
      ];
      const running = unit
        ? givenToARun({ PATH: `${bin}:${process.env.PATH}` }, wrap)
        : givenToARun({}, []);
      await until('the first step', 30, () => (existsSync(runsDirectory()) ? true : null));
      await engineOf(root);
      expect(processes('cmdline').filter((text) => text.includes(secret))).toEqual([]);
      expect(processes('environ').filter((text) => text.includes(secret))).toEqual([]);
      expect(filesBelow(root).filter((path) => /hand-over/.test(path))).toEqual([]);
      open('one');
      const ended = await running;
      expect(ended.code, ended.stdout).toBe(0);
      // It did arrive, and so did the environment.
      expect(readFileSync(file('got'), 'utf8')).toBe(`${secret}\nfrom the environment\n`);
      expect(
        filesBelow(root).filter((path) => readFileSync(path, 'utf8').includes(secret)),
      ).toEqual([]);
      expect(existsSync(file('asked'))).toBe(unit);
      if (unit) expect(readFileSync(file('asked'), 'utf8')).toMatch(/^--unit=sidus-run-2/m);
    },
  );
});

test('status names the run that is at work', async () => {
  const reader = new Engine(apply('--json'));
  await reader.sees(/one begins/);
  const [run = ''] = readdirSync(runsDirectory());
  const asked = ['status', '--preset', 'rehearsal', ...usual];
  const { stdout } = await sidus(...asked);
  expect(stdout).not.toContain('broke off');
  const { running, runs } = JSON.parse((await sidus(...asked, '--json')).stdout) as Overview;
  expect(running?.run).toBe(run);
  expect(runs.map(({ id, outcome }) => [id, outcome])).toEqual([[run, 'running']]);
  const second = await sidus(...apply('--json'));
  expect(second.code).toBe(2);
  expect(second.stdout).toMatch(/run\/locked.*sidus attach/);
  reader.kill('SIGINT');
  expect((await reader.ended).code).toBe(130);
});

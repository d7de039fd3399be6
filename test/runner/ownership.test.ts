import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/core/event.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { runDirectory } from '../../src/runner/journal.ts';
import { Session } from '../../src/runner/session.ts';
import { FakeSystem } from '../support/fake-system.ts';
import { until } from '../support/machine.ts';
import { planOf, threeSteps, workingSystem } from '../support/small-plan.ts';

// Who runs, who reads, and what each sees of the other's end.

const never = new AbortController().signal;

async function codeOf(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return 'nothing was thrown';
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.problems[0]?.code ?? '';
  }
}

/** Follows from now on; what it hears, and its end. */
function reading(session: Session, run: string, signal = never) {
  const events: Event[] = [];
  return { events, ended: session.follow(run, (event) => events.push(event), signal) };
}

const types = (events: readonly Event[]): readonly string[] =>
  events.map((event) => ('step' in event ? `${event.type} ${event.step}` : event.type));

const seen = (events: readonly Event[], type: string): Promise<true> =>
  until(type, 10, () => (types(events).includes(type) ? true : null));

/** A machine on which a run stands in test/one, and a reader of it. */
async function atWork() {
  const given = workingSystem();
  const session = new Session(given.system);
  const run = await session.begin(threeSteps, 'sidus apply --of-the-test');
  const reader = reading(session, run);
  await seen(reader.events, 'step-started test/one');
  return { ...given, session, run, reader };
}

const whole = [
  'run-started',
  ...['one', 'two', 'three'].flatMap((name) => [
    `step-started test/${name}`,
    `output test/${name}`,
    `step-done test/${name}`,
  ]),
  'run-finished',
];

describe('a run', () => {
  test('begins at once, is at work until its end, and every reader sees the same from its beginning', async () => {
    const { session, run, reader, finish } = await atWork();
    expect(await session.running()).toBe(run);
    expect(await session.engineOf(run)).toBe(true);
    expect((await session.planOf(run))?.steps).toHaveLength(3);
    const late = reading(session, run);
    await seen(late.events, 'step-started test/one');
    finish();
    expect((await reader.ended).outcome).toBe('ok');
    // Whoever saw the last event finds the lock free.
    expect(await session.running()).toBeNull();
    expect((await late.ended).outcome).toBe('ok');
    const after = reading(session, run);
    await after.ended;
    expect(types(reader.events)).toEqual(whole);
    expect(late.events).toEqual(reader.events);
    expect(after.events).toEqual(reader.events);
    const report = await session.conclude(threeSteps, await after.ended);
    expect(report.outcome).toBe('ok');
    expect(report.steps.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  });

  test('goes on when its reader leaves', async () => {
    const { session, run, finish } = await atWork();
    const leave = new AbortController();
    const reader = reading(session, run, leave.signal);
    await seen(reader.events, 'step-started test/one');
    leave.abort();
    expect((await reader.ended).outcome).toBeNull();
    expect(await session.engineOf(run)).toBe(true);
    finish();
    expect((await reading(session, run).ended).outcome).toBe('ok');
  });

  test('is over for its readers when the lock is free, and not before', async () => {
    const { system, finish } = workingSystem();
    const lock = system.lock.bind(system);
    system.lock = async (command, run) => {
      const release = await lock(command, run);
      return async () => {
        for (let turn = 0; turn < 20; turn += 1) await system.pause(0);
        await release();
      };
    };
    finish();
    const session = new Session(system);
    await session.apply(threeSteps, 'test', () => undefined, never);
    await session.begin(threeSteps, 'test');
  });

  test('keeps another from beginning, which is told how to see and to end it', async () => {
    const { session, run, reader, finish, system } = await atWork();
    const before = system.below('/var/lib/sidus/runs').length;
    try {
      await session.begin(threeSteps, 'sidus apply --again');
      expect.unreachable('two runs have begun');
    } catch (error) {
      const [problem] = (error as ProblemError).problems;
      expect(problem?.code).toBe('run/locked');
      expect(JSON.stringify(problem)).toContain('--of-the-test');
      expect(problem?.remedy.text).toMatch(/sidus attach.*sidus stop/);
    }
    expect(system.below('/var/lib/sidus/runs')).toHaveLength(before);
    expect(await session.running()).toBe(run);
    finish();
    await reader.ended;
  });

  test('of a plan for another root is refused', async () => {
    const session = new Session(new FakeSystem('/srv/staged'));
    expect(await codeOf(session.begin(threeSteps, 'test'))).toBe('plan/other-root');
    expect(await session.runs()).toEqual([]);
  });

  test('is begun once: an engine that is started by hand begins none', async () => {
    const { session, run, reader, finish } = await atWork();
    finish();
    await reader.ended;
    expect(await codeOf(session.execute(run, never))).toBe('run/not-to-begin');
    expect(await codeOf(session.execute('no-such-run', never))).toBe('run/not-to-begin');
    expect(await session.runs()).toEqual([run]);
  });
});

describe('a stop', () => {
  test('after the step lets exactly that step finish', async () => {
    const { session, run, reader, begun, finish } = await atWork();
    await session.stop(run, 'after-step');
    finish();
    const progress = await reader.ended;
    expect(progress.outcome).toBe('cancelled');
    expect(progress.problem).toBeNull();
    expect(types(reader.events)).toEqual([...whole.slice(0, 4), 'run-finished']);
    expect(begun).toEqual(['one']);
    // The next run goes on behind it.
    const report = await session.apply(threeSteps, 'test', () => undefined, never);
    expect(report.steps.map(({ state }) => state)).toEqual(['skipped', 'done', 'done']);
  });

  test('now breaks the step off', async () => {
    const { session, run, reader, begun } = await atWork();
    await session.stop(run, 'now');
    const progress = await reader.ended;
    expect(progress.outcome).toBe('cancelled');
    expect(progress.problem?.code).toBe('run/stopped');
    expect(progress.steps['test/one']).toBe('failed');
    expect(begun).toEqual(['one']);
  });

  test('now counts also where the end of the step was asked for before', async () => {
    const { session, run, reader } = await atWork();
    await session.stop(run, 'after-step');
    await session.stop(run, 'now');
    expect((await reader.ended).problem?.code).toBe('run/stopped');
  });

  test('of what is not at work is a problem', async () => {
    const { session, run, reader, finish } = await atWork();
    finish();
    await reader.ended;
    expect(await codeOf(session.stop(run, 'now'))).toBe('run/not-at-work');
    expect(await codeOf(session.stop('no-such-run', 'now'))).toBe('run/not-at-work');
  });

  test('comes from the signal of apply too, which waits for the end', async () => {
    const { system, begun } = workingSystem();
    const stop = new AbortController();
    const report = await new Session(system).apply(
      threeSteps,
      'sidus apply --mine',
      (event) => event.type === 'output' && stop.abort(),
      stop.signal,
    );
    expect(report.outcome).toBe('cancelled');
    expect(report.problem?.remedy.values?.again).toBe('sidus apply --mine');
    expect(begun).toEqual(['one']);
    expect(await system.lockHolder()).toBeNull();
  });
});

describe('an end that nobody planned', () => {
  const files = { mode: 0o644, owner: 'root', group: 'root' };
  const two = planOf('/', {
    'test/one': [{ kind: 'file', place: 'server', path: '/one', content: '1', ...files }],
    'test/two': [{ kind: 'file', place: 'server', path: '/two', content: '2', ...files }],
  });

  test('an engine that dies is found dead, wherever it dies', async () => {
    for (let nth = 3; ; nth += 1) {
      const system = new FakeSystem();
      const session = new Session(system);
      system.dieAt(nth);
      const run = await session.begin(two, 'test');
      const reader = reading(session, run);
      const progress = await reader.ended;
      if (!system.isDead) {
        expect(progress.outcome).toBe('ok');
        expect(nth).toBeGreaterThan(10);
        break;
      }
      // It may die with its last word said: after that it only lets go of the lock.
      const last = reader.events.at(-1);
      expect(last?.type, `dead at change ${nth}`).toBe('run-failed');
      expect(progress.outcome).toBe('failed');
      expect(progress.problem?.code).toBe('run/engine-gone');
      expect(progress.problem?.remedy.text).toContain('sidus resume');
      expect(await session.running()).toBeNull();
    }
  });

  test('its own words are shown where it could still say some', async () => {
    const system = new FakeSystem();
    const session = new Session(system);
    system.dieAt(5);
    const run = await session.begin(two, 'test');
    system.makeNode(`${runDirectory(run)}/engine.log`, 'file', 'the engine\nthe disk is full\n');
    const { problem } = await reading(session, run).ended;
    expect(problem?.detail).toBe('the disk is full\n');
  });

  test('a line that was torn is no event, and neither is a torn character', async () => {
    const system = new FakeSystem();
    const session = new Session(system);
    const path = `${runDirectory('old')}/events.jsonl`;
    const line = (text: string) =>
      `${JSON.stringify({ type: 'output', step: 'a/b', line: text, at: 'x' })}\n`;
    system.makeNode(path, 'file', `${line('grüße')}${line('zwei').slice(0, 20)}`);
    const reader = reading(session, 'old');
    await reader.ended;
    expect(types(reader.events)).toEqual(['output a/b', 'run-failed']);
    // A later engine would begin on a line of its own.
    system.makeNode(path, 'file', `${line('grüße')}{"type":"outp\n${line('drei')}`);
    const again = reading(session, 'old');
    await again.ended;
    expect(again.events.flatMap((event) => ('line' in event ? [event.line] : []))).toEqual([
      'grüße',
      'drei',
    ]);
  });

  test('another that got the lock meanwhile is a problem in the events', async () => {
    const system = new FakeSystem();
    const session = new Session(system);
    const lockHolder = system.lockHolder.bind(system);
    await system.lock('sidus tree shell lab');
    // It is taken between the look and the engine.
    let looks = 0;
    system.lockHolder = async () => (looks++ === 0 ? null : lockHolder());
    const run = await session.begin(two, 'test');
    const { problem, outcome } = await reading(session, run).ended;
    expect(outcome).toBe('failed');
    expect(problem?.code).toBe('run/locked');
    expect(problem?.remedy.text).not.toContain('attach');
    expect(system.text('/one')).toBe('');
  });

  test('a fault of ours is in the events, with its words', async () => {
    const system = new FakeSystem();
    const report = await new Session(system).apply(
      planOf('/', { 'test/odd': [{ kind: 'run', place: 'server', argv: ['odd'], unless: null }] }),
      'test',
      () => undefined,
      never,
    );
    expect(report.outcome).toBe('failed');
    expect(report.problem?.code).toBe('run/bug');
    expect(JSON.stringify(report.problem)).toContain('nobody modelled this command');
    expect(await system.lockHolder()).toBeNull();
  });

  test('a disk that is full stops it, and is said as long as a few bytes fit', async () => {
    const system = new FakeSystem();
    const append = system.append.bind(system);
    let full = false;
    system.append = async (place, path, content, mode) => {
      if (content.includes('step-done')) full = true;
      if (full && content.length > 4 && !content.includes('run-failed')) {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      }
      return append(place, path, content, mode);
    };
    const report = await new Session(system).apply(two, 'test', () => undefined, never);
    expect(report.problem?.code).toBe('run/no-space');
    expect(await system.lockHolder()).toBeNull();
  });
});

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../src/core/event.ts';
import { progressOf } from '../../src/tui/screens/run.ts';
import { failureItems } from '../../src/tui/state/failure.ts';
import { emptyLog, logged, scrolled, visible } from '../../src/tui/state/log-window.ts';
import { emptyPlan } from '../../src/tui/state/plan.ts';
import { begun, withEvents } from '../../src/tui/state/run.ts';
import type { Running } from '../../src/tui/state/state.ts';
import { expectSound, sizes } from '../support/frames.ts';
import { Person } from '../support/person.ts';
import { type Recorded, recorded } from '../support/recorded.ts';

const aim = { purpose: 'site', root: '/', tree: 'minimal' } as const;

let good: Recorded;
let bad: Recorded;
beforeAll(async () => {
  [good, bad] = await Promise.all([recorded('minimal'), recorded('minimal', 'publish')]);
});

const at = (event: Event | undefined): number => Date.parse(event?.at ?? '');

/** Watching a run of the preset minimal that was begun here. */
function watching(
  run: Recorded,
  attached = false,
  purpose: 'build' | 'site' | 'chore' = 'site',
): Person {
  const person = new Person().begin('minimal').press('ctrl-g').choose('See the plan');
  person.tell({
    type: 'site-planned',
    plan: { ...emptyPlan, purpose, plan: run.plan, report: run.report },
    revision: null,
  });
  if (!attached) person.type('apply').press('enter');
  return person.tell({
    type: 'run-begun',
    run: 'r1',
    plan: run.plan,
    durations: new Map(),
    attached,
  });
}

/** Up to the step that is at work at this share of the events. */
function upTo(run: Recorded, share: number): readonly Event[] {
  return run.events.slice(0, Math.floor(run.events.length * share));
}

describe('a recorded run', () => {
  test('in batches of any size it ends as it does event by event', () => {
    const start = begun(aim, 'r1', good.plan, new Map(), false);
    const single = good.events.reduce((now, event) => withEvents(now, [event]), start);
    expect(withEvents(start, good.events)).toEqual(single);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (lengths) => {
        let running = start;
        for (let from = 0, turn = 0; from < good.events.length; turn += 1) {
          const length = lengths[turn % lengths.length] ?? 1;
          running = withEvents(running, good.events.slice(from, from + length));
          from += length;
        }
        expect(running).toEqual(single);
      }),
      { numRuns: 20 },
    );
    expect(single.progress.outcome).toBe('ok');
    const done = Object.entries(single.progress.steps).flatMap(([id, state]) =>
      state === 'done' ? [id] : [],
    );
    expect(done.length).toBeGreaterThan(good.plan.steps.length / 2);
    expect(Object.keys(single.took)).toEqual(done);
    expect(Object.values(single.took).every((seconds) => seconds >= 0)).toBe(true);
  });

  test('how far it is goes from nothing to all, and is never less than nothing or more than all', () => {
    let running: Running = begun(aim, 'r1', good.plan, new Map(), false);
    const shares: number[] = [];
    for (const event of good.events) {
      running = withEvents(running, [event]);
      // The clock of the screen may be behind, or far ahead.
      for (const now of [at(event) - 60_000, at(event), at(event) + 600_000]) {
        const { share, left } = progressOf(running, now);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
        if (left !== null) {
          expect(Number.isFinite(left)).toBe(true);
          expect(left).toBeGreaterThanOrEqual(0);
        }
      }
      shares.push(progressOf(running, at(event)).share);
    }
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBe(1);
  });

  test('a command that says it has done more than all is at all', () => {
    const [step] = good.plan.steps;
    if (step === undefined) throw new Error('a plan has steps');
    const now = '2026-11-21T10:00:00.000Z';
    const running = withEvents(begun(aim, 'r1', good.plan, new Map([[step.id, 1e9]]), false), [
      { type: 'run-started', run: 'r1', steps: good.plan.steps.map(({ id }) => id), at: now },
      { type: 'step-started', step: step.id, at: now },
      { type: 'progress', step: step.id, done: 900, total: 3, note: { text: 'x' }, at: now },
    ]);
    expect(progressOf(running, Date.parse(now) + 1000).share).toBeLessThanOrEqual(1);
    const person = watching(good);
    person.state = { ...person.state, running };
    expect(person.screen().join('\n')).toContain('100 %');
    expect(person.screen().join('\n')).not.toContain('30000 %');
  });

  test('the time that is left is said when there is ground for it, and not in the first seconds', () => {
    const [first] = good.events;
    const half = upTo(good, 0.6);
    const early = withEvents(
      begun(aim, 'r1', good.plan, new Map(), false),
      good.events.slice(0, 3),
    );
    expect(progressOf(early, at(first) + 1000).left).toBeNull();
    const later = withEvents(begun(aim, 'r1', good.plan, new Map(), false), half);
    const now = at(half.at(-1));
    const { share, left } = progressOf(later, now);
    expect(left).toBeCloseTo(((now - at(first)) / 1000 / share) * (1 - share), 6);
    const over = withEvents(begun(aim, 'r1', good.plan, new Map(), false), good.events);
    expect(progressOf(over, now).left).toBeNull();
  });

  test('every frame of it is sound, at every size', () => {
    for (const size of sizes) {
      const person = watching(bad);
      person.tell({ type: 'resized', ...size });
      for (let from = 0; from < bad.events.length; from += 61) {
        const events = bad.events.slice(from, from + 61);
        person.tell(
          { type: 'tick', now: at(events.at(-1)) },
          { type: 'events', run: 'r1', events },
        );
        expectSound(person.state);
      }
      expect(person.state.screen).toBe('failure');
    }
  });

  test('a long silence is said, and a word ends it', () => {
    const events = upTo(good, 0.5);
    const step = events.findLast((event) => event.type === 'step-started');
    if (step?.type !== 'step-started') throw new Error('a step is at work');
    const person = watching(good).tell({ type: 'events', run: 'r1', events });
    const heartbeat = {
      type: 'heartbeat',
      step: step.step,
      silentSeconds: 45,
      at: step.at,
    } as const;
    person.tell({ type: 'events', run: 'r1', events: [heartbeat] });
    expect(person.screen().join('\n')).toContain('45 s without a new line');
    const output = { type: 'output', step: step.step, line: 'there', at: step.at } as const;
    person.tell({ type: 'events', run: 'r1', events: [output] });
    expect(person.screen().join('\n')).not.toContain('without a new line');
  });
});

describe('the log', () => {
  const lines = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `line ${from + index}`);

  test('follows what comes', () => {
    const log = logged(logged(emptyLog, lines(0, 30)), lines(30, 5));
    expect(visible(log, 4)).toEqual(lines(31, 4));
    expect(visible(log, 100)).toEqual(lines(0, 35));
    expect(visible(emptyLog, 4)).toEqual([]);
    expect(logged(log, [])).toBe(log);
  });

  test('whoever scrolled up keeps looking at the same lines', () => {
    const log = scrolled(logged(emptyLog, lines(0, 30)), 10, 4);
    const seen = visible(log, 4);
    expect(seen).toEqual(lines(16, 4));
    expect(visible(logged(log, lines(30, 500)), 4)).toEqual(seen);
  });

  test('cannot be scrolled past its ends', () => {
    const log = logged(emptyLog, lines(0, 30));
    expect(visible(scrolled(log, 1e9, 4), 4)).toEqual(lines(0, 4));
    expect(scrolled(scrolled(log, 3, 4), -1e9, 4).back).toBe(0);
    expect(scrolled(log, 5, 100).back).toBe(0);
  });

  test('keeps the last 2000 lines; where those that were looked at are gone, the oldest are seen', () => {
    const log = logged(scrolled(logged(emptyLog, lines(0, 30)), 20, 4), lines(30, 10_000));
    expect(log.lines).toHaveLength(2000);
    expect(log.dropped).toBe(8030);
    expect(visible(log, 4)).toEqual(lines(8030, 4));
  });

  test('keys scroll it, give it the screen, and follow again', () => {
    const person = watching(good).tell({ type: 'events', run: 'r1', events: upTo(good, 0.9) });
    const log = (): readonly string[] => {
      const frame = expectSound(person.state);
      const rule = frame.body.findIndex(
        (one) => one.kind === 'spans' && one.spans.some(({ text }) => text.includes(' log (')),
      );
      return frame.body
        .slice(rule)
        .map((one) => (one.kind === 'spans' ? (one.spans[1]?.text ?? '') : ''));
    };
    const newest = log();
    person.press('page-up');
    const above = log();
    expect(above).not.toEqual(newest);
    person.tell({ type: 'events', run: 'r1', events: good.events.slice(-200, -100) });
    expect(log().slice(1)).toEqual(above.slice(1));
    expect(person.press('end').state.running?.log.back).toBe(0);
    person.type('l');
    expect(log().length).toBeGreaterThan(newest.length);
    person.press('home').type('f');
    expect(person.state.running?.log.back).toBe(0);
  });
});

describe('Ctrl-C in a run', () => {
  const asked = (): Person =>
    watching(good)
      .tell({ type: 'events', run: 'r1', events: upTo(good, 0.5) })
      .press('ctrl-c');

  test.each(['ctrl-c', 'escape'] as const)('asks; so does %s', (key) => {
    const person = watching(good).press(key);
    expect(person.state.overlay).toEqual({ kind: 'stop', index: 0 });
    expectSound(person.state);
    expect(person.wishes.some(({ wish }) => wish === 'stop-run' || wish === 'exit')).toBe(false);
  });

  test('a choice leaves it running and says how to come back', () => {
    const person = asked().choose('Keep it running');
    expect(person.lastWish).toEqual({
      wish: 'exit',
      code: 0,
      words: ['The run goes on. Come back to it with: sidus attach'],
    });
  });

  test('the first goes on watching, and so do Esc and more Ctrl-C', () => {
    expect(asked().press('enter').state.overlay).toBeNull();
    expect(asked().press('escape').state.overlay).toBeNull();
    const wishes = asked().wishes.length;
    expect(asked().press('ctrl-c', 'ctrl-c').wishes.length).toBe(wishes);
  });

  test('a stop after this step, and now: each is wished for once, and said', () => {
    const after = asked().choose('Stop after this step');
    expect(after.lastWish).toEqual({ wish: 'stop-run', how: 'after-step' });
    expect(after.screen().join('\n')).toContain('It stops after this step');
    const now = asked().choose('Stop now');
    expect(now.lastWish).toEqual({ wish: 'stop-run', how: 'now' });
    expect(now.screen().join('\n')).toContain('Stopping now');
  });

  test('d leaves it alone at once', () => {
    expect(watching(good).type('d').lastWish).toMatchObject({ wish: 'exit', code: 0 });
  });
});

describe('after a run', () => {
  test('that built the tree comes the rehearsal; its answers are kept until they are served', () => {
    const person = watching(good, false, 'build').tell({
      type: 'events',
      run: 'r1',
      events: good.events,
    });
    expect(person.state.screen).toBe('rehearsal');
    expect(person.lastWish).toEqual({ wish: 'rehearse', tree: 'minimal' });
    expect(person.wishes.some(({ wish }) => wish === 'forget-answers')).toBe(false);
  });

  test('that served the clients comes the end; the answers are no draft any more', () => {
    const person = watching(good).tell({ type: 'events', run: 'r1', events: good.events });
    expect(person.state.screen).toBe('done');
    expect(person.wishes.slice(-2)).toEqual([
      { wish: 'forget-answers', root: '/' },
      { wish: 'overlook' },
    ]);
  });

  test('that was only looked at comes what the server does now', () => {
    const person = watching(good, true).tell({ type: 'events', run: 'r1', events: good.events });
    expect(person.state.screen).toBe('done');
    expect(person.lastWish).toEqual({ wish: 'overlook' });
  });

  test('that was a chore comes the dashboard', () => {
    const person = watching(good, false, 'chore');
    person.tell({ type: 'events', run: 'r1', events: good.events });
    expect(person.state.screen).toBe('dashboard');
    expect(person.wishes.some(({ wish }) => wish === 'forget-answers')).toBe(false);
  });
});

describe('a run that failed', () => {
  const failed = (): Person =>
    watching(bad).tell({ type: 'events', run: 'r1', events: bad.events });

  test('says what, why, what to do, and the last lines', () => {
    const person = failed();
    const text = person.screen().join('\n');
    expect(person.state.screen).toBe('failure');
    expect(text).toMatch(/What .*\n/);
    expect(text).toMatch(/To do /);
    expect(text).toContain('published versions are not touched');
    expect(person.wishes.some(({ wish }) => wish === 'forget-answers')).toBe(false);
  });

  test('the rows that are there go to what to do and to the command’s own words', () => {
    const person = failed();
    const text = person.screen().join('\n');
    // Without the run there is no command to be typed: the first row is it.
    expect(text).toContain('choose "Try this step again"');
    expect(text).not.toMatch(/To do [^>]*sidus resume/);
    const [, done] = /(\d+) of \d+ steps are done/.exec(text) ?? [];
    expect(text).toContain(`${done} finished steps are not repeated`);
    const last = person.state.running?.lastLines.at(-1) ?? '';
    expect(last).not.toBe('');
    expect(text).toContain(last.slice(0, 60));
  });

  test('offers to try again, other answers, a shell in the draft, and to stop', () => {
    const person = failed();
    expect(failureItems(person.state).map(({ does }) => does)).toEqual([
      'retry',
      'answers',
      'shell',
      'leave',
    ]);
    expect(failed().press('enter').lastWish).toEqual({
      wish: 'begin-run',
      plan: bad.plan,
      root: '/',
    });
    expect(failed().choose('Open a shell').lastWish).toEqual({
      wish: 'shell',
      tree: 'minimal',
      root: '/',
    });
    const answers = failed().choose('Change the answers');
    expect(answers.state.screen).toBe('questions');
    expect(answers.question).toMatch(/^trees\.minimal\.tree\./);
    const left = failed().choose('Stop here').lastWish;
    expect(left).toMatchObject({ wish: 'exit', code: 1 });
    expect((left as { words: readonly string[] }).words.join('\n')).toContain(
      'The run r1 failed at tree/minimal/version.',
    );
  });

  test('on the server itself has no draft to open a shell in', () => {
    const [step] = bad.plan.steps;
    if (step === undefined) throw new Error('a plan has steps');
    const now = '2026-11-21T10:00:00.000Z';
    const problem = {
      code: 'run/foreign-dhcp',
      summary: { text: 'a' },
      remedy: { text: 'b' },
    } as const;
    const person = watching(bad).tell({
      type: 'events',
      run: 'r1',
      events: [
        { type: 'run-started', run: 'r1', steps: [step.id], at: now },
        { type: 'step-started', step: step.id, at: now },
        { type: 'step-failed', step: step.id, problem, at: now },
        { type: 'run-finished', outcome: 'failed', at: now },
      ],
    });
    expect(failureItems(person.state).map(({ does }) => does)).toEqual([
      'retry',
      'answers',
      'leave',
    ]);
    // The one answer that decides of it.
    expect(person.choose('Change the answers').question).toBe('server.serve.dhcp');
  });

  test('that was stopped goes on, and ends with 130', () => {
    const [started] = bad.events;
    if (started === undefined) throw new Error('a run begins');
    const person = watching(bad).tell({
      type: 'events',
      run: 'r1',
      events: [started, { type: 'run-finished', outcome: 'cancelled', at: started.at }],
    });
    expect(person.screen().join('\n')).toContain('The run was stopped.');
    expect(failureItems(person.state)[0]?.label).toBe('Go on');
    expect(person.press('escape').lastWish).toMatchObject({ wish: 'exit', code: 130 });
  });

  test('that no step ended in says so too', () => {
    const problem = {
      code: 'run/engine-gone',
      summary: { text: 'it is gone' },
      remedy: { text: 'resume' },
    } as const;
    const person = watching(bad).tell({
      type: 'events',
      run: 'r1',
      events: [...upTo(bad, 0.3), { type: 'run-failed', problem, at: '2026-11-21T10:00:00.000Z' }],
    });
    expect(person.state.screen).toBe('failure');
    expect(person.screen().join('\n')).toContain('It is gone.');
    for (const size of sizes) expectSound({ ...person.state, size });
  });
});

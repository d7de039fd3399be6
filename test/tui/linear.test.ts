import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { LinearView, linesOf, spoken } from '../../src/tui/linear.ts';
import type { Outside } from '../../src/tui/outside.ts';
import type { Action } from '../../src/tui/state/action.ts';
import { initialState } from '../../src/tui/state/opening.ts';
import { emptyPlan } from '../../src/tui/state/plan.ts';
import { Store } from '../../src/tui/store.ts';
import { Person } from '../support/person.ts';
import { type Recorded, recorded } from '../support/recorded.ts';

describe('spoken', () => {
  test.each<[string, string[], string[], string[]]>([
    ['nothing, of the same', ['a', 'b'], ['a', 'b'], []],
    ['what is new', ['a', 'b'], ['a', 'c', 'b'], ['c']],
    ['what is there once more', ['a'], ['a', 'a'], ['a']],
    ['nothing, of what went', ['a', 'b'], ['b'], []],
    ['nothing, of another order', ['a', 'b'], ['b', 'a'], []],
    ['no blank line', [], ['', 'a'], ['a']],
  ])('%s', (_, before, now, words) => expect(spoken(before, now)).toEqual(words));
});

let run: Recorded;
// Before the clock stands still: a run takes its time, however little.
beforeAll(async () => {
  run = await recorded('minimal');
});

describe('what a listener hears', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function listening(person: Person) {
    const store = new Store(person.state);
    const heard: string[] = [];
    const view = new LinearView(store, (text) => heard.push(text));
    return {
      heard,
      store,
      view,
      /** Half a second in which this happens. */
      hears: (...actions: readonly Action[]): string => {
        const before = heard.length;
        store.dispatch(...actions);
        vi.advanceTimersByTime(500);
        return heard.slice(before).join('');
      },
    };
  }

  const down = { type: 'key', key: { name: 'down', text: '', ctrl: false } } as const;

  test('the whole screen at first, with its name and its keys', () => {
    const { heard } = listening(new Person().begin('minimal'));
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatch(/^== Network {2}1\/10\n/);
    expect(heard[0]).toMatch(/\nKeys: [\s\S]*Esc\sback/);
  });

  test('the start in one piece, though what it offers is known a moment later', () => {
    const known = new Person();
    const nothing = { rows: null, presets: [], drafts: [], site: null, index: 0 };
    const unknown = new Person();
    unknown.state = { ...known.state, start: nothing };
    const { heard, hears } = listening(unknown);
    expect(heard).toEqual([]);
    expect(hears({ type: 'start-known', start: known.state.start })).toContain('Rehearse here');
    expect(heard).toHaveLength(1);
  });

  test('then only what changed', () => {
    const { hears } = listening(new Person().begin('minimal').goTo('address'));
    const words = hears(down);
    expect(words).toContain('What is the netmask, in bits?');
    expect(words).not.toContain('== ');
    expect(words).not.toContain('name servers');
    expect(words.split('\n').length).toBeLessThan(8);
  });

  test('of a tick, nothing, on any screen that ticks', () => {
    const half = run.events.slice(0, Math.floor(run.events.length / 2));
    const running = new Person()
      .begin('minimal')
      .tell(
        { type: 'run-begun', run: 'r', plan: run.plan, durations: new Map(), attached: false },
        { type: 'events', run: 'r', events: half },
      );
    const done = new Person().begin('minimal');
    done.state = { ...done.state, screen: 'done' };
    for (const person of [running, done, new Person({ state: { screen: 'dashboard' } })]) {
      const { hears } = listening(person);
      const now = Date.parse(half.at(-1)?.at ?? '');
      for (let second = 1; second < 20; second += 1) {
        expect(hears({ type: 'tick', now: now + second * 1000 })).toBe('');
      }
    }
  });

  test('many changes at once are said once', () => {
    const { heard, hears } = listening(new Person().begin('minimal'));
    hears(down, down, down);
    expect(heard).toHaveLength(2);
  });

  test('the last words, when it is closed', () => {
    const { heard, store, view } = listening(new Person().begin('minimal'));
    store.dispatch(down);
    view.close();
    expect(heard).toHaveLength(2);
    store.dispatch(down);
    vi.advanceTimersByTime(1000);
    expect(heard).toHaveLength(2);
  });

  test('no drawing: plain lines, also of a run that draws, and of a plan with folded rows', () => {
    const person = new Person().begin('minimal');
    const { heard, hears } = listening(person);
    hears({ type: 'opened', screen: 'dashboard' });
    hears({
      type: 'preparation-planned',
      plan: {
        ...emptyPlan,
        plan: run.plan,
        report: run.report,
        open: run.plan.steps.map(({ id }) => id),
      },
    });
    hears({ type: 'run-begun', run: 'r', plan: run.plan, durations: new Map(), attached: false });
    const [first] = run.events;
    const step = run.plan.steps[0]?.id ?? 'a/b';
    const line = '\u001b[1;31mred\u001b[0m \u001b]0;title\u0007';
    if (first !== undefined) {
      hears({
        type: 'events',
        run: 'r',
        events: [first, { type: 'output', step, line, at: first.at }],
      });
    }
    hears({ type: 'events', run: 'r', events: run.events.slice(1) });
    const text = heard.join('');
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(text).not.toMatch(/[\u2500-\u259f]/);
    expect(text).not.toMatch(/-{4}/);
  });

  test('a screen that says it is pretending says so to listeners too', () => {
    const outside = { pretending: true, version: '0', root: '/', now: () => new Date(0) };
    const look = { unicode: true, colour: true };
    const state = initialState(outside as unknown as Outside, look, { columns: 80, rows: 24 });
    const heard: string[] = [];
    new LinearView(new Store(state), (words) => heard.push(words)).close();
    expect(heard.join('')).toContain('== Start, pretending: nothing is changed');
    expect(linesOf(state).join('\n')).toContain('server in memory');
  });
});

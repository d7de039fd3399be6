import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { say } from '../../src/core/message.ts';
import type { Problem } from '../../src/core/problem.ts';
import { stepKind } from '../../src/runner/past-durations.ts';
import { emptyPlan } from '../../src/tui/state/plan.ts';
import {
  estimateOf,
  phasesOf,
  planRows,
  shownSeconds,
  stepsToDo,
} from '../../src/tui/state/plan-rows.ts';
import type { Planned } from '../../src/tui/state/state.ts';
import { expectSound, sizes } from '../support/frames.ts';
import { Person } from '../support/person.ts';
import { type Recorded, recorded } from '../support/recorded.ts';

let run: Recorded;
beforeAll(async () => {
  run = await recorded('minimal');
});

const minimal = (more: Partial<Planned> = {}): Planned => ({
  ...emptyPlan,
  plan: run.plan,
  report: run.report,
  ...more,
});

/** In front of a plan of the preset minimal. */
function lookingAt(more: Partial<Planned> = {}): Person {
  const person = new Person().begin('minimal').press('ctrl-g').choose('See the plan');
  return person.tell({ type: 'site-planned', plan: minimal(more), revision: null });
}

const rows = (person: Person) => planRows(person.state.planned ?? emptyPlan);
const begun = (person: Person): number =>
  person.wishes.filter(({ wish }) => wish === 'begin-run').length;

describe('rows', () => {
  test('are the phases at first; each has all its steps, in their order', () => {
    const phases = phasesOf(run.plan);
    expect(phases.flatMap(({ steps }) => steps)).toEqual(run.plan.steps);
    expect(rows(lookingAt()).map(({ text }) => text)).toEqual(phases.map(({ title }) => title));
    expect(phases.map(({ title }) => title)).toContain('Build the tree minimal');
  });

  test('open and shut: Enter, Right and Left; Left on a shut row goes to the row that holds it', () => {
    const person = lookingAt();
    const shut = rows(person);
    person.press('enter', 'down', 'right');
    expect(rows(person).some(({ depth }) => depth === 2)).toBe(true);
    const why = rows(person)[2];
    expect(why).toMatchObject({ depth: 2, foldable: false });
    person.press('left', 'left', 'left');
    expect(rows(person)).toEqual(shut);
    expect(person.state.planned?.index).toBe(0);
  });

  test('all open, nothing is wider than the screen or draws by itself, at every size and row', () => {
    const all = new Set<string>();
    let person = lookingAt();
    for (let depth = 0; depth < 4; depth += 1) {
      for (const { id, foldable } of rows(person)) if (foldable) all.add(id);
      person = lookingAt({ open: [...all] });
    }
    const count = rows(person).length;
    expect(count).toBeGreaterThan(run.plan.steps.length * 3);
    for (const size of sizes) {
      person.tell({ type: 'resized', ...size }).press('home');
      for (let row = 0; row < count; row += 7) {
        expectSound(person.state);
        person.press('down', 'down', 'down', 'down', 'down', 'down', 'down');
      }
    }
    person.press('end');
    expect(person.state.planned?.index).toBe(count - 1);
  });

  test('what would change of a file is shown line by line, and counted', () => {
    const step = run.plan.steps.find(({ effects }) =>
      effects.some((effect) => effect.kind === 'file' && effect.place === 'server'),
    );
    const index = step?.effects.findIndex(
      (effect) => effect.kind === 'file' && effect.place === 'server',
    );
    const effect = step?.effects[index ?? 0];
    if (step === undefined || effect?.kind !== 'file') throw new Error('a plan has files');
    const id = `${step.id}#${index}`;
    const phase = phasesOf(run.plan).find(({ steps }) => steps.includes(step));
    const change = { added: 2, removed: 1, lines: ['@@ -1 +1,2 @@', '-a\tb', '+c\u001b[2J', '+d'] };
    const person = lookingAt({
      open: [phase?.id ?? '', step.id, id],
      changes: { [effect.path]: change },
    });
    expect(rows(person).find((row) => row.id === id)?.note).toBe('+2 -1');
    const lines = rows(person).filter((row) => row.id.startsWith(`${id}#`));
    expect(lines.map(({ text, tone }) => [text, tone])).toEqual([
      ['@@ -1 +1,2 @@', 'dim'],
      ['-a\tb', 'bad'],
      ['+c\u001b[2J', 'good'],
      ['+d', 'good'],
    ]);
    person.state = { ...person.state, size: { columns: 80, rows: 120 } };
    expectSound(person.state);
    expect(person.screen().join('\n')).toMatch(/\+c$/m);
  });

  test('what is so already is said to be so, in every row', () => {
    const person = lookingAt({ report: run.after });
    expect(rows(person).every(({ mark, note }) => mark === 'so' && note === 'already so')).toBe(
      true,
    );
    expect(person.screen().join('\n')).toContain('Nothing to do: all of it is so already.');
  });
});

describe('estimates', () => {
  test('what was timed here counts, by its id before its kind; otherwise what is usual', () => {
    const steps = run.plan.steps.filter(({ id }) => id === 'tree/minimal/bootstrap');
    expect(steps).toHaveLength(1);
    expect(estimateOf(steps, new Map())).toEqual({ seconds: 90, measured: false });
    expect(estimateOf(steps, new Map([['tree/bootstrap', 40]]))).toEqual({
      seconds: 40,
      measured: true,
    });
    expect(
      estimateOf(
        steps,
        new Map([
          ['tree/bootstrap', 40],
          ['tree/minimal/bootstrap', 30],
        ]),
      ).seconds,
    ).toBe(30);
    expect(estimateOf([], new Map())).toEqual({ seconds: 0, measured: true });
  });

  test('only what is to do counts', () => {
    expect(stepsToDo(run.plan, run.report)).toEqual(run.plan.steps);
    expect(stepsToDo(run.plan, null)).toEqual(run.plan.steps);
    expect(stepsToDo(run.plan, run.after)).toEqual([]);
  });

  test.each([
    ['tree/minimal/bootstrap', 'tree/bootstrap'],
    ['serve/exports', 'serve/exports'],
    ['serve/lab/version-3', 'serve/version-3'],
  ])('%s is of the kind %s', (id, kind) => expect(stepKind(id)).toBe(kind));

  test.each([
    [0, '0 s'],
    [44.6, '45 s'],
    [99, '99 s'],
    [100, '2 min'],
    [3600, '60 min'],
    [6000, '1 h 40 min'],
  ])('%d seconds are %s', (seconds, words) => expect(shownSeconds(seconds)).toBe(words));
});

describe('apply', () => {
  test('typed in full, and Enter: the run begins, once', () => {
    const person = lookingAt().type('apply');
    expect(begun(person)).toBe(0);
    person.press('enter');
    expect(person.lastWish).toEqual({ wish: 'begin-run', plan: run.plan, root: '/' });
    person.press('enter', 'enter');
    expect(begun(person)).toBe(1);
  });

  test.each(['a', 'appl', 'applyy', 'Apply', 'apply apply', 'a pply', 'apply;', 'ａpply'])(
    '"%s" begins nothing',
    (text) => expect(begun(lookingAt().type(text).press('enter'))).toBe(0),
  );

  test('whatever is typed that is not the word begins nothing', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        // `a` went to the line already, and is forgiven when it is typed again.
        fc.pre(!['pply', 'apply'].includes(text.trim()));
        const person = lookingAt().type('a');
        person.paste(text === '' ? 'x' : text).press('enter');
        expect(begun(person)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('while it is typed, letters, Home and End are text; Esc takes it back', () => {
    const person = lookingAt().type('asgjkq').press('home', 'delete', 'end', 'backspace');
    expect(person.state.planned?.typed?.text).toBe('sgjk');
    expect(person.state.overlay).toBeNull();
    expect(person.press('escape').state.planned?.typed).toBeNull();
    expect(person.state.screen).toBe('plan');
  });

  test('before the plan is there, or while it is not known how it stands, it begins nothing', () => {
    const person = new Person().begin('minimal').press('ctrl-g').choose('See the plan');
    expect(begun(person.type('apply').press('enter'))).toBe(0);
    expect(begun(lookingAt({ report: null }).type('apply').press('enter'))).toBe(0);
  });

  test('with nothing to do it goes on without a run', () => {
    const person = lookingAt({ report: run.after }).type('apply').press('enter');
    expect(begun(person)).toBe(0);
    expect(person.state.screen).toBe('done');
    expect(person.lastWish).toEqual({ wish: 'overlook' });
  });

  test('a run that was refused leaves the plan where it was, with the reason', () => {
    const person = lookingAt().type('apply').press('enter');
    const problem = {
      code: 'run/locked',
      summary: say('another is at work'),
      remedy: say('wait'),
    } as const;
    person.tell({ type: 'begin-refused', problems: [problem] });
    expect(person.state.screen).toBe('plan');
    expect(person.screen().join('\n')).toContain('Another is at work; wait.');
  });
});

describe('a plan that cannot be made', () => {
  const problem = (at?: string): Problem => ({
    code: 'answers/wrong',
    summary: say('is wrong'),
    remedy: say('mend it'),
    detail: 'E: \u001b[31mits own\twords\n'.repeat(9),
    ...(at === undefined ? {} : { at }),
  });
  const problems = [
    problem('server.network.rangeFirst'),
    problem(),
    problem('trees.other.locale.language'),
    problem('clients.0.mac'),
  ];
  const refused = (): Person => lookingAt({ plan: null, report: null, problems });

  test('says all that is wrong; Enter goes to the question', () => {
    const person = refused();
    for (const size of sizes) expectSound({ ...person.state, size });
    expect(person.screen().join('\n')).toContain('4 things stand in the way');
    person.press('enter');
    expect(person.question).toBe('server.network.rangeFirst');
  });

  test.each([1, 2, 3])('where no question is about it, Enter looks again (%i)', (row) => {
    const person = refused();
    for (let at = 0; at < row; at += 1) person.press('down');
    const wished = person.wishes.length;
    person.press('enter');
    expect(person.state.screen).toBe('plan');
    expect(person.wishes.slice(wished)).toEqual([{ wish: 'make-plan' }]);
  });

  test('begins no run', () => expect(begun(refused().type('apply').press('enter'))).toBe(0));

  test('of a chore goes back to where the chore was asked for', () => {
    const person = new Person({
      state: { screen: 'plan', planned: { ...emptyPlan, purpose: 'chore', problems } },
    });
    expect(person.press('enter').state.screen).toBe('dashboard');
    expect(person.lastWish).toEqual({ wish: 'overlook' });
  });
});

test('a word that is not apply is named, and Down leaves the line', () => {
  const person = lookingAt().type('a').type('pplx').press('enter');
  expect(person.screen().join('\n')).toContain('That says applx. The whole word apply');
  expect(begun(person)).toBe(0);
  expect(person.press('down').state.planned?.typed).toBeNull();
  person.type('app');
  expect(person.screen().join('\n')).not.toContain('That says');
});

test('many notes are a row that opens; a few stand above the plan', () => {
  const notes = (count: number) => Array.from({ length: count }, (_, at) => say(`note ${at}`));
  const few = lookingAt({ plan: { ...run.plan, notes: notes(2) } });
  expect(few.screen().join('\n')).toContain('note 1');
  const many = lookingAt({ plan: { ...run.plan, notes: notes(30) } });
  expect(many.screen().join('\n')).toMatch(/❯ ▸ 30 notes/);
  expect(many.screen().join('\n')).not.toContain('note 1');
  expect(many.press('enter').screen().join('\n')).toContain('note 1');
});

test('Esc goes back to the last topic, with every answer', () => {
  const person = lookingAt().press('escape');
  expect(person.state.screen).toBe('questions');
  expect(person.screen()[0]).toContain('10/10');
});

test('what is saved: the plan as a script, the answers as a site file, under a name that is typed', () => {
  const person = lookingAt().type('s').press('ctrl-u').type('plan q.sh').press('enter');
  expect(person.lastWish).toMatchObject({ wish: 'save-file', path: 'plan q.sh' });
  expect((person.lastWish as { text: string }).text).toMatch(/^#!\/bin\/sh/);
  person.tell({ type: 'file-saved', path: 'plan q.sh' });
  expect(person.screen().join('\n')).toContain('Saved as plan q.sh, in the directory');
  expect(person.screen().join('\n').replace(/\s+/g, ' ')).toContain("`sh 'plan q.sh'`");
  person.press('ctrl-s', 'enter');
  expect(person.lastWish).toMatchObject({ wish: 'save-file', path: 'site.yaml' });
  const there = {
    code: 'request/file-there',
    summary: say('there is one'),
    remedy: say('give another'),
  } as const;
  person.tell({ type: 'file-refused', problem: there });
  expect(person.state.overlay?.kind).toBe('save');
  expect(person.screen().join('\n')).toContain('There is one; give another.');
  // No name is no file.
  const wished = person.wishes.length;
  person.press('ctrl-u', 'enter');
  expect(person.wishes.length).toBe(wished);
  expect(person.screen().join('\n')).toContain('There is no name yet; give one');
});

import { expect, test } from 'vitest';
import { valueAt } from '../../src/planner/form.ts';
import { emptyPlan } from '../../src/tui/state/plan.ts';
import { askedNow, placeOf } from '../../src/tui/state/wizard.ts';
import { expectSound, sizes } from '../support/frames.ts';
import { Person } from '../support/person.ts';

const path = 'trees.minimal.accounts.users';
const users = (person: Person): unknown => valueAt(person.wizard.completed?.values, path);
const names = (person: Person): unknown =>
  (users(person) as readonly { name?: string }[]).map(({ name }) => name);

/** At the list of users of the preset minimal, which has one. */
const list = (): Person =>
  new Person().begin('minimal').press('ctrl-g').choose('Accounts').goTo('users').press('space');

test('an entry is added, filled in, and stands in the list', () => {
  const person = list().choose('Add one');
  expect(placeOf(person.wizard).path).toBe(`${path}.1`);
  person.type('alice').press('enter').type('Alice Liddell').press('enter', 'space', 'space');
  person.press('escape');
  expect(person.screen()[0]).toContain('Accounts: alice');
  person.choose('Done with this entry');
  expect(names(person)).toEqual(['student', 'alice']);
  expect(valueAt(users(person), '1')).toEqual({
    name: 'alice',
    fullName: 'Alice Liddell',
    groups: ['audio'],
    shell: '/bin/bash',
    keys: [],
    uid: null,
  });
  expect(person.screen().join('\n')).toContain('alice');
  expect(person.wizard.completed?.site).not.toBeNull();
  // The row that was left is the one that is come back to.
  expect(person.chosen()).toContain('alice');
  for (const size of sizes) expectSound({ ...person.state, size });
});

test('a new entry has what is usual, and lacks its name alone', () => {
  const person = list().type('a');
  const asked = (): readonly unknown[] =>
    askedNow(person.wizard).map(({ question, value, from, problems }) => [
      question.key,
      value,
      from?.text,
      problems.map(({ code }) => code),
    ]);
  const usual = [
    ['fullName', '', 'usual', []],
    ['groups', [], 'usual', []],
    ['shell', '/bin/bash', 'usual', []],
    ['keys', [], 'usual', []],
  ];
  expect(asked()).toEqual([['name', undefined, undefined, ['answers/missing']], ...usual]);
  expect(person.screen().join('\n')).toContain('This has no answer yet. Lower-case letters');
  person.type('alice');
  expect(asked()).toEqual([['name', 'alice', 'you', []], ...usual]);
});

test('of an entry of the preset, only what was changed is by you', () => {
  const person = list().press('enter', 'down').type(' one');
  const from = askedNow(person.wizard).map(({ question, from }) => [question.key, from?.text]);
  expect(Object.fromEntries(from)).toMatchObject({
    name: 'preset {name}',
    fullName: 'you',
    groups: 'preset {name}',
    shell: 'usual',
  });
});

test('an entry is changed; the others and what it was given before stay', () => {
  const person = list().press('enter').press('ctrl-u').type('bob').press('escape', 'escape');
  expect(names(person)).toEqual(['bob']);
  expect(valueAt(users(person), '0')).toMatchObject({
    fullName: 'Student',
    groups: ['audio', 'video', 'plugdev'],
  });
  expect(person.question).toBe(path);
});

test('a is another, x takes one away, and the list may be empty', () => {
  const person = list()
    .type('a')
    .type('second')
    .press('escape')
    .type('a')
    .type('third')
    .press('escape');
  expect(names(person)).toEqual(['student', 'second', 'third']);
  person.press('up', 'up').type('x');
  expect(names(person)).toEqual(['second', 'third']);
  person.press('delete', 'delete');
  expect(users(person)).toEqual([]);
  // There is nothing left to take away.
  person.press('delete').type('x');
  expect(users(person)).toEqual([]);
  person.choose('Done');
  expect(person.press('ctrl-d').wizard.own).toEqual({});
  expect(names(person)).toEqual(['student']);
});

test.each([
  ['Esc', (person: Person) => person.press('escape')],
  ['the row that goes on', (person: Person) => person.choose('Done with this entry')],
  ['the list of topics', (person: Person) => person.press('ctrl-g').choose('Locale')],
  ['the plan', (person: Person) => person.press('ctrl-g').choose('See the plan')],
])('a new entry that nobody filled in is gone by %s', (_, leave) => {
  const untouched = leave(list().type('a'));
  expect(names(untouched)).toEqual(['student']);
  const wiped = leave(
    list().type('a').type('x').press('backspace', 'enter').type('X').press('ctrl-u'),
  );
  expect(names(wiped)).toEqual(['student']);
});

test('a mistake in an entry is shown in the entry, at its row, and in the topic', () => {
  const person = list().type('a').type('No Name');
  expect(person.screen().join('\n')).toContain('This is not a login name');
  person.press('escape');
  expect(person.chosen()).toContain('No Name');
  expect(person.screen().join('\n')).toContain('This is not a login name');
  person.press('escape');
  expect(person.screen().join('\n')).toContain('This is not a login name');
  expect(person.press('ctrl-g').screen().join('\n')).toMatch(/Accounts +wrong: /);
});

test('the mistake of one entry is not said of another', () => {
  const person = list();
  for (let count = 0; count < 11; count += 1) person.type('a').type(`user${count}`).press('escape');
  person.type('a').type('No Name').press('escape');
  expect(person.chosen()).toContain('No Name');
  for (let row = 0; row < 11; row += 1) person.press('up');
  // The second of twelve: its number is the beginning of that of the last.
  expect(person.chosen()).toContain('user0');
  expect(person.screen().join('\n')).not.toContain('This is not a login name');
});

test('of a long list, the row that was left is the one that is come back to', () => {
  const person = list();
  for (let count = 0; count < 8; count += 1) person.type('a').type(`user${count}`).press('escape');
  expect(person.chosen()).toContain('user7');
  person.press('enter', 'escape');
  expect(person.chosen()).toContain('user7');
});

test('what is wrong in an entry is named by the plan, which leads to it', () => {
  const person = list().press('enter', 'down').type(':').press('ctrl-g').choose('See the plan');
  const problem = person.wizard.completed?.problems[0];
  if (problem === undefined) throw new Error('nothing is wrong');
  person.tell({
    type: 'site-planned',
    revision: null,
    plan: { ...emptyPlan, problems: [problem] },
  });
  expect(person.screen().join('\n').replace(/\s+/g, ' ')).toContain(
    'Accounts: student: What is their full name? This cannot stand in the list of users',
  );
  person.press('enter');
  expect(person.question).toBe(`${path}.0.fullName`);
  // Back over the list, as when one goes there.
  person.press('escape');
  expect(person.chosen()).toContain('student');
});

test('what was taken away is said, with the way back', () => {
  const person = list().type('x');
  expect(person.screen().join('\n')).toContain('Ctrl-D');
  expect(names(person.press('escape', 'ctrl-d'))).toEqual(['student']);
});

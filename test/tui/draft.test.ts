import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Draft } from '../../src/core/preferences.ts';
import { valueAt } from '../../src/planner/form.ts';
import { draftOf, forms, fromDraft, givenOf, placeOf } from '../../src/tui/state/wizard.ts';
import { expectSound } from '../support/frames.ts';
import { Person, presetChoices } from '../support/person.ts';

const users = 'trees.minimal.accounts.users';

/** Somebody who comes back to what was kept. */
function continued(draft: Draft): Person {
  const person = new Person();
  person.draft = draft;
  person.tell({
    type: 'start-known',
    start: { presets: presetChoices, drafts: [{ draft, borrowed: false }] },
  });
  return person.choose('Continue your earlier answers');
}

function given(): Person {
  return new Person()
    .begin('minimal')
    .goTo('domain')
    .type('lab.example.org')
    .press('ctrl-g')
    .choose('Accounts')
    .goTo('users')
    .press('space')
    .type('a')
    .type('alice')
    .press('enter')
    .type('Alice');
}

test('what was kept is, after JSON, the same answers, the same place, the same topics gone through', () => {
  const { wizard, draft } = given();
  const back = fromDraft(JSON.parse(JSON.stringify(draft)), wizard.root);
  expect(givenOf(back)).toEqual(givenOf(wizard));
  expect(JSON.stringify(givenOf(back))).toBe(JSON.stringify(givenOf(wizard)));
  expect(back.own).toEqual(wizard.own);
  expect(back.stack).toEqual(wizard.stack);
  expect(back.seen).toEqual(wizard.seen);
  expect(back.preset).toBe('minimal');
  expect(draftOf(back, 'questions', '2026-11-21T10:00:00.000Z', false)).toEqual(draft);
});

test('and the screen is the same as it was, but for what the preset is called', () => {
  const person = given();
  if (person.draft === null) throw new Error('nothing was kept');
  const back = continued(person.draft);
  expect(back.question).toBe(person.question);
  expect(back.wizard.edit).toEqual(person.wizard.edit);
  expect(back.screen().slice(1)).toEqual(person.screen().slice(1));
});

test('whoever left at the plan comes back to the plan, which is made again', () => {
  const person = new Person().begin('minimal').press('ctrl-g').choose('See the plan');
  if (person.draft === null) throw new Error('nothing was kept');
  const back = continued(person.draft);
  expect(back.state.screen).toBe('plan');
  // And the outside is asked anew: what it says of the answers stands beside the plan.
  expect(back.wishes.map(({ wish }) => wish).slice(-2)).toEqual(['make-plan', 'check-answers']);
});

describe('a draft that does not fit', () => {
  const sound = given().draft as Draft;
  const kept = sound.answers as Record<string, unknown>;
  const first = [{ path: 'server.network', list: null, focus: 0 }];
  const entry = (path: string) => [
    { path: 'trees.minimal.accounts', list: null, focus: 1 },
    { path: 'trees.minimal.accounts', list: 'users', focus: 0 },
    { path, list: null, focus: 0 },
  ];

  test.each<[string, unknown]>([
    ['none', undefined],
    ['null', null],
    ['a text', 'text'],
    ['a list', [1, 2]],
    ['nothing', {}],
    ['a stack that is none', { ...kept, stack: 'top' }],
    ['an empty stack', { ...kept, stack: [] }],
    ['places that are none', { ...kept, stack: [null, 7, {}, { path: 7 }] }],
    [
      'a topic that there is no more',
      { ...kept, stack: [{ path: 'server.gone', list: null, focus: 0 }] },
    ],
    [
      'a tree that there is no more',
      { ...kept, stack: [{ path: 'trees.gone.locale', list: null, focus: 0 }] },
    ],
    ['an entry that there is no more', { ...kept, stack: entry(`${users}.7`) }],
    [
      'an entry of a question that there is no more',
      { ...kept, stack: entry('trees.minimal.accounts.gone.0') },
    ],
    ['an entry of what is no list', { ...kept, stack: entry('trees.minimal.accounts.root.0') }],
    [
      'a list that is none',
      { ...kept, stack: [{ path: 'trees.minimal.accounts', list: 'root', focus: 0 }] },
    ],
    ['an entry without its topic', { ...kept, stack: entry(`${users}.0`).slice(2) }],
    ['a path of no end', { ...kept, stack: [{ path: '..', list: null, focus: 0 }] }],
    [
      'a name that every object has',
      { ...kept, stack: [{ path: 'server.constructor', list: '__proto__', focus: 0 }] },
    ],
  ])('%s: begins at the first question, and what was answered is there', (_, answers) => {
    const person = continued({ ...sound, answers });
    expect(person.state.screen).toBe('questions');
    expect(person.wizard.stack).toEqual(first);
    expectSound(person.state);
    if ((answers as typeof kept | undefined)?.own !== undefined) {
      expect(valueAt(person.wizard.own, 'server.network.domain')).toBe('lab.example.org');
    }
    person.press('enter', 'escape');
  });

  test('a row that there is no more is the last one that there is', () => {
    const far = (focus: number) => ({ ...kept, stack: [{ ...first[0], focus }] });
    expect(placeOf(continued({ ...sound, answers: far(10_000) }).wizard).focus).toBe(8);
    expect(placeOf(continued({ ...sound, answers: far(-5) }).wizard).focus).toBe(0);
  });

  test('whatever a draft holds, nothing throws and the questions can be gone through', () => {
    const place = fc.record(
      {
        path: fc.oneof(
          fc.constantFrom('server.network', 'trees.minimal.accounts', `${users}.0`, users, ''),
          fc.string({ maxLength: 8 }),
        ),
        list: fc.constantFrom(null, 'users', 'root', 7),
        focus: fc.oneof(fc.integer(), fc.constantFrom(0.5, Number.NaN, Number.POSITIVE_INFINITY)),
      },
      { requiredKeys: [] },
    );
    const answers = fc.record(
      {
        base: fc.oneof(fc.jsonValue(), fc.constant(kept.base)),
        own: fc.oneof(
          fc.jsonValue(),
          fc.constant({ server: { network: { address: '\u001b[2J', prefix: [7] } } }),
          fc.constant({
            trees: { minimal: { accounts: { users: [null, 7, 'x', { name: {} }] } } },
          }),
          fc.constant({ server: 7, trees: { minimal: 'x' } }),
        ),
        scope: fc.constantFrom('all', 'trees', 7, null),
        stack: fc.oneof(fc.array(place, { maxLength: 4 }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(answers, fc.jsonValue()),
        fc.constantFrom('minimal', 'gone', '__proto__', ''),
        fc.constantFrom('questions', 'plan', 'nonsense'),
        (held, tree, screen) => {
          const person = continued({ ...sound, answers: held, tree, screen });
          expectSound(person.state);
          for (let key = 0; key < 12; key += 1) {
            person.press(key % 5 === 4 ? 'space' : 'enter');
            expectSound(person.state);
          }
          expect(forms(person.wizard).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('answers of another beginning are set aside, each of them', () => {
  const first = new Person().begin('minimal').goTo('domain').type('lab').draft;
  if (first === null) throw new Error('nothing was kept');
  const setAside = (draft: Draft): Draft | undefined => {
    const person = new Person();
    person.tell({
      type: 'start-known',
      start: { presets: presetChoices, drafts: [{ draft, borrowed: false }] },
    });
    person.choose('Begin without a preset');
    return person.wishes.flatMap((wish) => (wish.wish === 'set-aside' ? [wish.draft] : []))[0];
  };
  const aside = setAside(first);
  const another = setAside({ ...first, preset: null, tree: 'other' });
  expect(aside?.answers).toEqual(first.answers);
  expect(aside?.root).toMatch(/^\/#/);
  // At the same moment, as on a server in memory.
  expect(another?.root).not.toBe(aside?.root);
});

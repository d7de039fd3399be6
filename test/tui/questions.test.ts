import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { factsFrom } from '../../src/core/fact.ts';
import { say } from '../../src/core/message.ts';
import { valueAt } from '../../src/planner/form.ts';
import { frameOf } from '../../src/tui/frame.ts';
import { forms, givenOf, placeOf } from '../../src/tui/state/wizard.ts';
import { presets } from '../support/facts.ts';
import { expectSound, sizes } from '../support/frames.ts';
import { type Key, Person } from '../support/person.ts';

const served = presets.filter((name) => name !== 'rehearsal');

describe.each([...served, null])('the questions of %s', (preset) => {
  test('Enter goes through every question and every topic, and then to the plan', () => {
    const person = new Person().begin(preset);
    const seen: string[] = [];
    const topics = forms(person.wizard).map(({ path }) => path);
    for (let key = 0; key < 200 && person.state.screen === 'questions'; key += 1) {
      seen.push(person.question ?? `${placeOf(person.wizard).path} goes on`);
      for (const size of sizes) expectSound({ ...person.state, size });
      person.press('enter');
    }
    expect(person.state.screen).toBe('plan');
    expect(person.lastWish?.wish).toBe('make-plan');
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((one) => one.endsWith(' goes on'))).toEqual(
      topics.map((path) => `${path} goes on`),
    );
    expect(person.wizard.seen).toEqual(topics);
    // Going through them answered none.
    expect(person.wizard.own).toEqual({});
  });

  test('Esc goes the same way back, topic by topic, to the beginning, and everything is kept', () => {
    const person = new Person().begin(preset);
    person.goTo('domain').type('lab.example.org');
    for (let key = 0; key < 200 && person.screenName === 'questions'; key += 1)
      person.press('enter');
    const back: string[] = [];
    const all = forms(person.wizard).map(({ path }) => path);
    const before = givenOf(person.wizard);
    for (let key = 0; key < 50 && person.screenName !== 'start'; key += 1) {
      person.press('escape');
      if (person.screenName === 'questions') back.push(placeOf(person.wizard).path);
    }
    expect(back).toEqual([...all].reverse());
    person.choose('Continue your earlier answers');
    expect(person.state.screen).toBe('questions');
    expect(givenOf(person.wizard)).toEqual(before);
    expect(valueAt(person.wizard.own, 'server.network.domain')).toBe('lab.example.org');
    expect(person.wizard.seen).toEqual(forms(person.wizard).map(({ path }) => path));
  });
});

describe('an answer that is typed', () => {
  const person = (): Person => new Person().begin('minimal');

  test('is the answer at every letter, is kept at every letter, and said to be yours', () => {
    const one = person().goTo('domain').type('lab');
    expect(valueAt(one.wizard.own, 'server.network.domain')).toBe('lab');
    expect(valueAt(one.draft?.answers, 'own.server.network.domain')).toBe('lab');
    expect(one.wishes.filter(({ wish }) => wish === 'keep-answers').length).toBeGreaterThan(3);
    expect(one.screen().join('\n')).toMatch(/lab.*\(you\)/);
  });

  test('letters that are commands elsewhere are letters', () => {
    const one = person().goTo('domain').type('qgjkwa?/GnN x');
    expect(valueAt(one.wizard.own, 'server.network.domain')).toBe('qgjkwa?/GnN x');
    expect(one.state.overlay).toBeNull();
  });

  test('that is wiped away is what was found out again; where it may be empty, it is empty', () => {
    const one = person().goTo('prefix').type('9');
    expect(valueAt(one.wizard.own, 'server.network.prefix')).toBe(9);
    one.press('backspace');
    expect(valueAt(one.wizard.own, 'server.network.prefix')).toBeUndefined();
    expect(valueAt(one.wizard.completed?.values, 'server.network.prefix')).toBe(24);
    one.goTo('domain').type('x').press('ctrl-u');
    expect(valueAt(one.wizard.own, 'server.network.domain')).toBeNull();
  });

  test('is taken back by Ctrl-D, and the field is as it was', () => {
    const one = person().goTo('prefix').type('9').press('ctrl-d');
    expect(one.wizard.own).toEqual({});
    expect(one.wizard.edit).toEqual({ text: '', cursor: 0 });
    expect(one.screen().join('\n')).toContain('24');
  });

  test('begins with what was found out, when Right is pressed in an empty field', () => {
    const one = person().goTo('address').press('right', 'backspace').type('9');
    const found = String(valueAt(person().wizard.completed?.values, 'server.network.address'));
    expect(valueAt(one.wizard.own, 'server.network.address')).toBe(`${found.slice(0, -1)}9`);
    // Where nothing was found out there is nothing to begin with.
    expect(person().goTo('domain').press('right', 'end').wizard.own).toEqual({});
  });

  test('is edited in its middle, and the answer follows', () => {
    const one = person()
      .goTo('domain')
      .type('lab.org')
      .press('home', 'right', 'delete', 'end', 'backspace');
    expect(valueAt(one.wizard.own, 'server.network.domain')).toBe('lb.or');
    one.press('left', 'left').type('é');
    expect(valueAt(one.wizard.own, 'server.network.domain')).toBe('lb.éor');
  });

  test('that is wrong says what is wrong where help was, and nobody is kept from going on', () => {
    const one = person().goTo('address').type('nonsense');
    expect(one.screen().join('\n')).toContain('This is not an IPv4 address');
    one.press('enter');
    expect(one.question).toBe('server.network.prefix');
    expect(one.screen().join('\n')).toMatch(/!!|✗/);
  });

  test('what two answers have wrong together is said at the answer, and only of these answers', () => {
    const one = person().goTo('rangeFirst');
    const problem = {
      code: 'network/range-taken',
      at: 'server.network.rangeFirst',
      summary: say('somebody has that address'),
      remedy: say('choose another'),
    } as const;
    const { revision } = one.wizard;
    one.tell({ type: 'checked', revision, problems: [problem] });
    expect(one.screen().join('\n')).toContain('Somebody has that address');
    one.type('1').tell({ type: 'checked', revision: 0, problems: [] });
    // An answer to earlier answers is no answer.
    expect(one.wizard.siteProblems).toEqual([problem]);
  });
});

describe('options', () => {
  test('Right, Space and Left go round; the first change is an answer', () => {
    const person = new Person().begin('minimal').choose('Go on').goTo('dhcp');
    const now = (): unknown => valueAt(person.wizard.completed?.values, 'server.serve.dhcp');
    const seen = [now()];
    for (const key of ['right', 'space', 'left'] as const) {
      person.press(key);
      seen.push(now());
    }
    expect(seen).toEqual(['full', 'proxy', 'existing', 'proxy']);
    person.press('ctrl-d');
    expect(now()).toBe('full');
    expect(person.wizard.own).toEqual({});
  });

  test.each([
    ['Tree', 'processors'],
    ['Persistence', 'Where do changes'],
  ])('of %s, one that has no other is not asked', (topic, words) => {
    const person = new Person({ size: { columns: 100, rows: 40 } }).begin('minimal');
    expect(person.press('ctrl-g').choose(topic).screen().join('\n')).not.toContain(words);
  });

  test('one that a site file answers with what there is not is asked', () => {
    const answers = { trees: { lab: { persistence: { layer: 'paper' } } } };
    const person = new Person().tell({
      type: 'answers-given',
      opening: { kind: 'answers', preset: null, answers, original: null },
    });
    person.press('ctrl-g').choose('Persistence').goTo('layer');
    expect(person.screen().join('\n')).toContain('"paper" is no layer');
    person.press('right');
    expect(valueAt(person.wizard.completed?.values, 'trees.lab.persistence.layer')).toBe('memory');
  });

  test('a question that depends on it comes and goes, and keeps its answer meanwhile', () => {
    const person = new Person().begin('minimal').press('ctrl-g').choose('Accounts');
    const keys = (): string => person.screen().join('\n');
    expect(keys()).not.toContain('Which ssh keys let');
    person.goTo('root').press('left');
    expect(keys()).toContain('Which ssh keys let');
    person.goTo('rootKeys').press('space').paste('ssh-ed25519 AAAA a@b').press('enter', 'escape');
    const path = 'trees.minimal.accounts.rootKeys';
    expect(valueAt(person.wizard.own, path)).toEqual(['ssh-ed25519 AAAA a@b']);
    person.goTo('root').press('right');
    expect(keys()).not.toContain('Which ssh keys let');
    expect(valueAt(person.wizard.own, path)).toEqual(['ssh-ed25519 AAAA a@b']);
  });
});

test('before anything is known of the server, nobody goes past a question that was not shown', () => {
  const person = new Person();
  const known = new Person().begin('minimal').wizard;
  person.state = {
    ...person.state,
    screen: 'questions',
    wizard: { ...known, completed: null, facts: null },
  };
  person.press('enter', 'enter', 'down', 'space', 'ctrl-d', 'right').type('x/');
  expect(person.state.screen).toBe('questions');
  expect(placeOf(person.wizard).path).toBe('server.network');
  expect(person.wizard.seen).toEqual([]);
  expect(person.press('escape').state.screen).toBe('start');
});

test('facts that come for another root are not those of these answers', () => {
  const person = new Person().begin('minimal');
  const before = person.wizard;
  person.tell({ type: 'facts-known', root: '/elsewhere', facts: factsFrom(new Map()) });
  expect(person.wizard).toBe(before);
});

test('the list of topics says how each stands, and leads to any, and to the plan', () => {
  const person = new Person().begin('minimal').goTo('address').type('x').press('ctrl-g');
  expect(person.screen().join('\n')).toMatch(/Network +wrong: /);
  person.choose('Locale');
  expect(placeOf(person.wizard).path).toBe('trees.minimal.locale');
  person.press('ctrl-g').choose('See the plan');
  expect(person.state.screen).toBe('plan');
  person.press('ctrl-g').choose('Network');
  expect(person.state.screen).toBe('questions');
  expect(valueAt(person.wizard.own, 'server.network.address')).toBe('x');
});

test('the command that does the same holds all that was answered, quoted for a shell', () => {
  const person = new Person().begin('minimal').goTo('domain').type("it's").press('ctrl-w');
  expect(person.screen().join(' ')).toContain('sidus apply --preset minimal --set');
  expect(person.state.overlay).toMatchObject({
    kind: 'command',
    text: `sidus apply --preset minimal --set 'network.domain="it'\\''s"'`,
  });
  // Any key goes back, as it says there.
  expect(person.type('x').state.overlay).toBeNull();
  expect(person.press('ctrl-w', 'enter').state.overlay).toBeNull();
});

test('the list of keys begins with those of the screen, and its end is the end', () => {
  const person = new Person().begin('minimal').press('ctrl-k');
  expect(person.screen()[1]).toBe(' Questions');
  const end = person.press('end').screen().join('\n');
  expect(end).toContain('What the marks say');
  expect(person.press('up').screen().join('\n')).not.toBe(end);
  expect(person.press('down').screen().join('\n')).toBe(end);
  expect(person.press('home').screen()[1]).toBe(' Questions');
  person.press('escape', 'ctrl-g').choose('See the plan').type('?');
  expect(person.screen()[1]).toMatch(/^ (Plan|Start)/);
});

test('the keys of a menu: Home and End are its ends, and no key leaves them', () => {
  const person = new Person();
  const first = person.chosen();
  expect(person.press('up').chosen()).toBe(first);
  expect(person.press('end').chosen()).toContain('Begin without a preset');
  expect(person.press('down').chosen()).toContain('Begin without a preset');
  expect(person.press('home').chosen()).toBe(first);
  expect(person.begin('minimal').press('ctrl-g', 'end').chosen()).toContain('See the plan');
});

test('nothing is chosen at the start before all rows are known', () => {
  const person = new Person();
  person.tell({ type: 'start-known', start: { presets: [] } }).press('enter');
  expect(person.state.screen).toBe('start');
  expect(person.press('down', 'end', 'up').state.start.index).toBe(0);
});

test('Ctrl-C asks first, also from a list; once more, or the second row, leaves', () => {
  const person = new Person().begin('minimal').press('ctrl-c', 'enter');
  expect(person.state.overlay).toBeNull();
  person.goTo('interfaceName').press('space', 'ctrl-c');
  expect(person.state.overlay).toMatchObject({ kind: 'quit' });
  expect(person.wishes.some(({ wish }) => wish === 'exit')).toBe(false);
  expect(person.press('ctrl-c').lastWish).toMatchObject({ wish: 'exit', code: 130 });
});

test.each([
  [59, 24],
  [80, 15],
  [59, 15],
  [1, 1],
])('%i x %i is too small for a frame', (columns, rows) => {
  const { state } = new Person().begin('minimal');
  expect(frameOf({ ...state, size: { columns, rows } })).toBeNull();
});

/** Whoever types what they like, and tries every key. */
const keys: readonly Key[] = [
  ...(['enter', 'escape', 'up', 'down', 'left', 'right', 'space', 'tab', 'shift-tab'] as const),
  ...(['backspace', 'delete', 'home', 'end', 'page-up', 'page-down'] as const),
  ...(['ctrl-g', 'ctrl-k', 'ctrl-w', 'ctrl-s', 'ctrl-t', 'ctrl-l', 'ctrl-c', 'ctrl-d'] as const),
  ...(['ctrl-u', 'ctrl-a', 'ctrl-e', 'ctrl-b', 'ctrl-z'] as const),
];
const press = fc.constantFrom(...keys).map((key) => ({ key, text: '' }));
const move = fc
  .constantFrom<Key>('enter', 'down', 'up', 'escape', 'space', 'right')
  .map((key) => ({ key, text: '' }));
const words = fc.oneof(
  fc.constantFrom('a', 'x', 'g', '/', 'q', '10.0.0.1', 'apply', 'vim', 'é漢😀', 'ssh-ed25519 AAAA'),
  fc.string({ maxLength: 6, unit: 'grapheme' }),
);
const command = fc.oneof(
  { weight: 3, arbitrary: move },
  { weight: 2, arbitrary: press },
  { weight: 2, arbitrary: words.map((text) => ({ key: 'enter' as Key, text })) },
);

/** Every answer with its path; a list is one answer. */
function leaves(value: unknown, path = ''): ReadonlyMap<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new Map([[path, JSON.stringify(value) ?? '']]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...leaves(inner, path === '' ? key : `${path}.${key}`),
    ]),
  );
}

/** The answer that a key may change here: that of the question in focus, or the list it is in. */
function open({ state, question }: Person): string {
  if (state.wizard === null) return '';
  const { path, list } = placeOf(state.wizard);
  return list === null ? (question ?? path) : `${path}.${list}`;
}

test('whatever is pressed: nothing throws, every frame is sound, and an answer changes only where one is', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...served, null),
      fc.constantFrom(...sizes),
      fc.array(command, { minLength: 10, maxLength: 60 }),
      (preset, size, commands) => {
        const person = new Person({ size }).begin(preset);
        for (const { key, text } of commands) {
          // Esc at the first question leaves them: they are kept, and not here.
          if (person.state.wizard === null) break;
          const { own, base } = person.wizard;
          const answering = ['questions', 'plan'].includes(person.screenName);
          const here = open(person);
          const wished = person.wishes.length;
          if (text === '') person.press(key);
          else if (text.length > 6) person.paste(text);
          else person.type(text);
          expectSound(person.state);
          if (person.state.wizard === null) break;
          if (text === '' && answering) {
            expect(person.wizard.base).toBe(base);
            const before = leaves(own);
            const now = leaves(person.wizard.own);
            for (const at of new Set([...before.keys(), ...now.keys()])) {
              if (before.get(at) === now.get(at) || at === '') continue;
              const isHere = at === here || here.startsWith(`${at}.`) || at.startsWith(`${here}.`);
              if (!isHere) throw new Error(`${at} changed at ${here} by ${key}`);
            }
          }
          if (
            ['up', 'down', 'ctrl-g', 'ctrl-k', 'ctrl-w', 'ctrl-t', 'ctrl-c'].includes(key) &&
            text === ''
          ) {
            expect(person.wizard.own).toBe(own);
          }
          // What one leaves and comes back to is what was left.
          const kept = person.wishes.slice(wished).some(({ wish }) => wish === 'keep-answers');
          if (kept) {
            expect(JSON.stringify(valueAt(person.draft?.answers, 'own'))).toBe(
              JSON.stringify(person.wizard.own),
            );
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});

import { describe, expect, test } from 'vitest';
import { bindings, type Context } from '../../src/tui/key-bindings.ts';
import { chord, type KeyPress, pressed, typed } from '../../src/tui/key-press.ts';
import { commandOf, footer, keysIn, nameOf } from '../../src/tui/keys.ts';
import { contextsOf } from '../../src/tui/state/contexts.ts';
import { emptyPlan } from '../../src/tui/state/plan.ts';
import { rehearsing } from '../../src/tui/state/rehearsal.ts';
import { begun } from '../../src/tui/state/run.ts';
import type { Overlay, State } from '../../src/tui/state/state.ts';
import { editOf } from '../../src/tui/text-edit.ts';
import { directoryAnswers } from '../support/directory.ts';
import { Person } from '../support/person.ts';

/** The key that the table calls so. */
function press(name: string): KeyPress {
  const special: Readonly<Record<string, KeyPress>> = {
    Space: typed(' '),
    Esc: pressed('escape'),
    PgUp: pressed('page-up'),
    PgDn: pressed('page-down'),
    'Shift-Tab': pressed('shift-tab'),
  };
  const known = special[name];
  if (known !== undefined) return known;
  if (name.startsWith('Ctrl-')) return chord(name.slice('Ctrl-'.length).toLowerCase());
  if (name.length === 1) return typed(name);
  return pressed(name.toLowerCase() as KeyPress['name']);
}

const plan = { schema: 1, title: { text: 'x' }, root: '/', steps: [], notes: [] } as const;
const base = new Person().state;
const minimal = (): Person => new Person().begin('minimal');
const at = (topic: string, key: string): State =>
  minimal().press('ctrl-g').choose(topic).goTo(key).state;
const over = (overlay: Overlay): State => ({ ...base, overlay });
const users = new Person().begin('minimal').press('ctrl-g').choose('Accounts').goTo('users');
const aim = { purpose: 'site', root: '/', tree: 'minimal' } as const;
const rehearsal = rehearsing(1, 'minimal', 1, 0);
const planned = { ...base, screen: 'plan', planned: { ...emptyPlan, plan } } as const;
const problem = { code: 'a/b', summary: { text: 'x' }, remedy: { text: 'y' } } as const;

const withDirectory = new Person();
withDirectory
  .tell({
    type: 'answers-given',
    opening: {
      ...{ kind: 'answers', preset: null, original: null },
      answers: { trees: { lab: { directory: directoryAnswers } } },
    },
  })
  .press('ctrl-g')
  .choose('Directory');

/** Every place in which a key can be pressed. */
const places: Readonly<Record<string, State>> = {
  start: base,
  presets: { ...base, screen: 'presets' },
  'a text': at('Network', 'address'),
  'a number': at('Network', 'prefix'),
  'an answer of one’s own': minimal().goTo('domain').type('lab').state,
  'a choice': at('Serving', 'dhcp'),
  'a yes or no': at('Packages', 'recommends'),
  'a list': at('Packages', 'include'),
  'one of a list': at('Locale', 'timezone'),
  records: users.state,
  'a list of records': users.press('space').state,
  'an entry': users.press('enter').state,
  'the row that goes on': minimal()
    .press('up')
    .press(...Array<'down'>(9).fill('down')).state,
  'a plan': planned,
  'typing apply': { ...planned, planned: { ...planned.planned, typed: editOf('a') } },
  'a plan that cannot be made': {
    ...planned,
    planned: { ...emptyPlan, problems: [problem] },
  },
  'a run': { ...base, screen: 'run', running: begun(aim, 'r', plan, new Map(), false) },
  failure: { ...base, screen: 'failure', running: begun(aim, 'r', plan, new Map(), false) },
  'a rehearsal': { ...base, screen: 'rehearsal', rehearsing: rehearsal },
  'a rehearsal that begins': { ...base, screen: 'rehearsal' },
  'a rehearsal that failed': {
    ...base,
    screen: 'rehearsal',
    rehearsing: { ...rehearsal, problem },
  },
  done: { ...base, screen: 'done' },
  dashboard: { ...base, screen: 'dashboard' },
  keys: over({ kind: 'keys', top: 0 }),
  command: over({ kind: 'command', text: 'sidus' }),
  topics: minimal().press('ctrl-g').state,
  picker: minimal().goTo('interfaceName').press('space').state,
  'a picker of several': minimal().goTo('nameservers').press('space').state,
  quit: over({ kind: 'quit', index: 0 }),
  'a topic with a directory': withDirectory.state,
  'trying a login': withDirectory.press('ctrl-o').state,
  'typing a secret': withDirectory.press('escape').press('ctrl-p').state,
  stop: over({ kind: 'stop', index: 0 }),
  save: over({ kind: 'save', what: 'answers', edit: editOf('x'), problem: null }),
};
const all = Object.entries(places).map(([name, state]) => [name, contextsOf(state)] as const);

const allNames = [...new Set(bindings.flatMap(({ keys }) => keys))];

test('no key means two things in one context', () => {
  const meanings = new Map<string, string>();
  for (const { command, keys, where } of bindings) {
    for (const key of keys) {
      for (const context of where) {
        const before = meanings.get(`${context} ${key}`);
        if (before !== undefined)
          throw new Error(`${key} is ${before} and ${command} in ${context}`);
        meanings.set(`${context} ${key}`, command);
      }
    }
  }
});

test.each(all)(
  'at %s a key has one meaning, but for Ctrl-C in a run, which asks of the run',
  (_, contexts) => {
    for (const key of allNames) {
      const commands = bindings
        .filter(
          ({ keys, where }) => keys.includes(key) && where.some((one) => contexts.includes(one)),
        )
        .map(({ command }) => command);
      const distinct = [...new Set(commands)];
      if (distinct.length > 1) expect([key, ...distinct]).toEqual(['Ctrl-C', 'stop', 'quit']);
    }
  },
);

test('every command of the table is reached by every one of its keys, somewhere', () => {
  const reached = new Set(
    all.flatMap(([, contexts]) =>
      allNames.map((key) => `${key} ${commandOf(press(key), contexts)}`),
    ),
  );
  const missing = bindings.flatMap(({ command, keys }) =>
    keys.filter((key) => !reached.has(`${key} ${command}`)).map((key) => `${key} ${command}`),
  );
  expect(missing).toEqual([]);
});

test('every context of the table is somewhere, and each is somewhere the nearest', () => {
  const used = new Set(bindings.flatMap(({ where }) => where));
  const there = new Set(all.flatMap(([, contexts]) => contexts));
  expect([...used].filter((context) => !there.has(context))).toEqual([]);
});

describe.each(
  all.filter(([, contexts]) => contexts.some((one) => ['text', 'picker'].includes(one))),
)('while something is typed, at %s', (name, contexts) => {
  test('no letter, digit or sign is a command', () => {
    for (let code = 33; code < 127; code += 1) {
      const key = String.fromCharCode(code);
      expect([key, commandOf(typed(key), contexts)]).toEqual([key, null]);
    }
    for (const key of ['é', '漢', '😀', 'pasted words', 'q q']) {
      expect(commandOf(typed(key), contexts)).toBeNull();
    }
  });

  test('Space and the keys that move in a line are the line’s', () => {
    const picks = contexts.includes('picker');
    expect(commandOf(typed(' '), contexts)).toBe(picks ? 'toggle' : null);
    for (const key of ['left', 'right', 'delete', 'backspace'] as const) {
      expect(commandOf(pressed(key), contexts)).toBeNull();
    }
    expect(commandOf(pressed('home'), contexts)).toBe(picks ? 'first' : null);
    expect(commandOf(pressed('end'), contexts)).toBe(picks ? 'last' : null);
  });

  test('the footer names no key that is typed', () => {
    const names = keysIn(contexts).flatMap(({ keys }) => keys);
    expect(names.filter((key) => key.length === 1)).toEqual([]);
    expect(names.includes('Space')).toBe(contexts.includes('picker'));
    expect(names).toContain('Esc');
  });

  test('there is a chord for help and for the way out', () => {
    expect(commandOf(chord('k'), contexts)).toBe('keys');
    expect(commandOf(chord('c'), contexts)).toBe('quit');
    expect(name).not.toBe('');
  });
});

test.each(all)('at %s the footer fits its width, and Esc does something', (_, contexts) => {
  for (const width of [58, 78, 118]) {
    const shown = footer(contexts, width);
    const used = shown.reduce(
      (sum, { keys, short }) => sum + (keys[0] ?? '').length + short.length + 3,
      0,
    );
    expect(used).toBeLessThanOrEqual(width);
    expect(shown.length).toBeGreaterThan(0);
  }
  expect(commandOf(pressed('escape'), contexts)).toBe('back');
});

test('what the footer names does what it says', () => {
  for (const [, contexts] of all) {
    for (const { keys, command } of footer(contexts, 400)) {
      expect(commandOf(press(keys[0] ?? ''), contexts)).toBe(command);
    }
  }
});

test.each<[KeyPress, string | null]>([
  [typed('a'), 'a'],
  [typed(' '), 'Space'],
  [typed('ab'), null],
  [typed('😀'), '😀'],
  [chord('c'), 'Ctrl-C'],
  [pressed('escape'), 'Esc'],
  [pressed('shift-tab'), 'Shift-Tab'],
  [pressed('page-up'), 'PgUp'],
  [pressed('up'), 'Up'],
])('%j is called %s', (key, name) => expect(nameOf(key)).toBe(name));

test('no place is without keys, and none needs a key that terminals do not send', () => {
  const sent =
    /^([!-~]|Space|Enter|Esc|Up|Down|Left|Right|Tab|Shift-Tab|PgUp|PgDn|Home|End|Delete|Ctrl-[A-Z])$/;
  expect(allNames.filter((name) => !sent.test(name))).toEqual([]);
  // Ctrl-I is Tab, Ctrl-J and Ctrl-M are Enter, Ctrl-H is Backspace.
  expect(allNames.filter((name) => /^Ctrl-[IJMHQS]$/.test(name))).toEqual(['Ctrl-S']);
  const contexts: readonly Context[] = [];
  expect(commandOf(typed('q'), contexts)).toBeNull();
});

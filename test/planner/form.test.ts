import { describe, expect, test } from 'vitest';
import { say } from '../../src/core/message.ts';
import type { Question } from '../../src/core/question.ts';
import { overlaid } from '../../src/planner/answers.ts';
import { complete } from '../../src/planner/complete.ts';
import { firstFacts } from '../../src/planner/derive.ts';
import {
  type Asked,
  askedIn,
  type Form,
  formsOf,
  parsedText,
  problemsAt,
  recordForm,
  shownValue,
  valueAt,
  withAnswer,
} from '../../src/planner/form.ts';
import { fixedFacts } from '../support/facts.ts';

const facts = fixedFacts(firstFacts());

function topic(name: string): Form {
  const form = formsOf('lab', 'all').find((one) => one.topic === name);
  if (form === undefined) throw new Error(`there is no topic ${name}`);
  return form;
}

function question(path: string): Question {
  const [name = '', key = ''] = path.split('.');
  const found = topic(name).questions.find((one) => one.key === key);
  if (found === undefined) throw new Error(`there is no question ${path}`);
  return found;
}

/** The questions of a topic as they stand, with a preset `base` and what a person gave. */
function asked(name: string, base: unknown, own: unknown): ReadonlyMap<string, Asked> {
  const completed = complete(overlaid(overlaid({ trees: { lab: {} } }, base), own), facts);
  const all = askedIn(topic(name), completed, { base, baseName: say('preset p'), own });
  return new Map(all.map((one) => [one.question.key, one]));
}

describe('forms', () => {
  test('are the topics of the server and of one tree, in their order; or those of the tree alone', () => {
    const paths = formsOf('lab', 'all').map(({ path }) => path);
    expect(paths.slice(0, 3)).toEqual(['server.network', 'server.serve', 'trees.lab.tree']);
    expect(formsOf('lab', 'trees').map(({ path }) => path)).toEqual(
      paths.filter((path) => path.startsWith('trees.lab.')),
    );
  });

  test('ask what few people need only where the answer is not the usual one, or is wrong', () => {
    const shown = (timeServers: unknown): boolean =>
      asked('network', {}, { server: { network: { timeServers } } }).has('timeServers');
    expect(asked('network', {}, {}).has('timeServers')).toBe(false);
    expect(shown([])).toBe(false);
    expect(shown(['ntp.example.org'])).toBe(true);
    expect(shown(['n t p'])).toBe(true);
  });

  test('of a record has its fields, under its place in the list', () => {
    const form = recordForm(topic('accounts'), question('accounts.users'), 2, 'alice');
    expect(form.path).toBe('trees.lab.accounts.users.2');
    expect(form.title).toBe('Accounts: alice');
    expect(form.questions.map(({ key }) => key)).toEqual([
      'name',
      'fullName',
      'groups',
      'shell',
      'uid',
      'keys',
    ]);
  });
});

describe('valueAt', () => {
  test.each([
    [{ a: { b: 1 } }, 'a.b', 1],
    [{ a: [{ b: 'x' }] }, 'a.0.b', 'x'],
    [{ a: null }, 'a', null],
    [{ a: null }, 'a.b', undefined],
    [{ a: 'text' }, 'a.length', undefined],
    [{ a: [] }, 'a.0', undefined],
    [undefined, 'a', undefined],
    [{ a: 1 }, '', undefined],
  ])('of %j at %s', (root, path, value) => expect(valueAt(root, path)).toEqual(value));

  test.each(['__proto__', 'constructor', 'a.__proto__', 'a.constructor.name', 'toString'])(
    'does not see what every object has: %s',
    (path) => expect(valueAt({ a: {} }, path)).toBeUndefined(),
  );
});

describe('withAnswer', () => {
  test('puts an answer in, at any depth, and leaves the old answers alone', () => {
    const own = { server: { network: { prefix: 24 } } };
    const more = withAnswer(own, {}, 'trees.lab.locale.keyboard', 'fr');
    expect(more).toEqual({ ...own, trees: { lab: { locale: { keyboard: 'fr' } } } });
    expect(own).toEqual({ server: { network: { prefix: 24 } } });
  });

  test('another answer takes the place of the first: the order is that of giving', () => {
    let own: unknown = {};
    for (const [path, value] of [
      ['server.network.address', 'a'],
      ['server.network.prefix', 8],
      ['server.serve.dhcp', 'full'],
      ['server.network.address', 'b'],
    ] as const) {
      own = withAnswer(own, {}, path, value);
    }
    expect(JSON.stringify(own)).toBe(
      '{"server":{"network":{"address":"b","prefix":8},"serve":{"dhcp":"full"}}}',
    );
  });

  test('undefined takes an answer back, with the groups that are empty then', () => {
    const own = {
      server: { network: { prefix: 24 } },
      trees: { lab: { locale: { keyboard: 'fr' } } },
    };
    expect(withAnswer(own, {}, 'server.network.prefix', undefined)).toEqual({ trees: own.trees });
    expect(withAnswer(own, {}, 'server.network.address', undefined)).toEqual(own);
    expect(withAnswer({}, {}, 'server.network.address', undefined)).toEqual({});
  });

  test('null, no, nothing and an empty list are answers', () => {
    for (const value of [null, false, '', []]) {
      const own = withAnswer({}, {}, 'server.network.router', value);
      expect(valueAt(own, 'server.network.router')).toEqual(value);
    }
  });

  const values = {
    trees: { lab: { accounts: { users: [{ name: 'a', groups: ['x'] }, { name: 'b' }] } } },
  };
  const users = 'trees.lab.accounts.users';

  test('a list is answered whole: what is in it and was not given comes from what is known', () => {
    const own = withAnswer({}, values, `${users}.1.fullName`, 'B');
    expect(valueAt(own, users)).toEqual([
      { name: 'a', groups: ['x'] },
      { name: 'b', fullName: 'B' },
    ]);
    expect(valueAt(values, users)).toEqual([{ name: 'a', groups: ['x'] }, { name: 'b' }]);
  });

  test('a list in a record is answered with the list that holds the record', () => {
    const own = withAnswer({}, values, `${users}.0.groups`, ['x', 'y']);
    expect(valueAt(own, `${users}.0`)).toEqual({ name: 'a', groups: ['x', 'y'] });
    const less = withAnswer(own, overlaid(values, own), `${users}.0.groups`, undefined);
    expect(valueAt(less, users)).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  test('an entry keeps its place, even an empty one', () => {
    const own = withAnswer({}, values, `${users}.0.name`, undefined);
    const less = withAnswer(own, overlaid(values, own), `${users}.0.groups`, undefined);
    expect(valueAt(less, users)).toEqual([{}, { name: 'b' }]);
  });

  test('an answer to an entry that is not there changes none', () => {
    const own = withAnswer({}, values, `${users}.7.name`, 'x');
    expect(valueAt(own, users)).toEqual(valueAt(values, users));
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString'])(
    'the key %s is one like any other, and changes no other object',
    (key) => {
      const own = withAnswer({}, {}, `trees.${key}.polluted`, 'yes');
      expect(valueAt(own, `trees.${key}.polluted`)).toBe('yes');
      const again = withAnswer(own, {}, `trees.${key}.polluted`, 'no');
      expect(valueAt(again, `trees.${key}.polluted`)).toBe('no');
      expect(withAnswer(again, {}, `trees.${key}.polluted`, undefined)).toEqual({});
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
  );

  test('answers that are no answers give way', () => {
    for (const own of ['text', 7, null, [1, 2], { server: 'text' }]) {
      const more = withAnswer(own, {}, 'server.network.prefix', 24);
      expect(valueAt(more, 'server.network.prefix')).toBe(24);
    }
  });
});

describe('who says so', () => {
  test('you, before the preset, before what was found out, before what is usual', () => {
    const base = { server: { network: { prefix: 20, domain: 'base.example' } } };
    const own = { server: { network: { prefix: 22 } } };
    const from = (key: string): string => {
      const { text = 'nobody', values = {} } = asked('network', base, own).get(key)?.from ?? {};
      return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
    };
    expect(from('prefix')).toBe('you');
    expect(from('domain')).toBe('preset p');
    expect(from('interfaceName')).toBe('detected: lan0');
    expect(from('rangeFirst')).toBe('free in the network of the server');
    expect(from('router')).toBe('usual');
  });

  test('an answer that is taken back is the preset’s again, and then what was found out', () => {
    const base = { server: { network: { prefix: 20 } } };
    const own = withAnswer(
      { server: { network: { prefix: 22 } } },
      {},
      'server.network.prefix',
      undefined,
    );
    expect(asked('network', base, own).get('prefix')).toMatchObject({
      value: 20,
      from: { text: 'preset p' },
    });
    expect(asked('network', {}, own).get('prefix')).toMatchObject({ value: 24 });
    expect(asked('network', {}, own).get('prefix')?.from?.text).toContain('detected');
  });

  test('nobody, of what has no answer', () => {
    const completed = complete(
      { trees: { lab: {} } },
      fixedFacts(firstFacts(), { 'network/interfaces': [] }),
    );
    const [card] = askedIn(topic('network'), completed, { base: {}, baseName: say('p'), own: {} });
    expect(card).toMatchObject({ value: undefined, from: null });
    expect(card?.problems.map(({ code }) => code)).toEqual(['answers/missing']);
  });

  test('you, of an answer that is wrong; it is shown as it was given, with what is wrong', () => {
    const own = { server: { network: { address: 'nonsense' } } };
    const address = asked('network', {}, own).get('address');
    expect(address).toMatchObject({ value: 'nonsense', from: { text: 'you' } });
    expect(address?.problems.map(({ code }) => code)).toEqual(['answers/wrong']);
  });
});

test('a question that depends on another is asked when that has the answer for it', () => {
  const keys = (root: string): readonly string[] => [
    ...asked('accounts', {}, { trees: { lab: { accounts: { root } } } }).keys(),
  ];
  expect(keys('locked')).toEqual(['root', 'users']);
  expect(keys('password')).toEqual(['root', 'users']);
  expect(keys('key')).toEqual(['root', 'rootKeys', 'users']);
});

test('problems of an answer are those about it or about something in it', () => {
  const at = (path: string) =>
    ({ code: 'a/b', summary: say('x'), remedy: say('y'), at: path }) as const;
  const all = [at('a.b'), at('a.b.0.c'), at('a.bc'), at('a')];
  expect(problemsAt(all, 'a.b').map((one) => one.at)).toEqual(['a.b', 'a.b.0.c']);
  expect(problemsAt([{ code: 'a/b', summary: say('x'), remedy: say('y') }], 'a')).toEqual([]);
});

describe('parsedText', () => {
  test.each([
    ['network.prefix', '24', 24],
    ['network.prefix', '-1', -1],
    ['network.prefix', '24 ', '24 '],
    ['network.prefix', '0x18', '0x18'],
    ['network.prefix', '1e3', '1e3'],
    ['network.prefix', '9'.repeat(30), '9'.repeat(30)],
    ['network.prefix', 'many', 'many'],
    // Nothing was typed: what is found out or usual counts.
    ['network.prefix', '', undefined],
    ['network.address', '', undefined],
    // It may be left empty, and then is.
    ['network.router', '', null],
    ['network.domain', '', null],
    ['locale.keyboardVariant', '', ''],
    ['network.address', '10.0.0.1', '10.0.0.1'],
    ['network.address', ' ', ' '],
  ])('of %s, %j is %j', (path, text, value) => {
    expect(parsedText(question(path), text)).toEqual(value);
  });
});

describe('shownValue', () => {
  test.each([
    ['packages.recommends', true, 'yes'],
    ['packages.recommends', false, 'no'],
    ['network.nameservers', ['1.1.1.1', '2.2.2.2'], '1.1.1.1, 2.2.2.2'],
    ['network.nameservers', [], ''],
    ['network.prefix', 24, '24'],
    ['network.router', null, ''],
    ['network.router', undefined, ''],
    ['accounts.users', [{ name: 'alice' }, { name: 'bob' }], 'alice, bob'],
    ['accounts.users', [{}, null, 7], '?, ?, ?'],
  ])('of %s, %j is "%s"', (path, value, text) => {
    expect(shownValue(question(path), value)).toBe(text);
  });
});

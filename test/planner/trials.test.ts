import { describe, expect, test } from 'vitest';
import { factsFrom } from '../../src/core/fact.ts';
import { say } from '../../src/core/message.ts';
import type { Problem } from '../../src/core/problem.ts';
import type { Trial, Verdict } from '../../src/core/trial.ts';
import { nameservers } from '../../src/features/network-facts.ts';
import { overlaid } from '../../src/planner/answers.ts';
import { complete } from '../../src/planner/complete.ts';
import { firstFacts } from '../../src/planner/derive.ts';
import { valueAt } from '../../src/planner/form.ts';
import { remarksOf, trialsOf } from '../../src/planner/trials.ts';
import { Session } from '../../src/runner/session.ts';
import { Pretend } from '../../src/system/pretend.ts';
import { fixedFacts } from '../support/facts.ts';
import { answersWith, everything, fieldsOf } from '../support/fields.ts';

const facts = fixedFacts(firstFacts());
const problem = (at?: string): Problem => ({
  code: 'test/wrong',
  summary: say('is wrong'),
  remedy: say('mend it'),
  ...(at === undefined ? {} : { at }),
});

function tried(answers: unknown, more: readonly Problem[] = []): readonly string[] {
  const { values, problems } = complete(answers, facts);
  return trialsOf(values, [...problems, ...more]).map(({ at }) => at);
}

const ofServer = ['server.network.interfaceName', 'server.network.rangeFirst', 'server.serve.dhcp'];
const ofTree = [
  'trees.lab.tree.mirror',
  'trees.lab.tree.securityMirror',
  'trees.lab.packages.include',
  ...['uris', 'authority', 'base', 'filter', 'bindDn'].map((key) => `trees.lab.directory.${key}`),
  'trees.lab.homes.path',
  'trees.lab.homes.shares',
];

describe('trialsOf', () => {
  test('all, when all is sound', () => {
    expect(tried(everything)).toEqual([...ofServer, ...ofTree]);
  });

  test.each([
    ['a tree', { trees: { lab: { tree: { suite: 'noble' } } } }],
    ['a package', { trees: { lab: { packages: { include: ['No Name'] } } } }],
    ['a client', { clients: [{ mac: 'x' }] }],
    ['a client that is none', { clients: [null, 7] }],
    ['clients', { clients: 'many' }],
    ['a group', { groups: { room: { tree: 7 } } }],
    ['trees', { trees: 'many' }],
    ['what was never asked', { nonsense: 1 }],
  ])('only the server’s, when something is wrong with %s', (_, wrong) => {
    expect(tried(overlaid(everything, wrong))).toEqual(ofServer);
  });

  test.each([
    ['the network', { server: { network: { prefix: 99 } } }],
    ['how it serves', { server: { serve: { dhcp: 'perhaps' } } }],
    ['all of it', { server: 'yes' }],
  ])('none, when something is wrong with the server: %s', (_, wrong) => {
    expect(tried(overlaid(everything, wrong))).toEqual([]);
  });

  test('faults that only the answers together have count, and obstacles do not', () => {
    expect(tried(everything, [problem('server.network.rangeFirst')])).toEqual([]);
    expect(tried(everything, [problem('trees.lab.packages.include')])).toEqual(ofServer);
    expect(tried(everything, [problem()])).toEqual([...ofServer, ...ofTree]);
  });

  test('no answer makes it throw', () => {
    for (const field of fieldsOf()) {
      for (const value of [undefined, null, 7, '', [], {}, 'x y', ['x y', null]]) {
        expect(() => tried(answersWith(field, value))).not.toThrow();
      }
    }
    for (const all of [null, 7, 'x', [], {}, { server: {}, trees: {} }]) {
      expect(() => tried(all)).not.toThrow();
    }
  });

  test('what another answer changes is another fact', () => {
    const id = (at: string, more: unknown) => {
      const { values, problems } = complete(overlaid(everything, more), facts);
      const trial = trialsOf(values, problems).find((one) => one.at === at);
      return trial?.fact.id;
    };
    const all: readonly (readonly [string, unknown])[] = [
      ['server.network.rangeFirst', { server: { network: { rangeLast: '192.168.67.150' } } }],
      ['server.serve.dhcp', { server: { network: { interfaceName: 'lan1' } } }],
      ['trees.lab.tree.mirror', { trees: { lab: { tree: { suite: 'bookworm' } } } }],
      ['trees.lab.packages.include', { trees: { lab: { packages: { include: ['vim'] } } } }],
    ];
    for (const [at, more] of all) {
      expect(id(at, more)).toBeDefined();
      expect(id(at, more)).not.toBe(id(at, {}));
    }
    // Who gives the addresses is judged by the same answer of the wire.
    const existing = { server: { serve: { dhcp: 'existing' } } };
    expect(id('server.serve.dhcp', existing)).toBe(id('server.serve.dhcp', {}));
  });
});

describe('remarksOf', () => {
  const trial = (id: string, at: string, verdict: Verdict): Trial => ({
    at,
    title: say('trying'),
    fact: {
      id,
      source: { kind: 'user' },
      otherwise: null,
      parse: (text) => text,
    },
    verdict: () => verdict,
  });
  const good = { good: say('fine') };
  const bad = { warning: problem('a') };
  const there = factsFrom(
    new Map([
      ['one', null],
      ['two', null],
    ]),
  );

  test('leaves out what is not there yet, and what has nothing to say', () => {
    expect(remarksOf([trial('three', 'a', good), trial('one', 'b', null)], there)).toEqual({});
    expect(remarksOf([trial('one', 'a', good)], there)).toEqual({ a: good });
  });

  test('a warning is not hidden by something good', () => {
    expect(remarksOf([trial('one', 'a', bad), trial('two', 'a', good)], there)).toEqual({ a: bad });
    expect(remarksOf([trial('one', 'a', good), trial('two', 'a', bad)], there)).toEqual({ a: bad });
  });
});

test('on a pretended server, of what is offered every trial has something good to say', async () => {
  const session = new Session(new Pretend({ failing: null, haste: 1, sleep: async () => {} }));
  const facts = await session.gather(firstFacts());
  // Its name server lies behind a router that clients do not have: it is not offered to them.
  expect(facts.get(nameservers)).toEqual(['192.168.1.1']);
  const { directory } = everything.trees.lab;
  session.giveSecret('lab.directory', 'of clients');
  const { values, problems } = complete({ trees: { lab: { directory } } }, facts);
  expect(valueAt(values, 'server.network.nameservers')).toEqual([]);
  const trials = trialsOf(values, problems);
  const remarks = remarksOf(trials, await session.gather(trials.map(({ fact }) => fact)));
  // Homes elsewhere are no one's guess: of what is offered there are none.
  const offered = ofTree.filter((at) => !at.startsWith('trees.lab.homes.'));
  expect(Object.keys(remarks).sort()).toEqual([...ofServer, ...offered].sort());
  expect(Object.keys(remarks).filter((at) => !('good' in (remarks[at] ?? {})))).toEqual([]);
});

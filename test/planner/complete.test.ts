import { describe, expect, test } from 'vitest';
import { render } from '../../src/core/message.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { obstacleFacts } from '../../src/features/obstacles.ts';
import { parseAnswers, withSetting } from '../../src/planner/answers.ts';
import { complete } from '../../src/planner/complete.ts';
import { firstFacts, furtherFacts, problemsOf } from '../../src/planner/derive.ts';
import { fixedFacts } from '../support/facts.ts';

const first = [...firstFacts(), ...obstacleFacts];

/** `path code` of everything that is wrong with these answers. */
function wrong(answers: unknown, known: Record<string, unknown> = {}): readonly string[] {
  const { site, problems } = complete(answers, fixedFacts(first, known));
  const all =
    site === null
      ? problems
      : problemsOf(site, fixedFacts([...first, ...furtherFacts(site)], known));
  for (const { summary, remedy } of all) {
    expect(render(summary)).not.toMatch(/\{\w+\}/);
    expect(render(remedy)).not.toMatch(/\{\w+\}/);
    expect(render(remedy).length).toBeGreaterThan(5);
  }
  return all.map(({ at, code }) => `${at} ${code}`);
}

const tree = (topics: unknown): unknown => ({ trees: { sidus: topics } });
const network = (answers: unknown): unknown => ({
  server: { network: answers },
  trees: { sidus: {} },
});

describe('bad answers', () => {
  test.each([
    ['suite', tree({ tree: { suite: 'forky' } }), 'trees.sidus.tree.suite answers/wrong'],
    [
      'suite never heard of',
      tree({ tree: { suite: 'x\ny' } }),
      'trees.sidus.tree.suite answers/wrong',
    ],
    [
      'architecture',
      tree({ tree: { architecture: 'arm64' } }),
      'trees.sidus.tree.architecture answers/wrong',
    ],
    [
      'locale',
      tree({ locale: { language: 'fr_FX.UTF-8' } }),
      'trees.sidus.locale.language answers/wrong',
    ],
    [
      'timezone',
      tree({ locale: { timezone: 'Austin' } }),
      'trees.sidus.locale.timezone answers/wrong',
    ],
    [
      'retired timezone',
      tree({ locale: { timezone: 'US/Central' } }),
      'trees.sidus.locale.timezone answers/wrong',
    ],
    [
      'keyboard',
      tree({ locale: { keyboard: 'azerty' } }),
      'trees.sidus.locale.keyboard answers/wrong',
    ],
    [
      'variant',
      tree({ locale: { keyboard: 'fr', keyboardVariant: 'qwerty' } }),
      'trees.sidus.locale.keyboardVariant locale/unknown-variant',
    ],
    [
      'package name',
      tree({ packages: { include: ['foo; rm -rf /'] } }),
      'trees.sidus.packages.include.0 answers/wrong',
    ],
    [
      'option as package',
      tree({ packages: { include: ['-oDebug=1'] } }),
      'trees.sidus.packages.include.0 answers/wrong',
    ],
    ['mirror', tree({ tree: { mirror: 'http://x/"\n' } }), 'trees.sidus.tree.mirror answers/wrong'],
    [
      'elsewhere',
      network({ address: '10.9.9.9' }),
      'server.network.address network/address-elsewhere',
    ],
    [
      'range with server',
      network({ rangeFirst: '192.168.67.1' }),
      'server.network.rangeFirst network/range-taken',
    ],
    [
      'range elsewhere',
      network({ rangeLast: '192.168.68.4' }),
      'server.network.rangeLast network/range-elsewhere',
    ],
    [
      'range backwards',
      network({ rangeFirst: '192.168.67.9', rangeLast: '192.168.67.8' }),
      'server.network.rangeLast network/range-backwards',
    ],
    [
      'broadcast',
      network({ rangeLast: '192.168.67.255' }),
      'server.network.rangeLast network/range-not-a-host',
    ],
    ['tree name up', { trees: { '../etc': {} } }, 'trees answers/tree-name'],
    ['tree name with space', { trees: { 'a b': {} } }, 'trees answers/tree-name'],
    ['tree name with quote', { trees: { "a'b": {} } }, 'trees answers/tree-name'],
    ['tree name with line', { trees: { 'a\nb': {} } }, 'trees answers/tree-name'],
    ['unknown topic', tree({ locales: {} }), 'trees.sidus.locales answers/unknown-key'],
    [
      'unknown question',
      tree({ locale: { langauge: 'C.UTF-8' } }),
      'trees.sidus.locale.langauge answers/unknown-key',
    ],
    [
      'wrong type',
      tree({ packages: { include: 'less' } }),
      'trees.sidus.packages.include answers/wrong',
    ],
    ['wrong type of topic', tree({ packages: 7 }), 'trees.sidus.packages answers/wrong'],
    ['no tree', {}, 'trees answers/no-tree'],
    ['not answers', 'hello', 'undefined answers/wrong'],
    [
      'user twice',
      tree({ accounts: { users: [{ name: 'ada' }, { name: 'ada' }] } }),
      'trees.sidus.accounts.users.1.name accounts/twice',
    ],
    [
      'system user',
      tree({ accounts: { users: [{ name: 'daemon' }] } }),
      'trees.sidus.accounts.users.0.name accounts/system-user',
    ],
    [
      'root without key',
      tree({ accounts: { root: 'key' } }),
      'trees.sidus.accounts.rootKeys accounts/no-root-key',
    ],
    [
      'firmware left out',
      tree({ tree: { components: ['main'] }, hardware: { extras: ['firmware'] } }),
      'trees.sidus.tree.components hardware/no-component',
    ],
    [
      'client of no group',
      { trees: { sidus: {} }, clients: [{ mac: '52:54:00:00:00:01', name: 'a', group: 'b' }] },
      'clients.0.group answers/no-such-group',
    ],
    [
      'client twice',
      {
        trees: { sidus: {} },
        clients: [
          { mac: '52:54:00:00:00:01', name: 'a' },
          { mac: '52:54:00:00:00:01', name: 'b' },
        ],
      },
      'clients.1.mac answers/client-twice',
    ],
  ])('%s', (_, answers, expected) => {
    expect(wrong(answers)).toContain(expected);
  });

  test('all of them at once', () => {
    const answers = {
      server: { network: { address: 'x', prefix: 99 } },
      trees: { 'no name': { tree: { suite: 'etch' }, locale: { timezone: 'Nowhere' } } },
      bogus: true,
    };
    expect(wrong(answers).length).toBeGreaterThanOrEqual(6);
  });

  test('what was neither given nor found is asked for, by name', () => {
    const found = wrong(tree({}), { 'tree/server-archives': [], 'network/interfaces': [] });
    expect(found).toContain('trees.sidus.tree.mirror answers/missing');
    expect(found).toContain('server.network.interfaceName answers/missing');
  });

  test('good answers have no problem', () => {
    expect(wrong(tree({}))).toEqual([]);
  });

  test('a draft of another suite is not turned into this one', () => {
    expect(
      wrong(tree({ tree: { suite: 'bookworm' } }), { 'tree/sidus/suite': 'trixie' }),
    ).toContain('trees.sidus.tree.suite tree/other-suite');
  });
});

describe('what is found out', () => {
  const cards = [
    { name: 'uplink0', address: '10.1.2.3', prefix: 16 },
    { name: 'class0', address: '192.168.67.1', prefix: 24 },
    { name: 'docker0', address: '172.17.0.1', prefix: 16 },
  ];
  const found = (known: Record<string, unknown>) =>
    complete(tree({}), fixedFacts(first, known)).site?.server.network;

  test('never the card that leads to the router, as long as there is another', () => {
    const known = { 'network/interfaces': cards, 'network/uplink': 'uplink0' };
    expect(found(known)).toMatchObject({ interfaceName: 'class0', address: '192.168.67.1' });
  });
  test('nothing where there is a doubt: then it is asked', () => {
    expect(wrong(tree({}), { 'network/interfaces': cards })).toContain(
      'server.network.interfaceName answers/missing',
    );
  });
  test('a range without server, router and name servers, for a room and not for a campus', () => {
    const network = found({
      'network/interfaces': [{ name: 'lan0', address: '10.1.2.3', prefix: 16 }],
      'network/uplink': 'lan0',
      'network/gateway': '10.1.255.254',
      'network/nameservers': ['10.1.255.253'],
    });
    expect(network).toMatchObject({
      router: '10.1.255.254',
      rangeFirst: '10.1.254.255',
      rangeLast: '10.1.255.252',
    });
  });
});

describe('what the archive says', () => {
  const asked = (solve: unknown): readonly string[] => {
    const answers = tree({ packages: { include: ['lses'] } });
    const { site } = complete(answers, fixedFacts(first));
    if (site === null) throw new Error('the answers are good');
    const further = furtherFacts(site);
    const id = further.find((fact) => fact.id.startsWith('packages/solve/'))?.id ?? '';
    return wrong(answers, { [id]: solve });
  };

  test('unknown names are refused, with the nearest', () => {
    expect(asked({ status: 'unknown', names: [{ name: 'lses', nearest: ['less'] }] })).toEqual([
      'trees.sidus.packages.include packages/unknown',
    ]);
  });
  test('no mirror', () => {
    expect(asked({ status: 'mirror', detail: 'x' })).toEqual([
      'trees.sidus.tree.mirror packages/no-mirror',
    ]);
  });
  test('a conflict', () => {
    expect(asked({ status: 'conflict', detail: 'x' })).toEqual([
      'trees.sidus.packages.include packages/conflict',
    ]);
  });
});

describe('a site file', () => {
  const codes = (text: string): readonly string[] => {
    try {
      parseAnswers(text, 'site.yaml');
      return [];
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return error.problems.map(({ at, code }) => `${at} ${code}`);
    }
  };
  test.each([
    ['a key twice', 'trees:\n  a: {}\n  a: {}\n', ['site.yaml:3 answers/key-twice']],
    ['no YAML', 'trees: [\n', ['site.yaml:2 answers/not-yaml']],
    ['a list', '- a\n', ['site.yaml answers/not-yaml']],
    ['ten megabytes', 'x'.repeat(10 * 2 ** 20), ['site.yaml answers/too-large']],
    [
      'a bomb',
      `a: &a [x,x]\n${'b'}: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      ['site.yaml answers/not-yaml'],
    ],
    ['nothing', '', []],
  ])('with %s', (_, text, expected) => {
    expect(codes(text)).toEqual(expected);
  });
});

describe('--set', () => {
  test('finds the topic and the only tree', () => {
    expect(withSetting({ trees: { a: {} } }, 'locale.timezone=Europe/Rome')).toEqual({
      trees: { a: { locale: { timezone: 'Europe/Rome' } } },
    });
    expect(withSetting({}, 'network.prefix=24')).toEqual({ server: { network: { prefix: 24 } } });
    expect(withSetting({}, 'trees.b.packages.include=[less, nano]')).toEqual({
      trees: { b: { packages: { include: ['less', 'nano'] } } },
    });
  });
  test.each([
    ['no question', 'x=1'],
    ['no value', 'network.address'],
    ['a prototype', '__proto__.polluted=1'],
    ['no tree to belong to', 'locale.timezone=UTC'],
    ['a value that is no YAML', 'network.address=[1'],
  ])('refuses %s', (_, setting) => {
    expect(() => withSetting({}, setting)).toThrow(ProblemError);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

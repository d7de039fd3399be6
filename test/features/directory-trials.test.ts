import { describe, expect, test } from 'vitest';
import type {
  DirectoryAnswer,
  DirectoryCertificate,
  LoginAnswer,
} from '../../src/core/directory.ts';
import { factsFrom } from '../../src/core/fact.ts';
import { render } from '../../src/core/message.ts';
import { baseFact, directoryAnswer, questionOf } from '../../src/features/directory/asking.ts';
import { draftUsers } from '../../src/features/directory/clashes.ts';
import { loginWords } from '../../src/features/directory/login-words.ts';
import type { TreeAnswers } from '../../src/features/index.ts';
import { overlaid } from '../../src/planner/answers.ts';
import { complete } from '../../src/planner/complete.ts';
import { firstFacts, furtherFacts, problemsOf } from '../../src/planner/derive.ts';
import { findingFacts, loginQuestion, wantedSecrets } from '../../src/planner/found-out.ts';
import { remarksOf, trialsOf } from '../../src/planner/trials.ts';
import { directoryAnswers, directorySays, goodServer } from '../support/directory.ts';
import { fixedFacts, plannedFrom } from '../support/facts.ts';

const site = (more: object = {}, directory: object = {}) =>
  overlaid(
    {
      server: { network: { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 } },
      trees: { lab: { directory: { ...directoryAnswers, ...directory } } },
    },
    more,
  );

function answersOf(given: unknown): TreeAnswers {
  const { site: found, problems } = complete(given, fixedFacts(firstFacts()));
  if (found?.trees.lab === undefined) throw new Error(JSON.stringify(problems));
  return found.trees.lab;
}

/** What is said of each answer of the directory, by its key: what is good, or the code of a warning. */
function said(
  answer: DirectoryAnswer,
  given: unknown = site(),
  passwd = '',
): Readonly<Record<string, string>> {
  const completed = complete(given, fixedFacts(firstFacts()));
  const { directory } = answersOf(given);
  const question = questionOf('lab', directory);
  if (question === null) throw new Error('nothing is asked');
  const draft = draftUsers('lab');
  const facts = factsFrom(
    new Map<string, unknown>([
      [directoryAnswer(question).id, answer],
      [draft.id, draft.parse(passwd)],
    ]),
  );
  const remarks = remarksOf(trialsOf(completed.values, completed.problems), facts);
  return Object.fromEntries(
    Object.entries(remarks).map(([at, verdict]) => [
      at.replace('trees.lab.directory.', ''),
      'good' in verdict ? render(verdict.good) : verdict.warning.code.replace('directory/', ''),
    ]),
  );
}

const certified = (more: Partial<DirectoryCertificate>): DirectoryAnswer =>
  directorySays({
    servers: [
      {
        ...goodServer,
        certificate: { ...(goodServer.certificate as DirectoryCertificate), ...more },
      },
    ],
  });

describe('what a directory says, of each answer', () => {
  test('all is well', () => {
    expect(said(directorySays())).toEqual({
      uris: 'answers in 12 ms',
      authority: 'its certificate is good until 21 Nov 2027, signed by School authority',
      base: 'there; 2 users',
      bindDn: 'the directory takes the password',
    });
    expect(said(directorySays({ moreUsers: true })).base).toBe('there; at least 2 users');
  });

  test.each<[string, DirectoryAnswer, string, string]>([
    [
      'silent',
      directorySays({
        servers: [{ ...goodServer, status: 'silent', words: 'x' }, goodServer],
      }),
      'uris',
      'silent',
    ],
    ['slow', directorySays({ servers: [{ ...goodServer, milliseconds: 3100 }] }), 'uris', 'slow'],
    ['expired', certified({ fault: 'expired', daysLeft: -1 }), 'authority', 'certificate-expired'],
    ['not yet good', certified({ fault: 'not-yet' }), 'authority', 'certificate-not-yet'],
    ['of another', certified({ fault: 'other-name' }), 'authority', 'certificate-name'],
    ['by nobody', certified({ fault: 'unknown-authority' }), 'authority', 'certificate-unknown'],
    ['bad', certified({ fault: 'other' }), 'authority', 'certificate-bad'],
    ['ending', certified({ daysLeft: 29 }), 'authority', 'certificate-ends'],
    [
      'elsewhere',
      directorySays({ base: { status: 'absent', words: '' }, users: [] }),
      'base',
      'base-absent',
    ],
    ['empty', directorySays({ users: [] }), 'base', 'nobody'],
    ['low', directorySays({ users: [{ name: 'root', id: 0 }] }), 'base', 'low-id'],
    [
      'refused',
      directorySays({ bind: { status: 'refused', words: 'x' } }),
      'bindDn',
      'bind-refused',
    ],
    ['ungiven', directorySays({ bind: { status: 'missing', words: '' } }), 'bindDn', 'no-secret'],
    [
      'closed',
      directorySays({ base: { status: 'refused', words: 'x' }, users: [] }),
      'bindDn',
      'tells-nothing',
    ],
  ])('%s', (_, answer, key, code) => {
    expect(said(answer)[key]).toBe(code);
  });

  test('30 days are enough', () => {
    expect(said(certified({ daysLeft: 30 })).authority).toMatch(/^its certificate is good/);
  });

  test('a filter is about its own question', () => {
    const filtered = site({}, { filter: '(cn=x)' });
    expect(said(directorySays({ users: [] }), filtered)).toMatchObject({
      filter: 'filter-finds-nobody',
    });
    expect(said(directorySays({ users: [] }), filtered).base).toBeUndefined();
    expect(said(directorySays(), filtered).filter).toBe('finds 2 of its users');
  });

  test('without encryption there is no certificate to look at', () => {
    const clear = site({}, { uris: ['ldap://ldap.school.example'], encrypted: false });
    expect(Object.keys(said(directorySays(), clear))).toEqual(['uris', 'base', 'bindDn']);
  });

  describe('who is somebody else already', () => {
    const listed = site({
      trees: { lab: { accounts: { users: [{ name: 'eve' }, { name: 'ada' }] } } },
    });
    const says = (
      users: DirectoryAnswer['users'],
      passwd = '',
      groups: DirectoryAnswer['groups'] = [],
    ) => said(directorySays({ users, groups }), listed, passwd).base;

    test.each<[string, DirectoryAnswer['users'], string, string | undefined]>([
      ['a name twice', [{ name: 'ada', id: 10_001 }], '', 'user-twice'],
      ['what the first of the list will be', [{ name: 'bob', id: 1000 }], '', 'same-id'],
      ['what the second will be', [{ name: 'bob', id: 1001 }], '', 'same-id'],
      ['one after the list', [{ name: 'bob', id: 1002 }], '', 'there; one user'],
      [
        'what somebody of the draft is',
        [{ name: 'bob', id: 1005 }],
        'eve:x:1005:1005::/:/bin/sh\n',
        'same-id',
      ],
      [
        'what the list goes on with',
        [{ name: 'bob', id: 1006 }],
        'eve:x:1005:1005::/:/bin/sh\n',
        'same-id',
      ],
      [
        'an account of Debian',
        [{ name: 'web', id: 33 }],
        'www-data:x:33:33::/:/bin/sh\n',
        'same-id',
      ],
    ])('%s', (_, users, passwd, verdict) => {
      expect(says(users, passwd)).toBe(verdict);
    });

    test('a group with the number of a user of the list', () => {
      expect(says([{ name: 'bob', id: 10_001 }], '', [{ name: 'all', id: 1000 }])).toBe('same-id');
    });
  });
});

describe('the base', () => {
  const without = {
    trees: { lab: { directory: { service: 'sssd', uris: directoryAnswers.uris } } },
  };
  const completed = (answer: DirectoryAnswer | null) => {
    const first = fixedFacts(firstFacts());
    const [fact] = findingFacts(complete(without, first).values);
    if (fact === undefined) throw new Error('nothing is found out');
    const facts = fixedFacts([...firstFacts(), fact], { [fact.id]: answer });
    const {
      values,
      site: found,
      sources,
    } = complete(overlaid(site({}, { base: undefined }), without), facts);
    const { base } = (values as { trees: { lab: { directory: { base: unknown } } } }).trees.lab
      .directory;
    return { base, found, from: sources['trees.lab.directory.base'] };
  };

  test('is what the directory says, where that leaves no doubt', () => {
    const { base, from } = completed(directorySays());
    expect(base).toBe('dc=school,dc=example');
    expect(from?.text).toMatch(/^detected/);
    const bases = ['dc=a', 'dc=b'];
    expect(completed(directorySays({ bases })).base).toBeNull();
    expect(completed(directorySays({ bases, usualBase: 'dc=b' })).base).toBe('dc=b');
    expect(completed(directorySays({ bases: ['dc=a?sub?(x=y)'] })).base).toBeNull();
  });

  test.each<[string, DirectoryAnswer | null, RegExp]>([
    ['that names several', directorySays({ bases: ['dc=a', 'dc=b'] }), /one of dc=a, dc=b/],
    [
      'that cannot be asked',
      directorySays({
        bases: [],
        servers: [{ ...goodServer, status: 'silent', words: 'nobody listens there' }],
      }),
      /mend that first/,
    ],
    ['that nobody asked', null, /write its base/],
  ])('of a directory %s is asked for', (_, answer, remedy) => {
    const { found } = completed(answer);
    if (found === null) throw new Error('no site');
    const known = { [findingFacts({ trees: found.trees })[0]?.id ?? '']: answer };
    const all = fixedFacts(
      [...firstFacts(), ...furtherFacts(found), ...findingFacts({ trees: found.trees })],
      known,
    );
    const problem = problemsOf(found, all, 'trees').find(
      ({ code }) => code === 'directory/no-base',
    );
    expect(problem && render(problem.remedy)).toMatch(remedy);
  });

  test.each([
    {},
    { service: 'none', uris: ['ldaps://a'] },
    { service: 'sssd', uris: [] },
    { service: 'sssd', uris: 'x' },
    { service: 'sssd', uris: ['http://a'] },
    { service: 'sssd', uris: ['ldaps://a'], base: 'dc=x' },
    { service: 'sssd', uris: ['ldaps://a'], encrypted: 'x' },
    { service: 'sssd', uris: ['ldaps://a'], authority: 7 },
  ])('is not asked for of %j', (given) => {
    expect(baseFact(given)).toBeNull();
  });
});

describe('the password of whom clients are to it', () => {
  test('is in the plan by its name, must be given, and the plan says who can read it', () => {
    const { plan } = plannedFrom(site());
    const effects = plan.steps.flatMap((step) => step.effects);
    expect(effects).toContainEqual({
      kind: 'secret',
      place: 'server',
      name: 'lab.directory',
      given: true,
    });
    expect(plan.notes.map(render).join('\n')).toMatch(/lab\.directory.*\/etc\/sssd\/sssd\.conf/);
    const none = plannedFrom(site({}, { bindDn: null })).plan;
    expect(none.steps.flatMap((step) => step.effects).some(({ kind }) => kind === 'secret')).toBe(
      false,
    );
  });

  test('is wanted by no ready-made file', () => {
    const completed = (directory: object) =>
      complete(site({}, directory), fixedFacts(firstFacts()));
    expect(wantedSecrets(completed({}), 'lab')).toHaveLength(1);
    const files = [{ from: '/root/sssd.conf', as: 'sssd.conf' }];
    expect(wantedSecrets(completed({ files }), 'lab')).toEqual([]);
  });
});

describe('a login', () => {
  const answer: LoginAnswer = {
    status: 'accepted',
    words: '',
    uid: 5001,
    gid: 5000,
    groups: ['students'],
    home: '/home/ada',
    shell: '/bin/bash',
  };
  const words = (more: Partial<LoginAnswer>) => {
    const { good, said: message } = loginWords('ada', { ...answer, ...more }, []);
    return [good, render(message)] as const;
  };

  test('is good where the password is right and clients let that number in', () => {
    expect(words({})).toEqual([true, expect.stringMatching(/can log in/)]);
    expect(words({ uid: 999 })[0]).toBe(false);
    expect(words({ uid: null })[0]).toBe(true);
    for (const status of ['refused', 'unknown', 'several', 'unfound', 'unasked'] as const) {
      expect(words({ status })[0]).toBe(false);
    }
  });

  test('says what a client does where the directory says nothing', () => {
    const { rows } = loginWords(
      'ada',
      {
        ...answer,
        uid: null,
        gid: null,
        groups: [],
        home: null,
        shell: null,
      },
      [],
    );
    expect(rows.map(([, value]) => value)).toEqual([
      'none; clients make one',
      'none; clients make one',
      'none',
      'none; clients take /home/ada',
      'none; clients take /bin/bash',
    ]);
  });

  test('says whose home would be on no server', () => {
    const homeOf = (home: string | null, ...mounted: readonly string[]) =>
      loginWords('ada', { ...answer, home }, mounted).rows.find(([name]) => name === 'home')?.[1];
    expect(homeOf('/home/ada', '/home')).toBe('/home/ada');
    expect(homeOf('/srv/people/ada', '/home')).toBe(
      '/srv/people/ada: not in /home, so on no server',
    );
    expect(homeOf('/srv/people/ada', '/home', '/srv/people')).toBe('/srv/people/ada');
    expect(homeOf(null, '/homes')).toBe('/home/ada: not in /homes, so on no server');
    expect(homeOf('/srv/people/ada')).toBe('/srv/people/ada');
  });

  test('is tried where users are in a directory, and its passwords', () => {
    const question = (directory: object) =>
      loginQuestion(complete(site({}, directory), fixedFacts(firstFacts())), 'lab')?.question ??
      null;
    expect(question({})?.people?.elsewhere).toBe(false);
    expect(question({ realm: 'SCHOOL.EXAMPLE' })?.people?.elsewhere).toBe(true);
    expect(question({ service: 'none' })).toBeNull();
    expect(question({ base: 'x' })).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import { describeProblem, ProblemError } from '../../src/core/problem.ts';
import { usersOfList } from '../../src/planner/accounts-list.ts';
import { withUsers } from '../../src/planner/listed-users.ts';

const lines = (...given: readonly string[]): string => `${given.join('\n')}\n`;

function faults(text: string): readonly string[] {
  try {
    usersOfList(text, 'class.csv');
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.problems.map((problem) => describeProblem(problem));
  }
  return [];
}

describe('a list of users', () => {
  test('as a person writes it', () => {
    const text = lines(
      'name,fullName,groups,shell',
      'alice,Alice Liddell,video audio,/bin/bash',
      '"bob","Bob ""the"" Builder",,',
      '',
      'carol,,,',
    );
    // A quotation mark cannot stand in the list of users of a system.
    expect(faults(text)).toHaveLength(1);
    expect(usersOfList(text.replace('Bob ""the"" Builder', 'Bob Builder'), 'x')).toEqual([
      { name: 'alice', fullName: 'Alice Liddell', groups: ['video', 'audio'], shell: '/bin/bash' },
      { name: 'bob', fullName: 'Bob Builder' },
      { name: 'carol' },
    ]);
  });

  test('as spreadsheets write it: semicolons, a mark of bytes, other names of columns', () => {
    const text = '\ufeffLogin;Full Name;Groups\r\nalice;Zoë Ångström;video,audio\r\n';
    expect(usersOfList(text, 'x')).toEqual([
      { name: 'alice', fullName: 'Zoë Ångström', groups: ['video', 'audio'] },
    ]);
    expect(usersOfList('uidNumber;user\n2001;alice\n;bob\n', 'x')).toEqual([
      { name: 'alice', uid: 2001 },
      { name: 'bob' },
    ]);
    expect(usersOfList('name\tshell\nalice\t/bin/sh\n', 'x')).toEqual([
      { name: 'alice', shell: '/bin/sh' },
    ]);
  });

  test.each<[string, string, RegExp]>([
    ['nothing', '', /^class\.csv:1: .*names no columns/],
    ['a column of no meaning', 'name,age\nalice,9\n', /^class\.csv:1: .*means nothing here: "age"/],
    ['no column of logins', 'fullName\nAlice\n', /^class\.csv:1: .*no column with login names/],
    ['a column twice', 'name,login\nalice,bob\n', /^class\.csv:1: .*two columns for name/],
    ['a column of passwords', 'name,password\nalice,x\n', /^class\.csv:1: .*column of passwords/],
    ['nobody', 'name\n', /^class\.csv:1: .*lists nobody/],
    [
      'too few fields',
      'name,shell\nalice\n',
      /^class\.csv:2: .*has 1 fields, and the first line 2/,
    ],
    ['too many fields', 'name\nalice,x\n', /^class\.csv:2: .*has 2 fields/],
    ['no login', 'name,shell\n,/bin/sh\n', /^class\.csv:2: .*no login name/],
    [
      'a login that is none',
      'name\nAlice!\n',
      /^class\.csv:2: .*name "Alice!" is not a login name/,
    ],
    ['a login twice', 'name\nalice\nbob\nalice\n', /^class\.csv:4: .*alice is in line 2 already/],
    ['one of the system', 'name\nwww-data\n', /^class\.csv:2: .*account of the system itself/],
    [
      'a name with a colon',
      'name,fullName\nalice,a:b\n',
      /^class\.csv:2: .*fullName "a:b" cannot stand/,
    ],
    [
      'a group that is none',
      'name,groups\nalice,Video\n',
      /^class\.csv:2: .*groups "Video" is not/,
    ],
    [
      'a shell that is none',
      'name,shell\nalice,bash\n',
      /^class\.csv:2: .*shell "bash" is not a shell/,
    ],
    [
      'a number that is none',
      'name,uid\nalice,two\n',
      /^class\.csv:2: .*uid "two" is not a number/,
    ],
    ['one of the system’s', 'name,uid\nalice,33\n', /^class\.csv:2: .*uid "33" is a number of the/],
    [
      'a number twice',
      'name,uid\nalice,2001\nbob,2001\n',
      /^class\.csv:3: .*the number 2001 is that of alice in line 2 already/,
    ],
    ['a key that is none', 'name,keys\nalice,ssh-rsa x\n', /^class\.csv:2: .*not a public ssh key/],
    [
      'a mark in the wrong place',
      'name\nal"ice\nbob\n',
      /^class\.csv:2: .*quotation mark in the wrong place/,
    ],
    [
      'a mark that is not closed',
      'name\n"alice\nbob\n',
      /^class\.csv:\d: .*quotation mark in the wrong place/,
    ],
    ['another encoding', 'name,fullName\nzoe,Zo\ufffd\n', /^class\.csv:2: .*not UTF-8/],
    [
      'more than a tree may have',
      `name\n${Array.from({ length: 1001 }, (_, i) => `u${i}`).join('\n')}\n`,
      /^class\.csv:1002: .*past the 1000 users/,
    ],
  ])('%s is said, by its line', (_, text, expected) => {
    expect(faults(text).join('\n')).toMatch(new RegExp(expected.source, 'm'));
    for (const fault of faults(text)) expect(fault).toMatch(/; .+/);
  });

  test('all faults are said at once, in the order of the lines', () => {
    const found = faults(
      lines('name,shell', 'Alice,/bin/sh', 'bob', 'carol,zsh', 'root,', 'carol,/bin/sh'),
    );
    expect(found.map((one) => one.split(':')[1])).toEqual(['2', '3', '4', '5', '6']);
    const many = faults(lines('name', ...Array.from({ length: 200 }, (_, i) => `Q${i}`)));
    expect(many).toHaveLength(51);
    expect(many.at(-1)).toMatch(/150 more faults/);
  });
});

describe('answers with a list', () => {
  const users = usersOfList('name,shell\nalice,/bin/sh\nbob,\n', 'x');

  test('who is there becomes as the list says, who is not is added, nobody goes', () => {
    const answers = {
      server: { network: {} },
      trees: {
        lab: {
          tree: {},
          accounts: {
            root: 'locked',
            users: [{ name: 'zoe' }, { name: 'alice', fullName: 'A', shell: '/bin/bash' }],
          },
        },
      },
    };
    const added = withUsers(answers, null, users);
    expect(added).toEqual({
      server: { network: {} },
      trees: {
        lab: {
          tree: {},
          accounts: {
            root: 'locked',
            users: [
              { name: 'zoe' },
              { name: 'alice', fullName: 'A', shell: '/bin/sh' },
              { name: 'bob' },
            ],
          },
        },
      },
    });
    expect(withUsers(added, null, users)).toEqual(added);
  });

  test('the tree is named where there are several', () => {
    const answers = { trees: { lab: {}, desk: {} } };
    expect(withUsers(answers, 'desk', users)).toEqual({
      trees: { lab: {}, desk: { accounts: { users } } },
    });
    expect(() => withUsers(answers, null, users)).toThrow(/there are 2 trees/);
    expect(() => withUsers(answers, 'other', users)).toThrow(/there is no tree other/);
    expect(() => withUsers({}, null, users)).toThrow(/there are 0 trees/);
  });
});

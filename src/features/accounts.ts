import { z } from 'zod';
import { absent, directory, type Effect, file, run } from '../core/effect.ts';
import { layout } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { Step, StepId } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import { ask } from '../core/question.ts';
import type { Text } from '../core/text.ts';
import type { TreeTopic } from './feature.ts';
import { homesOfListed, listedOnServer } from './homes/mounts.ts';
import { sshKey, userName, userNumber } from './values.ts';

/** Groups of base-passwd and udev: they are in every tree. */
const groupLabels: Readonly<Record<string, string>> = {
  audio: 'sound',
  video: 'graphics and cameras',
  render: 'computing on graphics chips',
  plugdev: 'sticks and other things plugged in',
  cdrom: 'optical drives',
  dialout: 'serial ports',
  lp: 'printers at the client',
  adm: 'reading logs',
  sudo: 'becoming root; brings the package sudo',
};

const shellLabels: Readonly<Record<string, string>> = {
  '/bin/bash': 'the usual one',
  '/bin/sh': 'a small one',
  '/usr/sbin/nologin': 'none: they cannot log in',
};

export const userRecord = z.strictObject({
  name: ask(userName(), {
    title: 'Which name do they log in with?',
    help: 'Lower-case letters, digits, hyphens and underscores. In doubt: their first name, such as alice.',
  }),
  fullName: ask(
    z
      .string()
      .max(100)
      .regex(/^[^:,"\\\p{C}]*$/u, 'cannot stand in the list of users; leave out : , " and \\')
      // A table calculator would take the rest for a formula.
      .regex(/^(?![=+@-])/, 'begins with a sign; begin it with a letter')
      .default(''),
    { title: 'What is their full name?', help: 'Shown by desktops. In doubt: leave it empty.' },
  ),
  groups: ask(z.array(userName()).max(50).default([]), {
    title: 'Which groups are they in?',
    help: 'What they may use. In doubt: audio, video and plugdev for people at a desktop, and sudo for administrators alone.',
    choices: Object.keys(groupLabels),
    labels: groupLabels,
  }),
  shell: ask(
    z
      .string()
      .regex(/^\/[A-Za-z0-9/._-]{1,100}$/, 'is not a shell; write its path, such as /bin/bash')
      .default('/bin/bash'),
    {
      title: 'Which shell do they get?',
      help: 'The program that reads their commands, by its path in the tree. In doubt: /bin/bash.',
      choices: Object.keys(shellLabels),
      labels: shellLabels,
    },
  ),
  uid: ask(userNumber().nullable().default(null), {
    title: 'Which number do they have?',
    help: 'Files on a server belong to numbers, which stay theirs for ever. In doubt: leave it empty, unless homes are there; then 2001, 2002.',
    seldom: true,
  }),
  keys: ask(z.array(sshKey()).max(20).default([]), {
    title: 'Which ssh keys open their account?',
    help: 'Public keys, one a line; a password works beside them. In doubt: none.',
  }),
});

const answers = z.strictObject({
  root: ask(z.enum(['locked', 'password', 'key']).default('locked'), {
    title: 'How does the administrator log in on a client?',
    help: 'As root. In doubt: locked. A password is made (the secret TREE.root); the last screen says where to read it.',
    labels: {
      locked: 'nobody logs in as root',
      password: 'by a password, at the client itself',
      key: 'by an ssh key, over the network',
    },
  }),
  rootKeys: ask(z.array(sshKey()).max(20).default([]), {
    title: 'Which ssh keys let somebody in as root?',
    help: 'Asked when root logs in by key. In doubt: yours, the line in a file such as ~/.ssh/id_ed25519.pub.',
    when: (given) => given.root === 'key',
  }),
  users: ask(z.array(userRecord).max(1000).default([]), {
    title: 'Which users do the clients know by themselves?',
    help: 'Each gets a password; the last screen says where to read it. `--accounts FILE` adds a list (CSV). In doubt: one, to try a client with.',
  }),
});

/** Users and groups of Debian itself (base-passwd, systemd): a user's own group would be one of them. */
export const systemUsers: ReadonlySet<string> = new Set(
  'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc _apt nobody messagebus systemd-network systemd-timesync sshd statd _rpc adm tty disk kmem dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp video sasl plugdev staff users nogroup systemd-journal render kvm input sgx netdev crontab'.split(
    ' ',
  ),
);

export function passwordSecret(tree: string, name: string): string {
  return name === 'root' ? `${tree}.root` : `${tree}.users.${name}`;
}

/** Who has which password, for whoever hands them out; root alone reads it. */
export function passwordSheet(tree: string): string {
  return `${layout.accounts}/${tree}.csv`;
}

/**
 * As a table. Names hold nothing that parts its fields; a password that somebody gave may, and is the
 * rest of its line.
 */
function sheetOf(
  tree: string,
  users: readonly { readonly name: string; readonly fullName: string }[],
): Text {
  return [
    'login,name,password\n',
    ...users.flatMap(({ name, fullName }) => [
      `${name},${fullName},`,
      { secret: passwordSecret(tree, name) },
      '\n',
    ]),
  ];
}

function keysIn(
  place: Parameters<typeof file>[0],
  home: string,
  owner: string,
  keys: readonly string[],
): readonly Effect[] {
  if (keys.length === 0) return [absent(place, `${home}/.ssh/authorized_keys`)];
  const owned = { owner, group: owner };
  return [
    directory(place, `${home}/.ssh`, { ...owned, mode: 0o700 }),
    file(place, `${home}/.ssh/authorized_keys`, `${keys.join('\n')}\n`, { ...owned, mode: 0o600 }),
  ];
}

export const accounts: TreeTopic<'accounts', typeof answers> = {
  id: 'accounts',
  title: 'Accounts',
  help: 'Root, and the users that the clients know by themselves.',
  scope: 'tree',
  answers,
  packages: ({ accounts: { root, users } }) => [
    ...(root === 'key' || users.some(({ keys }) => keys.length > 0) ? ['openssh-server'] : []),
    // Without it the group means nothing.
    ...(users.some(({ groups }) => groups.includes('sudo')) ? ['sudo'] : []),
  ],
  problems: ({ name, answers: { accounts: given } }) => {
    const problems: Problem[] = [];
    const at = `trees.${name}.accounts`;
    if (given.root === 'key' && given.rootKeys.length === 0) {
      problems.push({
        code: 'accounts/no-root-key',
        at: `${at}.rootKeys`,
        summary: say('root logs in by key, and there is no key'),
        remedy: say('paste the line of a file such as ~/.ssh/id_ed25519.pub'),
      });
    }
    const seen = new Set<string>();
    for (const [index, { name: login }] of given.users.entries()) {
      if (seen.has(login)) {
        problems.push({
          code: 'accounts/twice',
          at: `${at}.users.${index}.name`,
          summary: say('{login} is there twice', { login }),
          remedy: say('take one of the two away'),
        });
      } else if (systemUsers.has(login)) {
        problems.push({
          code: 'accounts/system-user',
          at: `${at}.users.${index}.name`,
          summary: say('{login} is an account of the system itself', { login }),
          remedy: say('choose another login name'),
        });
      }
      seen.add(login);
    }
    return problems;
  },
  steps: ({ name, place, answers }) => {
    const given = answers.accounts;
    const homes = homesOfListed(answers);
    const onServer = listedOnServer(answers);
    const id = (what: string): StepId => `accounts/${name}/${what}`;
    const secretOf = (login: string): string => passwordSecret(name, login);
    const password = (login: string): readonly Effect[] => [
      { kind: 'secret', place: 'server', name: secretOf(login) },
      run(place, ['chpasswd'], { stdin: [`${login}:`, { secret: secretOf(login) }, '\n'] }),
    ];
    const root: Step = {
      id: id('root'),
      title:
        given.root === 'locked'
          ? say('Lock root')
          : say('Let root log in by {means}', { means: given.root }),
      why: say('What the administrator may do on a client is decided here, once for all.'),
      follows: [`tree/${name}/bootstrap`, `packages/${name}/installed`],
      effects: [
        ...(given.root === 'password'
          ? password('root')
          : [
              run(place, ['usermod', '--password', '*', 'root'], {
                unless: {
                  kind: 'succeeds',
                  place,
                  argv: ['grep', '-q', '^root:[*!]', '/etc/shadow'],
                },
              }),
            ]),
        ...keysIn(place, '/root', 'root', given.root === 'key' ? given.rootKeys : []),
      ],
    };
    const users = given.users.map(
      ({ name: login, fullName, groups, shell, keys, uid }): Step => ({
        id: id(`user-${login}`),
        title: say('Add the user {login}', { login }),
        why: onServer
          ? say('Known on every client, with a home that is made at the first login.')
          : say('Known on every client, with a home in its layer.'),
        after: [`tree/${name}/units`],
        follows: [`tree/${name}/bootstrap`, `packages/${name}/installed`],
        effects: [
          run(
            place,
            [
              'useradd',
              '--no-create-home',
              '--user-group',
              ...(uid === null ? [] : ['--uid', String(uid)]),
              '--shell',
              shell,
              '--comment',
              fullName,
              login,
            ],
            { unless: { kind: 'succeeds', place, argv: ['getent', 'passwd', login] } },
          ),
          run(place, [
            'usermod',
            '--shell',
            shell,
            '--comment',
            fullName,
            ...(uid === null ? [] : ['--uid', String(uid)]),
            '--groups',
            groups.join(','),
            '--home',
            `${homes}/${login}`,
            login,
          ]),
          ...(onServer
            ? []
            : [
                ...(homes === '/home' ? [] : [directory(place, homes)]),
                run(place, ['/usr/lib/sidus/make-home', login], {
                  unless: { kind: 'exists', at: { place, path: `${homes}/${login}` } },
                }),
              ]),
          ...password(login),
          ...(onServer ? [] : keysIn(place, `${homes}/${login}`, login, keys)),
        ],
      }),
    );
    const byPassword = [
      ...(given.root === 'password' ? [{ name: 'root', fullName: '' }] : []),
      ...given.users,
    ];
    const sheet: readonly Step[] =
      byPassword.length === 0
        ? []
        : [
            {
              id: id('sheet'),
              title: say('Write down who has which password'),
              why: say('To print and to hand out; root alone reads it.'),
              after: [id('root'), ...users.map(({ id: added }) => added)],
              effects: [
                directory('server', layout.accounts, { mode: 0o700 }),
                file('server', passwordSheet(name), sheetOf(name, byPassword), { mode: 0o600 }),
              ],
            },
          ];
    return [root, ...users, ...sheet];
  },
};

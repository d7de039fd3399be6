import type { Client } from 'ldapts';
import {
  type DirectoryAnswer,
  type DirectoryLogin,
  type DirectoryName,
  type DirectoryPeople,
  type DirectoryQuestion,
  type LoginAnswer,
  mostNames,
  nobodyFound,
  nothingSaid,
} from '../core/directory.ts';
import {
  type Found,
  hangUp,
  look,
  lookThrough,
  type Reached,
  reach,
  within,
} from './directory-line.ts';
import { directoryWords, oneLine } from './directory-words.ts';

/** What a question does not hold. */
export interface Beside {
  /** PEM; null: those that everybody knows. */
  readonly authorities: string | null;
  /** The password of whom it is asked as; null: nobody gave it. */
  readonly password: string | null;
  readonly signal: AbortSignal | undefined;
}

/** Asks all servers whether they answer, and the first that does for the rest. Throws nothing. */
export async function askDirectory(
  question: DirectoryQuestion,
  beside: Beside,
): Promise<DirectoryAnswer> {
  const lines = await Promise.all(
    question.uris.map((uri) => reach(uri, question, beside.authorities, beside.signal)),
  );
  try {
    const servers = lines.map(({ server }) => server);
    const first = lines.find(({ client }) => client !== null);
    if (first?.client == null) return { ...nothingSaid, servers };
    const bases = basesOf(first);
    const bind = await bound(first.client, question, beside);
    const known = { ...nothingSaid, servers, ...bases, bind };
    if (question.people === null || bind.status === 'missing' || bind.status === 'refused') {
      return known;
    }
    return { ...known, ...(await peopleOf(first.client, question.people, beside.signal)) };
  } finally {
    for (const { client } of lines) if (client !== null) hangUp(client);
  }
}

const textOf = ({ values }: Found, name: string): string | null =>
  values[name.toLowerCase()]?.[0] ?? null;

function basesOf({ root }: Reached): Pick<DirectoryAnswer, 'bases' | 'usualBase'> {
  if (root === null) return { bases: [], usualBase: null };
  const bases = (root.values.namingcontexts ?? []).slice(0, 20).map((one) => oneLine(one, 512));
  const usual = textOf(root, 'defaultNamingContext');
  return { bases, usualBase: usual === null ? null : oneLine(usual, 512) };
}

async function bound(
  client: Client,
  { bind }: DirectoryQuestion,
  { password, signal }: Beside,
): Promise<DirectoryAnswer['bind']> {
  if (bind === null) return { status: 'unasked', words: '' };
  if (password === null || password === '') return { status: 'missing', words: '' };
  try {
    await within(client.bind(bind.dn, password), signal);
    return { status: 'accepted', words: '' };
  } catch (error) {
    return { status: 'refused', words: directoryWords(error) };
  }
}

/** Users as sssd-ldap(5) and nslcd.conf(5) look for them. */
function usersIn({ schema, filter }: DirectoryPeople, name = '*'): string {
  return schema === 'ad'
    ? `(&(objectClass=user)(!(objectClass=computer))(sAMAccountName=${name})${filter})`
    : `(&(objectClass=posixAccount)(uid=${name})${filter})`;
}

async function peopleOf(
  client: Client,
  people: DirectoryPeople,
  signal: AbortSignal | undefined,
): Promise<Pick<DirectoryAnswer, 'base' | 'users' | 'moreUsers' | 'groups'>> {
  const { base, schema } = people;
  const none = { users: [], moreUsers: false, groups: [] };
  try {
    await look(
      client,
      { base, scope: 'base', filter: '(objectClass=*)', most: 1 },
      ['1.1'],
      signal,
    );
    const all = { base, scope: 'sub', most: mostNames } as const;
    const login = schema === 'ad' ? 'sAMAccountName' : 'uid';
    const asked = { ...all, filter: usersIn(people) };
    const users = await lookThrough(client, asked, [login, 'uidNumber'], signal);
    const groups =
      schema === 'ad'
        ? { found: [] }
        : await lookThrough(
            client,
            { ...all, filter: '(objectClass=posixGroup)' },
            ['cn', 'gidNumber'],
            signal,
          );
    return {
      base: { status: 'there', words: '' },
      users: users.found.map((one) => named(one, login, 'uidNumber')),
      moreUsers: users.more,
      groups: groups.found.map((one) => named(one, 'cn', 'gidNumber')),
    };
  } catch (error) {
    const { name } = error as { readonly name?: string };
    const absent = name === 'NoSuchObjectError';
    return {
      ...none,
      base: { status: absent ? 'absent' : 'refused', words: directoryWords(error) },
    };
  }
}

function named(found: Found, name: string, id: string): DirectoryName {
  return { name: oneLine(textOf(found, name) ?? '', 64), id: numberOf(textOf(found, id)) };
}

function numberOf(text: string | null): number | null {
  return text !== null && /^[0-9]{1,10}$/.test(text) ? Number(text) : null;
}

/**
 * Looks for a user, and logs in as the entry that is found: a simple bind (RFC 4513 5.1), never on
 * a line that is not encrypted where it was to be. Throws nothing.
 */
export async function tryLogin(
  question: DirectoryQuestion,
  login: DirectoryLogin,
  beside: Beside,
): Promise<LoginAnswer> {
  const lines: Reached[] = [];
  try {
    for (const uri of question.uris) {
      const line = await reach(uri, question, beside.authorities, beside.signal);
      lines.push(line);
      if (line.client !== null) return await loggedIn(line.client, question, login, beside);
    }
    const [first] = lines;
    const words = first?.server.words || 'its certificate is not good';
    return { ...nobodyFound, words: `${first?.server.uri ?? ''}: ${words}` };
  } catch (error) {
    return { ...nobodyFound, words: directoryWords(error) };
  } finally {
    for (const { client } of lines) if (client !== null) hangUp(client);
  }
}

async function loggedIn(
  client: Client,
  question: DirectoryQuestion,
  { user, password }: DirectoryLogin,
  beside: Beside,
): Promise<LoginAnswer> {
  const { people } = question;
  const { signal } = beside;
  if (people === null) return nobodyFound;
  const bind = await bound(client, question, beside);
  if (bind.status === 'refused') return { ...nobodyFound, words: bind.words };
  const { schema } = people;
  const sub = { base: people.base, scope: 'sub' } as const;
  const found = await look(
    client,
    { ...sub, filter: usersIn(people, escaped(user)), most: 2 },
    ['uidNumber', 'gidNumber', 'homeDirectory', 'unixHomeDirectory', 'loginShell'],
    signal,
  );
  const [entry] = found;
  if (entry === undefined) return { ...nobodyFound, status: 'unknown' };
  if (found.length > 1) return { ...nobodyFound, status: 'several' };
  const gid = numberOf(textOf(entry, 'gidNumber'));
  const inGroup =
    schema === 'rfc2307' ? `(memberUid=${escaped(user)})` : `(member=${escaped(entry.dn)})`;
  const primary = gid === null ? '' : `(gidNumber=${gid})`;
  const groups = await look(
    client,
    {
      ...sub,
      filter: `(&(objectClass=${schema === 'ad' ? 'group' : 'posixGroup'})(|${primary}${inGroup}))`,
      most: 100,
    },
    ['cn', 'gidNumber'],
    signal,
  );
  const isPrimary = (one: Found): boolean => numberOf(textOf(one, 'gidNumber')) === gid;
  const text = (name: string): string | null => {
    const value = textOf(entry, name);
    return value === null ? null : oneLine(value, 200);
  };
  const person = {
    ...nobodyFound,
    uid: numberOf(textOf(entry, 'uidNumber')),
    gid,
    groups: [...groups.filter(isPrimary), ...groups.filter((one) => !isPrimary(one))].map((one) =>
      oneLine(textOf(one, 'cn') ?? '', 64),
    ),
    home: text(schema === 'ad' ? 'unixHomeDirectory' : 'homeDirectory'),
    shell: text('loginShell'),
  };
  if (people.elsewhere) return { ...person, status: 'unasked' };
  // A directory takes an empty password for a visit by nobody, and says yes (RFC 4513 5.1.2).
  if (password === '') return { ...person, status: 'refused', words: 'the password is empty' };
  try {
    await within(client.bind(entry.dn, password), signal);
    return { ...person, status: 'accepted' };
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    const status = typeof code === 'number' ? 'refused' : 'unfound';
    return { ...person, status, words: directoryWords(error) };
  }
}

/** RFC 4515 3: a value that is nothing else in a filter. */
function escaped(value: string): string {
  return value.replace(
    /[\\*()\0]/g,
    (sign) => `\\${sign.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

import {
  type DirectoryAnswer,
  type DirectoryLogin,
  type DirectoryName,
  type DirectoryQuestion,
  type DirectoryServer,
  type LoginAnswer,
  nobodyFound,
  nothingSaid,
} from '../core/directory.ts';

/** A directory that is not there: a school of twelve, whose own names its base is made of. */

const usual = 'dc=example,dc=org';
const names = 'ada alan barbara edsger frances grace jean john ken leslie margaret niklaus'.split(
  ' ',
);
const people: readonly DirectoryName[] = names.map((name, index) => ({ name, id: 10_001 + index }));

/** Here nobody listens: a directory is another machine. */
const isOwn = (host: string): boolean => /^(localhost|127\.)/.test(host);

function serverAt(uri: string, { encrypted }: DirectoryQuestion): DirectoryServer {
  const host = new URL(uri).hostname;
  if (isOwn(host)) {
    const words = 'nobody listens there';
    return { uri, status: 'silent', words, milliseconds: 1, certificate: null };
  }
  return {
    uri,
    status: 'answers',
    words: '',
    milliseconds: 12,
    certificate: encrypted
      ? {
          subject: host,
          names: [host],
          issuer: 'School authority',
          until: '2027-11-21T10:00:00.000Z',
          daysLeft: 365,
          fault: null,
        }
      : null,
  };
}

/** Of the machine ldap.school.example it is dc=school,dc=example. */
function baseOf({ uris }: DirectoryQuestion): string {
  const parts = new URL(uris[0] ?? '').hostname.split('.').slice(1);
  return parts.length < 2 || parts.every((part) => /^[0-9]+$/.test(part))
    ? usual
    : parts.map((part) => `dc=${part}`).join(',');
}

export function believableAnswer(
  question: DirectoryQuestion,
  secret: string | null,
): DirectoryAnswer {
  const servers = question.uris.map((uri) => serverAt(uri, question));
  const nothing: DirectoryAnswer = { servers, ...nothingSaid };
  if (!servers.some(({ status }) => status === 'answers')) return nothing;
  const bases = [baseOf(question)];
  const bind =
    question.bind === null
      ? nothing.bind
      : ({ status: secret === null ? 'missing' : 'accepted', words: '' } as const);
  const known = { ...nothing, bases, bind };
  const { people: asked } = question;
  if (asked === null || bind.status === 'missing') return known;
  if (!bases.some((base) => asked.base.endsWith(base))) {
    return { ...known, base: { status: 'absent', words: 'there is no such entry' } };
  }
  const numbered = asked.schema !== 'ad';
  return {
    ...known,
    base: { status: 'there', words: '' },
    users: people.map(({ name, id }) => ({ name, id: numbered ? id : null })),
    groups: numbered ? [{ name: 'students', id: 10_000 }] : [],
  };
}

/** Everybody's password is anything but `wrong`. */
export function believableLogin(
  question: DirectoryQuestion,
  { user, password }: DirectoryLogin,
): LoginAnswer {
  const servers = question.uris.map((uri) => serverAt(uri, question));
  if (!servers.some(({ status }) => status === 'answers')) {
    return { ...nobodyFound, words: `${servers[0]?.uri}: ${servers[0]?.words}` };
  }
  const found = people.find(({ name }) => name === user);
  if (found === undefined) return { ...nobodyFound, status: 'unknown' };
  const asked = question.people?.elsewhere === false;
  const refused = password === '' ? 'the password is empty' : 'name or password is wrong';
  return {
    status: !asked ? 'unasked' : ['', 'wrong'].includes(password) ? 'refused' : 'accepted',
    words: asked && ['', 'wrong'].includes(password) ? refused : '',
    uid: found.id,
    gid: 10_000,
    groups: ['students'],
    home: `/home/${user}`,
    shell: '/bin/bash',
  };
}

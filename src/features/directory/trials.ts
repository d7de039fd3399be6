import type { DirectoryAnswer, DirectoryServer } from '../../core/directory.ts';
import { type Message, say } from '../../core/message.ts';
import type { Trial, Verdict } from '../../core/trial.ts';
import type { TreeContext } from '../feature.ts';
import type { DirectoryAnswers } from './answers.ts';
import { directoryAnswer, questionOf } from './asking.ts';
import { certificateVerdict } from './certificate-verdict.ts';
import { clashVerdict, draftUsers } from './clashes.ts';
import { bindSecret } from './secret.ts';

/** Milliseconds after which a login is felt to be slow. */
const slow = 2000;

type Asked = Omit<TreeContext, 'facts'>;

/** What the directory says to these answers: one question to it, and what it means for each of them. */
export function directoryTrials(context: Asked): readonly Trial[] {
  const { name, answers } = context;
  const { directory: given } = answers;
  const question = questionOf(name, given);
  if (question === null) return [];
  const fact = directoryAnswer(question);
  const at = (key: keyof DirectoryAnswers): string => `trees.${name}.directory.${key}`;
  const trial = (
    key: keyof DirectoryAnswers,
    title: Message,
    verdict: (
      answer: DirectoryAnswer,
      at: string,
      facts: Parameters<Trial['verdict']>[0],
    ) => Verdict,
  ): Trial => ({
    at: at(key),
    title,
    fact,
    verdict: (facts) => {
      const answer = facts.get(fact);
      return answer === null ? null : verdict(answer, at(key), facts);
    },
  });
  return [
    trial('uris', say('asking {list}', { list: given.uris.join(', ') }), serversVerdict),
    ...(given.encrypted
      ? [trial('authority', say('looking at its certificate'), certificateVerdict)]
      : []),
    trial('base', say('counting its users'), (answer, path, facts) =>
      baseVerdict(answer, path, given, () =>
        clashVerdict(
          answer,
          path,
          answers.accounts.users.map((user) => user.name),
          facts.has(draftUsers(name)) ? facts.get(draftUsers(name)) : [],
        ),
      ),
    ),
    ...(given.filter === null
      ? []
      : [trial('filter', say('looking whom the filter finds'), filterVerdict)]),
    trial('bindDn', say('asking it as a client does'), (answer, path) =>
      bindVerdict(answer, path, given, bindSecret(name)),
    ),
  ];
}

function serversVerdict({ servers }: DirectoryAnswer, at: string): Verdict {
  const silent = servers.filter(({ status }) => status === 'silent');
  const [first] = silent;
  if (first !== undefined) {
    const { uri, words } = first;
    return {
      warning: {
        code: 'directory/silent',
        at,
        summary: say('{uri} cannot be asked: {words}', { uri, words }),
        remedy: say('look at the address, and for a firewall between'),
        ...(silent.length > 1
          ? { detail: silent.map((one) => `${one.uri}: ${one.words}`).join('\n') }
          : {}),
      },
    };
  }
  const late = servers.find(({ milliseconds }) => milliseconds > slow);
  if (late !== undefined) {
    return {
      warning: {
        code: 'directory/slow',
        at,
        summary: say('{uri} answers only after {seconds} s, as each login would', {
          uri: late.uri,
          seconds: Math.round(late.milliseconds / 1000),
        }),
        remedy: say('name a nearer one first, or look at the name servers here'),
      },
    };
  }
  return { good: answers(servers) };
}

function answers(servers: readonly DirectoryServer[]): Message {
  const milliseconds = Math.max(...servers.map((one) => one.milliseconds));
  return servers.length === 1
    ? say('answers in {milliseconds} ms', { milliseconds })
    : say('all {count} answer, the last in {milliseconds} ms', {
        count: servers.length,
        milliseconds,
      });
}

/** Nothing, where it is clear already from another answer that nobody could be asked. */
function baseVerdict(
  { base, bases, users, moreUsers }: DirectoryAnswer,
  at: string,
  given: DirectoryAnswers,
  clashes: () => Verdict,
): Verdict {
  if (base.status === 'absent') {
    return {
      warning: {
        code: 'directory/base-absent',
        at,
        summary: say('the directory has nothing called {base}', { base: given.base ?? '' }),
        remedy:
          bases.length === 0
            ? say('write its base as whoever runs it knows it')
            : say('write {bases}, or what lies below it', { bases: bases.join(' or ') }),
      },
    };
  }
  if (base.status !== 'there') return null;
  if (users.length === 0) {
    return given.filter !== null
      ? null
      : {
          warning: {
            code: 'directory/nobody',
            at,
            summary: say('no user is found below {base}', { base: given.base ?? '' }),
            remedy:
              given.bindDn === null
                ? say('look at the base and the schema, or ask as somebody who may see them')
                : say('look at the base and the schema, and at what {dn} may see', {
                    dn: given.bindDn,
                  }),
          },
        };
  }
  return clashes() ?? { good: counted(users.length, moreUsers) };
}

function counted(count: number, more: boolean): Message {
  if (more) return say('there; at least {count} users', { count });
  return count === 1 ? say('there; one user') : say('there; {count} users', { count });
}

function filterVerdict({ base, users, moreUsers }: DirectoryAnswer, at: string): Verdict {
  if (base.status !== 'there') return null;
  if (users.length > 0) {
    const count = users.length;
    return {
      good: moreUsers
        ? say('finds at least {count} users', { count })
        : say('finds {count} of its users', { count }),
    };
  }
  return {
    warning: {
      code: 'directory/filter-finds-nobody',
      at,
      summary: say('the filter finds nobody, so nobody could log in'),
      remedy: say('mend it, or leave it empty; `sidus check` tries it again'),
    },
  };
}

function bindVerdict(
  { bind, base }: DirectoryAnswer,
  at: string,
  { bindDn }: DirectoryAnswers,
  secret: string,
): Verdict {
  const dn = bindDn ?? '';
  switch (bind.status) {
    case 'missing':
      return {
        warning: {
          code: 'directory/no-secret',
          at,
          summary: say('the password of {dn} is not known yet', { dn }),
          remedy: say('in the wizard type it with Ctrl-P, else `--secrets -` with {example}', {
            example: `{"${secret}": "..."}`,
          }),
        },
      };
    case 'refused':
      return {
        warning: {
          code: 'directory/bind-refused',
          at,
          summary: say('the directory refuses {dn}: {words}', { dn, words: bind.words }),
          remedy: say('look at the name, and give its password again'),
        },
      };
    case 'accepted':
      return base.status === 'refused'
        ? refusedToAll(base.words, at)
        : { good: say('the directory takes the password') };
    default:
      return base.status === 'refused' ? refusedToAll(base.words, at) : null;
  }
}

function refusedToAll(words: string, at: string): Verdict {
  return {
    warning: {
      code: 'directory/tells-nothing',
      at,
      summary: say('the directory does not let clients ask: {words}', { words }),
      remedy: say('name an entry here that may read its users'),
    },
  };
}

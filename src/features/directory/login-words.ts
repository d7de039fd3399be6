import type { LoginAnswer } from '../../core/directory.ts';
import { type Message, say } from '../../core/message.ts';
import { covers } from '../homes/values.ts';

/** What came of trying a login, for a person. */
export interface LoginWords {
  readonly good: boolean;
  readonly said: Message;
  /** What a client would know of them: name and value. */
  readonly rows: readonly (readonly [string, string])[];
}

/** Clients let nobody in whose number is below (sssd.ts, nslcd.ts). */
const firstId = 1000;

/** `mounted`: the directories of a client that lie on a server, if any do. */
export function loginWords(
  user: string,
  answer: LoginAnswer,
  mounted: readonly string[],
): LoginWords {
  const { status, uid, gid, groups, home, shell } = answer;
  const found = ['accepted', 'refused', 'unasked'].includes(status) || uid !== null;
  return {
    good: status === 'accepted' && !isLow(uid),
    said: saidOf(user, answer),
    rows: found
      ? [
          ['uid', uid === null ? 'none; clients make one' : String(uid)],
          ['gid', gid === null ? 'none; clients make one' : String(gid)],
          ['groups', groups.join(', ') || 'none'],
          ['home', homeOf(home, user, mounted)],
          ['shell', shell ?? 'none; clients take /bin/bash'],
        ]
      : [],
  };
}

function homeOf(home: string | null, user: string, mounted: readonly string[]): string {
  const taken = home ?? `/home/${user}`;
  if (mounted.length > 0 && !mounted.some((at) => covers(at, taken))) {
    return `${taken}: not in ${mounted.join(', ')}, so on no server`;
  }
  return home ?? `none; clients take ${taken}`;
}

const isLow = (uid: number | null): boolean => uid !== null && uid < firstId;

function saidOf(user: string, { status, words, uid }: LoginAnswer): Message {
  switch (status) {
    case 'accepted':
      return isLow(uid)
        ? say('the password is right; but clients let nobody in whose uid is below {firstId}', {
            firstId,
          })
        : say('{user} can log in: the directory takes the password', { user });
    case 'refused':
      return say('the directory refuses {user}: {words}', { user, words });
    case 'unknown':
      return say('the directory knows no user called {user}', { user });
    case 'several':
      return say('the directory has more than one user called {user}', { user });
    case 'unasked':
      return say('{user} is there; the password is in the Kerberos realm, and was not tried', {
        user,
      });
    case 'unfound':
      return say('{user} could not be looked for: {words}', { user, words });
    default:
      return status satisfies never;
  }
}

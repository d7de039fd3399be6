import type { DirectoryAnswer, DirectoryName } from '../../core/directory.ts';
import type { Fact } from '../../core/fact.ts';
import { type Message, say } from '../../core/message.ts';
import { inTree } from '../../core/place.ts';
import type { Verdict } from '../../core/trial.ts';

/** Below are the ids of Debian itself (login.defs(5)); clients let nobody of the directory have one. */
const firstId = 1000;

/** passwd(5) of the draft, as far as it is there: who is a user of the tree itself. */
export function draftUsers(tree: string): Fact<readonly DirectoryName[]> {
  return {
    id: `directory/${tree}/draft-users`,
    source: { kind: 'file', at: { place: inTree(tree), path: '/etc/passwd' } },
    otherwise: [],
    parse: (text) =>
      [...text.matchAll(/^([^:\n]+):[^:\n]*:([0-9]+):/gm)].map(([, name = '', id]) => ({
        name,
        id: Number(id),
      })),
  };
}

/** Who of the directory is somebody else on a client already, or would be. null: nobody. */
export function clashVerdict(
  { users, groups }: DirectoryAnswer,
  at: string,
  /** Of the list under Accounts, in its order. */
  listed: readonly string[],
  draft: readonly DirectoryName[],
): Verdict {
  const warning = (code: string, summary: Message, remedy: Message): Verdict => ({
    warning: { code: `directory/${code}`, at, summary, remedy },
  });
  const twice = users.filter(({ name }) => listed.includes(name));
  if (twice.length > 0) {
    return warning(
      'user-twice',
      say('{list}: in the directory and in the list under Accounts, which counts', {
        list: shown(twice.map(({ name }) => name)),
      }),
      say('take them out of the list under Accounts'),
    );
  }
  const own = ownIds(listed, draft);
  const same = [...users, ...groups].flatMap(({ name, id }) => {
    const other = id === null ? undefined : own.get(id);
    return other === undefined || other === name ? [] : [`${name} and ${other} (${id})`];
  });
  if (same.length > 0) {
    return warning(
      'same-id',
      say('{list}: one number for two, who own the same files', {
        list: shown([...new Set(same)]),
      }),
      say('give those of the directory other numbers, or empty the list under Accounts'),
    );
  }
  const low = users.filter(({ name, id }) => (id ?? firstId) < firstId && name !== '');
  if (low.length > 0) {
    return warning(
      'low-id',
      say('{list}: clients let nobody in whose number is below {first}', {
        list: shown(low.map(({ name, id }) => `${name} (${id})`)),
        first: firstId,
      }),
      say('give them numbers from {first} on, or leave them out with a filter', {
        first: firstId,
      }),
    );
  }
  return null;
}

/** The numbers of the list: those of the draft, and for who is not in it yet what useradd(8) will take. */
function ownIds(
  listed: readonly string[],
  draft: readonly DirectoryName[],
): ReadonlyMap<number, string> {
  const own = new Map<number, string>();
  for (const { name, id } of draft) if (id !== null && id < 60_000) own.set(id, name);
  const there = new Set(draft.map(({ name }) => name));
  let next = Math.max(firstId - 1, ...[...own.keys()]);
  for (const name of listed) {
    if (there.has(name)) continue;
    next += 1;
    own.set(next, name);
  }
  return own;
}

function shown(list: readonly string[]): string {
  const more = list.length - 3;
  return `${list.slice(0, 3).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';
import type { ListedUser } from './accounts-list.ts';

type Group = Readonly<Record<string, unknown>>;
const groupAt = (value: unknown): Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Group) : {};

/**
 * Answers with the users of a list: who is there already becomes as the list says, the others are
 * added, and nobody goes. `tree` null: the only one. Throws a ProblemError where it is not there.
 */
export function withUsers(
  answers: unknown,
  tree: string | null,
  users: readonly ListedUser[],
): unknown {
  const trees = groupAt(groupAt(answers).trees);
  const names = Object.keys(trees);
  const name = tree ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined || !Object.hasOwn(trees, name)) {
    throw new ProblemError({
      code: 'accounts/which-tree',
      at: '--accounts',
      summary:
        tree === null
          ? say('there are {count} trees, and the list could be for any', { count: names.length })
          : say('there is no tree {tree}', { tree }),
      remedy: say('name one of {names}: `--accounts TREE=FILE`', {
        names: names.join(', ') || 'none',
      }),
    });
  }
  const of = groupAt(trees[name]);
  const accounts = groupAt(of.accounts);
  const there = Array.isArray(accounts.users) ? (accounts.users as readonly unknown[]) : [];
  const listed = new Map(users.map((user) => [user.name, user]));
  const kept = there.map((user) => {
    const own = listed.get(String(groupAt(user).name));
    if (own === undefined) return user;
    listed.delete(own.name);
    return { ...groupAt(user), ...own };
  });
  return {
    ...groupAt(answers),
    trees: {
      ...trees,
      [name]: { ...of, accounts: { ...accounts, users: [...kept, ...listed.values()] } },
    },
  };
}

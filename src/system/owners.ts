import { readFile } from 'node:fs/promises';
import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';
import { inside, isMissing } from './inside.ts';

/** The numbers behind the names of users and groups, as a place itself knows them (passwd(5), group(5)). */
export interface Owners {
  uid(name: string): number;
  gid(name: string): number;
  user(uid: number): string;
  group(gid: number): string;
}

export async function ownersOf(root: string): Promise<Owners> {
  const users = await table(root, '/etc/passwd');
  const groups = await table(root, '/etc/group');
  const number = (names: ReadonlyMap<string, number>, name: string, what: string): number => {
    const found = names.get(name) ?? (/^\d+$/.test(name) ? Number(name) : undefined);
    if (found !== undefined) return found;
    throw new ProblemError({
      code: 'system/unknown-owner',
      summary: say('there is no {what} called {name} in {root}', { what, name, root }),
      remedy: say('install the package that brings it, or name another owner'),
    });
  };
  const name = (names: ReadonlyMap<string, number>, wanted: number): string =>
    [...names].find(([, value]) => value === wanted)?.[0] ?? String(wanted);
  return {
    uid: (wanted) => number(users, wanted, 'user'),
    gid: (wanted) => number(groups, wanted, 'group'),
    user: (wanted) => name(users, wanted),
    group: (wanted) => name(groups, wanted),
  };
}

/** Before a tree has its base, only root is known. */
async function table(root: string, path: string): Promise<ReadonlyMap<string, number>> {
  const names = new Map<string, number>([['root', 0]]);
  for (const candidate of [await inside(root, path, true), path]) {
    try {
      const text = await readFile(candidate, 'utf8');
      for (const line of text.split('\n')) {
        const [name, , id] = line.split(':');
        if (name !== undefined && id !== undefined) names.set(name, Number(id));
      }
      return names;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return names;
}

import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The path on disk of `path` inside `root`, with every link on the way resolved as the system
 * inside would: an absolute link or `..` never leaves it. The last part is followed only when
 * asked. What does not exist is taken literally. Throws ELOOP after 40 links, as the kernel does.
 */
export async function inside(root: string, path: string, followLast: boolean): Promise<string> {
  let todo = path.split('/').filter((part) => part !== '' && part !== '.');
  let walked: string[] = [];
  let links = 0;
  while (todo.length > 0) {
    const [part, ...rest] = todo as [string, ...string[]];
    todo = rest;
    if (part === '..') {
      walked = walked.slice(0, -1);
      continue;
    }
    const here = join(root, ...walked, part);
    const last = todo.length === 0;
    const target = last && !followLast ? null : await linkTarget(here);
    if (target === null) {
      walked.push(part);
      continue;
    }
    links += 1;
    if (links > 40) throw Object.assign(new Error(`too many links at ${here}`), { code: 'ELOOP' });
    if (target.startsWith('/')) walked = [];
    todo = [...target.split('/').filter((p) => p !== '' && p !== '.'), ...todo];
  }
  return join(root, ...walked);
}

async function linkTarget(path: string): Promise<string | null> {
  try {
    const entry = await lstat(path);
    return entry.isSymbolicLink() ? await readlink(path) : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

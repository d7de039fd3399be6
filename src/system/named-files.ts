import { readFile, stat, writeFile } from 'node:fs/promises';
import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';

/** A site file of a thousand clients has some 200 kB, a plan a few megabytes. */
const largest = 64 * 2 ** 20;

/** Text of a file that a person named; null: there is none. Throws a ProblemError. */
export async function readText(path: string): Promise<string | null> {
  try {
    const { size } = await stat(path);
    if (size > largest) {
      throw new ProblemError({
        code: 'answers/too-large',
        at: path,
        summary: say('is {size} MiB long', { size: Math.round(size / 2 ** 20) }),
        remedy: say('give a site file or a plan'),
      });
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === 'EACCES' || code === 'EISDIR') {
      throw new ProblemError({
        code: 'request/unreadable',
        at: path,
        summary: say('cannot be read: {code}', { code }),
        remedy: say('see what `ls -ld {path}` says of it; a site is read with `sudo`', { path }),
      });
    }
    throw error;
  }
}

/** Why a file could not be made, for whoever named it. */
const unwritten: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'a part of that path is no directory',
  EISDIR: 'that is a directory',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'nothing can be written there',
  ENAMETOOLONG: 'that name is too long',
  ENOSPC: 'there is no room left there',
};

/** Nothing of anybody's is overwritten. */
export async function writeNewFile(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new ProblemError(
      code === 'EEXIST'
        ? {
            code: 'request/file-there',
            summary: say('there is a file {path} already', { path }),
            remedy: say('give another name'),
          }
        : {
            code: 'request/not-written',
            summary: say('nothing was written: {why}', { why: unwritten[code] ?? code }),
            remedy: say('give a path in a directory of yours, such as /root/site.yaml'),
          },
    );
  }
}

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { own } from './people-tree.ts';
import { cache, root } from './rehearsal-root.ts';

/**
 * The files that hold these bytes: those of the server, as it calls them, and those of sidus' cache
 * and of the goldens. Not looked into: the files that the servers of a rehearsal share, what a test
 * planted, and the workshops and packages of the cache, which no secret is given to.
 */
export function placesOf(secret: string | Buffer): readonly string[] {
  const bytes = [...Buffer.from(secret)].map((one) => `\\x${one.toString(16).padStart(2, '0')}`);
  const { stdout, stderr } = spawnSync(
    'find',
    [
      ...[root, cache, 'test/golden', '-xdev'],
      ...['(', '-path', `${root}${own}`, '-o', '-path', `${cache}/workshop`, '-o'],
      ...['-path', '*/usr/local/lib/*-test', '-o', '-name', '*.deb', ')', '-prune', '-o'],
      // It ends with 1 where grep found nothing in one of its rounds.
      ...['-type', 'f', '-size', '-20M', '-exec', 'grep', '-laP', '-e', bytes.join(''), '{}', '+'],
    ],
    { env: { ...process.env, LC_ALL: 'C' } },
  );
  if (stderr.length > 0) throw new Error(stderr.toString());
  return stdout
    .toString()
    .split('\n')
    .filter((path) => path !== '')
    .map((path) => (path.startsWith(`${root}/`) ? path.slice(root.length) : path))
    .sort();
}

/** Those of them on the server that others than their owner and its group may read. */
export function openToOthers(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => (statSync(root + path).mode & 0o007) !== 0);
}

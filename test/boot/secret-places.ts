import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { own } from './people-tree.ts';
import { cache, root } from './rehearsal-root.ts';

/**
 * The files that hold each of these: those of the server, as it calls them, and those of sidus'
 * cache and of the goldens. Not looked into: the files that the servers of a rehearsal share, what
 * a test planted, and the workshops and packages of the cache, which no secret is given to.
 */
export function placesOf(secrets: readonly (string | Buffer)[]): readonly (readonly string[])[] {
  const inHex = secrets.map((secret) => Buffer.from(secret).toString('hex'));
  const pattern = inHex.map((hex) => hex.replace(/../g, '\\x$&')).join('|');
  const { stdout, stderr } = spawnSync(
    'find',
    [
      ...[root, cache, 'test/golden', '-xdev'],
      ...['(', '-path', `${root}${own}`, '-o', '-path', `${cache}/workshop`, '-o'],
      ...['-path', '*/usr/local/lib/*-test', '-o', '-name', '*.deb', ')', '-prune', '-o'],
      ...['-type', 'f', '-size', '-20M'],
      // It ends with 1 where grep found nothing in one of its rounds.
      ...['-exec', 'grep', '-aobHZP', '-e', pattern, '{}', '+'],
    ],
    { env: { ...process.env, LC_ALL: 'C' } },
  );
  if (stderr.length > 0) throw new Error(stderr.toString());
  const found = inHex.map(() => new Set<string>());
  // NAME NUL OFFSET ":" MATCH LF: a key may hold any byte, so it is read from the front.
  let left = stdout;
  while (left.length > 0) {
    const path = left.subarray(0, left.indexOf(0)).toString();
    const match = left.subarray(left.indexOf(':', path.length) + 1);
    const which = inHex.findIndex(
      (hex) => match.subarray(0, hex.length / 2).toString('hex') === hex,
    );
    if (which < 0) throw new Error(`grep found something else in ${path}`);
    found[which]?.add(path.startsWith(`${root}/`) ? path.slice(root.length) : path);
    left = match.subarray((inHex[which]?.length ?? 0) / 2 + 1);
  }
  return found.map((paths) => [...paths].sort());
}

/** Those of them on the server that others than their owner and its group may read. */
export function openToOthers(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => (statSync(root + path).mode & 0o007) !== 0);
}

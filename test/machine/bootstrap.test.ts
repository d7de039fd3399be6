import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';

// Where a tree is built, by a builder that only says so: real ones are built in the boots' tests.

const directory = temporaryDirectory('bootstrap');
const before = leftovers(directory);
const target = join(directory, 'tree', 'draft');
afterAll(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(directory);
});

function write(path: string, text: string): string {
  const at = join(directory, path);
  mkdirSync(join(at, '..'), { recursive: true });
  writeFileSync(at, text, { mode: 0o755 });
  return at;
}

beforeEach(() => {
  removeDirectory(directory);
  // Its last words are the suite, the target and the sources.
  write(
    'bin/mmdebstrap',
    `#!/bin/sh
set -eu
while [ $# -gt 3 ]; do shift; done
stat -f -c %T "$2" >>${join(directory, 'built-on')}
mkdir -p "$2/etc/sidus"
echo "$1" >"$2/etc/sidus/suite"
ln "$2/etc/sidus/suite" "$2/etc/sidus/second"
chmod 4711 "$2/etc/sidus/suite"
head -c "$BYTES" /dev/zero >"$2/large"
`,
  );
});

/** What the solve says of the tree's size, in bytes, and how many the builder writes. */
function bootstrap(says: number | null, bytes: number) {
  const solve = write(
    'solve',
    says === null
      ? 'cat >/dev/null; echo "status mirror-unreachable no"; exit 1\n'
      : `cat >/dev/null; echo "status ok"; echo "size download 1 installed ${says} packages 3"\n`,
  );
  const ran = spawnSync(
    'unshare',
    [
      ...['--mount', 'sh', resolve('assets/bootstrap'), target, join(directory, 'cache')],
      ...[write('sources', 'Types: deb\n'), write('preferences', ''), 'trixie', 'amd64'],
      ...['no', 'yes', 'apt', solve, 'nano'],
    ],
    {
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${join(directory, 'bin')}${delimiter}${process.env.PATH}`,
        BYTES: String(bytes),
      },
    },
  );
  const log = join(directory, 'built-on');
  return {
    code: ran.status,
    said: ran.stdout + ran.stderr,
    builtOn: existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [],
  };
}

const onDisk = spawnSync('stat', ['-f', '-c', '%T', directory], { encoding: 'utf8' }).stdout.trim();
const whole = () => {
  const found = spawnSync('stat', ['-c', '%a %h %s', join(target, 'etc/sidus/suite')], {
    encoding: 'utf8',
  });
  return found.stdout.trim();
};

describe('a tree', () => {
  test('is built in memory where there is room, and is on the disk in the end', () => {
    const { code, said, builtOn } = bootstrap(2 ** 20, 2 ** 20);
    expect(code, said).toBe(0);
    expect(builtOn).toEqual(['tmpfs']);
    expect(whole()).toBe('4711 2 7');
    expect(readdirSync(join(target, '..'))).toEqual(['draft']);
  });

  test('is built on the disk where memory is short, and where its size is not known', () => {
    for (const says of [2 ** 50, null]) {
      removeDirectory(target);
      expect(bootstrap(says, 2 ** 20).code).toBe(0);
      expect(whole()).toBe('4711 2 7');
    }
    expect(bootstrap(2 ** 20, 0).code).not.toBe(0);
    expect(readFileSync(join(directory, 'built-on'), 'utf8')).toBe(`${onDisk}\n${onDisk}\n`);
  });

  test('that is larger than was said is built once more, on the disk', () => {
    const { code, said, builtOn } = bootstrap(2 ** 20, 700 * 2 ** 20);
    expect(code, said).toBe(0);
    expect(said).toContain('513 MiB of memory are too few');
    expect(builtOn).toEqual(['tmpfs', onDisk]);
    expect(whole()).toBe('4711 2 7');
    expect(readdirSync(join(target, '..'))).toEqual(['draft']);
  });

  test('that could not be built is no tree, and what is left of it is not in the way', () => {
    write('bin/mmdebstrap', '#!/bin/sh\necho "no such package" >&2\nexit 25\n');
    const { code, said } = bootstrap(2 ** 20, 0);
    expect(code).toBe(1);
    expect(said).toContain('no such package');
    expect(existsSync(target)).toBe(false);
    mkdirSync(join(directory, 'tree/draft.partial/half'), { recursive: true });
    mkdirSync(join(directory, 'tree/draft.memory'), { recursive: true });
    write('bin/mmdebstrap', '#!/bin/sh\nwhile [ $# -gt 3 ]; do shift; done\n: >"$2/whole"\n');
    expect(bootstrap(2 ** 20, 0).code).toBe(0);
    expect(readdirSync(target)).toEqual(['whole']);
    expect(readdirSync(join(target, '..'))).toEqual(['draft']);
  });
});

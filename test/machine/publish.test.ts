import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { differences, treeListing } from '../support/tree-listing.ts';

// assets/publish itself, on each kind of filesystem that there is here; ZFS by a stand-in that
// answers as zfs(8) does, because no machine of ours has the module.

let directory: string;
let before: ReturnType<typeof leftovers>;
beforeEach(() => {
  directory = temporaryDirectory('publish');
  before = leftovers(directory);
});
afterEach(async () => {
  spawnSync('umount', [join(directory, 'btrfs')]);
  expect(await before.settled()).toEqual([]);
  removeDirectory(directory);
});

function draftIn(home: string): void {
  for (const path of [
    'etc/sidus',
    'usr/sbin',
    'usr/bin',
    'var/log/journal/x',
    'var/lib/apt/lists/partial',
    'srv',
  ]) {
    mkdirSync(join(home, 'draft', path), { recursive: true });
  }
  writeFileSync(join(home, 'draft/etc/sidus/suite'), 'trixie\n');
  writeFileSync(join(home, 'draft/usr/bin/tool'), 'tool');
  chmodSync(join(home, 'draft/usr/bin/tool'), 0o4755);
  symlinkSync('/usr/bin/tool', join(home, 'draft/usr/bin/link'));
  execFileSync('mknod', [join(home, 'draft/srv/null'), 'c', '1', '3']);
  // What a killed cord leaves.
  writeFileSync(join(home, 'draft/usr/sbin/policy-rc.d'), '');
}

function publish(home: string, number: number, environment: Record<string, string> = {}) {
  return spawnSync('unshare', ['--mount', 'sh', 'assets/publish', home, 'lab', String(number)], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
}

function expectVersion(home: string, number: number): void {
  const version = join(home, 'versions', String(number));
  expect(readFileSync(join(version, 'etc/sidus/version'), 'utf8')).toBe(
    `TREE=lab\nVERSION=${number}\n`,
  );
  expect(existsSync(join(version, 'usr/sbin/policy-rc.d'))).toBe(false);
  expect(existsSync(join(version, 'var/log/journal'))).toBe(false);
  expect(statSync(join(version, 'usr/bin/tool')).mode & 0o7777).toBe(0o4755);
  expect(lstatSync(join(version, 'srv/null')).isCharacterDevice()).toBe(true);
  // systemd compares these two times (ConditionNeedsUpdate= in systemd.unit(5)).
  const updated = statSync(join(version, 'etc/.updated')).mtimeMs;
  expect(Math.floor(updated / 1000)).toBe(
    Math.floor(statSync(join(version, 'usr')).mtimeMs / 1000),
  );
  expect(readFileSync(join(home, 'last-version'), 'utf8')).toBe(`${number}\n`);
  const unlike = differences(treeListing(join(home, 'draft')), treeListing(version)).map(
    (line) => line.split(':')[0],
  );
  expect(unlike).toEqual(['/etc/sidus/version', '/usr/sbin/policy-rc.d']);
}

describe('publish', () => {
  test('copies where there is nothing better, and the draft stays to work on', () => {
    draftIn(directory);
    const ran = publish(directory, 1);
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/copied \d+ of \d+ MiB/);
    expectVersion(directory, 1);
    writeFileSync(join(directory, 'draft/usr/bin/tool'), 'better');
    expect(readFileSync(join(directory, 'versions/1/usr/bin/tool'), 'utf8')).toBe('tool');
  });

  test('again is nothing to do, and a number is never given twice', () => {
    draftIn(directory);
    expect(publish(directory, 2).status).toBe(0);
    const again = publish(directory, 2);
    expect(again.status).toBe(0);
    expect(again.stdout).toBe('');
    for (const number of [1, 2]) {
      execFileSync('rm', ['-rf', join(directory, 'versions', '2')]);
      const ran = publish(directory, number);
      expect(ran.status).toBe(1);
      expect(ran.stderr).toMatch(/was given before/);
    }
  });

  test('begins anew after a copy that broke off', () => {
    draftIn(directory);
    mkdirSync(join(directory, 'versions/.1.partial/usr'), { recursive: true });
    writeFileSync(join(directory, 'versions/.1.partial/usr/stray'), '');
    expect(publish(directory, 1).status).toBe(0);
    expect(existsSync(join(directory, 'versions/1/usr/stray'))).toBe(false);
  });

  test('refuses a draft in which something is mounted, and one that is not finished', () => {
    draftIn(directory);
    execFileSync('mount', ['-t', 'tmpfs', 'sidus-test', join(directory, 'draft/srv')]);
    try {
      const ran = publish(directory, 1);
      expect(ran.status).toBe(1);
      expect(ran.stderr).toMatch(/something is mounted at .*draft\/srv/);
    } finally {
      execFileSync('umount', [join(directory, 'draft/srv')]);
    }
    execFileSync('rm', [join(directory, 'draft/etc/sidus/suite')]);
    expect(publish(directory, 1).stderr).toMatch(/not a finished draft/);
  });

  test('snapshots a subvolume of btrfs, shared blocks of a plain directory there', () => {
    const image = join(directory, 'image');
    const mounted = join(directory, 'btrfs');
    execFileSync('truncate', ['-s', '256M', image]);
    execFileSync('mkfs.btrfs', ['-q', image]);
    mkdirSync(mounted);
    execFileSync('mount', ['-o', 'loop', image, mounted]);
    execFileSync('btrfs', ['subvolume', 'create', join(mounted, 'draft')]);
    draftIn(mounted);
    const ran = publish(mounted, 1);
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/a btrfs snapshot/);
    expectVersion(mounted, 1);
    expect(() => writeFileSync(join(mounted, 'versions/1/usr/bin/tool'), 'x')).toThrow(/EROFS/);

    const plain = join(mounted, 'plain');
    draftIn(plain);
    writeFileSync(join(plain, 'draft/usr/bin/large'), Buffer.alloc(2 ** 20, 1));
    expect(publish(plain, 1).status).toBe(0);
    execFileSync('sync', ['-f', plain]);
    const shared = execFileSync(
      'btrfs',
      ['filesystem', 'du', '--raw', '--summarize', join(plain, 'versions/1/usr/bin')],
      { encoding: 'utf8' },
    );
    const [, exclusive] = shared.trim().split('\n').at(-1)?.trim().split(/\s+/) ?? [];
    expect(Number(exclusive)).toBeLessThan(2 ** 20);
  });

  test('asks ZFS for a snapshot and a clone of a draft that is a dataset', () => {
    draftIn(directory);
    const tools = join(directory, 'tools');
    const log = join(directory, 'asked');
    mkdirSync(tools);
    writeFileSync(
      join(tools, 'zfs'),
      `#!/bin/sh
echo "$*" >>"${log}"
case $1 in
list) printf 'pool/lab\\t%s\\n' "${directory}/draft" ;;
clone) cp -a "${directory}/draft" "${directory}/versions/.1.partial" ;;
set) case $2 in mountpoint=*) mv "${directory}/versions/.1.partial" "\${2#mountpoint=}" ;; esac ;;
destroy) exit 1 ;;
esac
`,
    );
    writeFileSync(
      join(tools, 'stat'),
      '#!/bin/sh\ncase "$*" in "-f -c %T "*) echo zfs ;; *) exec /usr/bin/stat "$@" ;; esac\n',
    );
    for (const name of ['zfs', 'stat']) chmodSync(join(tools, name), 0o755);
    const ran = publish(directory, 1, { PATH: `${tools}:${process.env['PATH']}` });
    expect(ran.status, ran.stderr).toBe(0);
    expectVersion(directory, 1);
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([
      'list -H -o name,mountpoint',
      'destroy pool/lab-1',
      'destroy pool/lab@1',
      'snapshot pool/lab@1',
      `clone -o mountpoint=${directory}/versions/.1.partial pool/lab@1 pool/lab-1`,
      `set mountpoint=${directory}/versions/1 pool/lab-1`,
      'set readonly=on pool/lab-1',
    ]);
  });
});

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  connectionsKnown,
  halfDeleted,
  namedInBootFiles,
  nfsIdentities,
  versionSizes,
} from '../../src/features/version-facts.ts';
import { useFacts, usesOf } from '../../src/features/version-uses.ts';
import { Session } from '../../src/runner/session.ts';
import { Host } from '../../src/system/host.ts';
import { plannedFrom } from '../support/facts.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { differences, treeListing } from '../support/tree-listing.ts';

// assets/publish and assets/delete-version themselves, on each kind of filesystem that there is here.

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

/** A btrfs of its own, mounted where `afterEach` looks for it. */
function btrfs(): string {
  const image = join(directory, 'image');
  const mounted = join(directory, 'btrfs');
  execFileSync('truncate', ['-s', '256M', image]);
  execFileSync('mkfs.btrfs', ['-q', image]);
  mkdirSync(mounted);
  execFileSync('mount', ['-o', 'loop', image, mounted]);
  return mounted;
}

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

function publish(home: string, number: number) {
  return spawnSync('unshare', ['--mount', 'sh', 'assets/publish', home, 'lab', String(number)], {
    encoding: 'utf8',
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
    const mounted = btrfs();
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
});

describe('delete-version', () => {
  const boot = (): string => join(directory, 'tftp/sidus/lab');

  /** Versions 1 and 2 with their boot files and images; clients boot 2. */
  function served(home: string): void {
    draftIn(home);
    for (const number of [1, 2]) {
      expect(publish(home, number).status).toBe(0);
      mkdirSync(join(boot(), String(number)), { recursive: true });
      writeFileSync(join(boot(), String(number), 'vmlinuz'), 'kernel');
      mkdirSync(join(home, 'images', String(number)), { recursive: true });
      writeFileSync(join(home, 'images', String(number), 'root.erofs'), 'image');
    }
    symlinkSync('2', join(boot(), 'current'));
  }

  function remove(
    home: string,
    number: number | string,
    given: { what?: string; clients?: string; environment?: Record<string, string> } = {},
  ) {
    const { what = 'delete', clients, environment = {} } = given;
    return spawnSync(
      'unshare',
      [
        ...['--mount', 'sh', 'assets/delete-version', what, home, 'lab', String(number)],
        ...[join(boot(), String(number)), ...(clients === undefined ? [] : [clients])],
      ],
      { encoding: 'utf8', env: { ...process.env, ...environment } },
    );
  }

  function expectGone(home: string, number: number): void {
    for (const left of ['', '.gone', '.begun', '.partial']) {
      const name = left === '' ? String(number) : `.${number}${left}`;
      expect(existsSync(join(home, 'versions', name)), name).toBe(false);
    }
    expect(existsSync(join(boot(), String(number)))).toBe(false);
    expect(existsSync(join(home, 'images', String(number)))).toBe(false);
  }

  test('takes a version and its boot files away, and nothing else', () => {
    served(directory);
    const other = treeListing(join(directory, 'versions/2'));
    const draft = treeListing(join(directory, 'draft'));
    expect(remove(directory, 1, { what: 'look' }).status).toBe(0);
    expect(existsSync(join(directory, 'versions/1/etc/sidus/version'))).toBe(true);
    const ran = remove(directory, 1);
    expect(ran.status, ran.stderr).toBe(0);
    expectGone(directory, 1);
    expect(treeListing(join(directory, 'versions/2'))).toEqual(other);
    expect(treeListing(join(directory, 'draft'))).toEqual(draft);
    expect(readdirSync(join(directory, 'images'))).toEqual(['2']);
    expect(existsSync(join(boot(), '2/vmlinuz'))).toBe(true);
    // Again is nothing to do.
    expect(remove(directory, 1).status).toBe(0);
  });

  test('keeps the number, whichever it was, and whatever became of its list', () => {
    served(directory);
    execFileSync('ln', ['-sfn', '1', join(boot(), 'current')]);
    execFileSync('rm', [join(directory, 'last-version')]);
    // As a publish leaves it that was killed at its very end.
    writeFileSync(join(directory, 'versions/.2.begun'), '');
    expect(remove(directory, 2).status).toBe(0);
    expectGone(directory, 2);
    expect(readFileSync(join(directory, 'last-version'), 'utf8')).toBe('2\n');
    expect(publish(directory, 2).stderr).toMatch(/was given before/);
    expect(publish(directory, 3).status).toBe(0);
  });

  test('refuses what is in use, what is not ours, and what is no number', async () => {
    served(directory);
    const refused = (number: number | string, why: RegExp, given = {}): void => {
      for (const what of ['look', 'delete']) {
        if (what === 'delete' && 'clients' in given) continue;
        const ran = remove(directory, number, { what, ...given });
        expect(ran.status).toBe(1);
        expect(ran.stderr).toMatch(why);
        expect(existsSync(join(directory, 'versions/1/usr/bin/tool'))).toBe(true);
      }
    };
    refused(2, /clients boot version 2 of lab/);
    for (const number of ['', '0', '01', '../1', '1 2']) refused(number, /is no number/);
    // A mount of another file system, and one of the same: rm would not stop there.
    const mine = join(directory, 'mine');
    mkdirSync(mine);
    writeFileSync(join(mine, 'thesis'), 'years');
    for (const mount of [
      ['-t', 'tmpfs', 'sidus-test'],
      ['--bind', mine],
    ]) {
      const point = join(directory, 'versions/1/srv');
      execFileSync('mount', [...mount, point]);
      try {
        refused(1, /something is mounted at .*versions\/1\/srv/);
      } finally {
        execFileSync('umount', [point]);
      }
    }
    expect(readFileSync(join(mine, 'thesis'), 'utf8')).toBe('years');
    const beside = join(directory, 'images/1');
    execFileSync('mount', ['-t', 'tmpfs', 'sidus-test', beside]);
    try {
      refused(1, /something is mounted at .*images\/1$/m);
    } finally {
      execFileSync('umount', [beside]);
    }
    // As a rehearsal has it: mounted in a namespace of its own, whose process says when.
    const holder = spawn(
      'unshare',
      [
        ...['--mount', '--propagation', 'private', 'sh', '-c'],
        `mount --bind "$1/versions/1" "$1/mine" && echo mounted && read -r _`,
        ...['sh', directory],
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    await once(holder.stdout, 'data');
    try {
      refused(1, /something is mounted at .*mine: /);
    } finally {
      holder.stdin.end();
      await once(holder, 'close');
    }
    mkdirSync(join(directory, 'versions/3/etc'), { recursive: true });
    refused(3, /no version of ours/);
    execFileSync('ln', ['-s', '1', join(directory, 'versions/4')]);
    refused(4, /is a symbolic link/);

    const table = join(directory, 'clients');
    mkdirSync(join(table, '7'), { recursive: true });
    const client = (version: number, status = 'confirmed'): void =>
      writeFileSync(
        join(table, '7/info'),
        `clientid: 0x1\naddress: "192.168.67.128:891"\nstatus: ${status}\nname: "Linux NFSv4.1 sidus:lab:${version}:525400123456/node1"\n`,
      );
    client(1);
    refused(1, /a client runs version 1 of lab: "192\.168\.67\.128:891"/, { clients: table });
    for (const other of [2, 11]) {
      client(other);
      expect(remove(directory, 1, { what: 'look', clients: table }).status).toBe(0);
    }
    // There is no NFS server.
    expect(remove(directory, 1, { what: 'look', clients: '/nowhere' }).status).toBe(0);
  });

  test('killed at each of its commands it leaves a version whole or none, and goes on', () => {
    const tools = join(directory, 'tools');
    mkdirSync(tools);
    const first = join(directory, 'first');
    mkdirSync(first);
    served(first);
    const whole = treeListing(join(first, 'versions/1'));
    let deaths = 0;
    for (const tool of ['mv', 'rm', 'sync']) {
      for (let nth = 1; ; nth += 1) {
        const home = join(directory, `${tool}-${nth}`);
        execFileSync('cp', ['-a', first, home]);
        mkdirSync(join(boot(), '1'), { recursive: true });
        const count = join(directory, 'count');
        execFileSync('rm', ['-f', count]);
        // In the place of its n-th call, whoever called it is killed.
        writeFileSync(
          join(tools, tool),
          `#!/bin/sh\necho >>${count}\n[ "$(wc -l <${count})" != ${nth} ] || { kill -9 $PPID; exit 1; }\nexec /usr/bin/${tool} "$@"\n`,
        );
        chmodSync(join(tools, tool), 0o755);
        const environment = { PATH: `${tools}:${process.env.PATH}` };
        const ran = remove(home, 1, { environment });
        execFileSync('rm', ['-f', join(tools, tool)]);
        if (ran.signal === null) {
          expect(ran.status, ran.stderr).toBe(0);
          break;
        }
        deaths += 1;
        if (existsSync(join(home, 'versions/1'))) {
          expect(treeListing(join(home, 'versions/1'))).toEqual(whole);
        }
        expect(existsSync(join(home, 'versions/2/usr/bin/tool'))).toBe(true);
        // The same call finishes it, also after a publish, which leaves it all alone.
        const rest = existsSync(join(home, 'versions/.1.gone'));
        expect(publish(home, 3).status).toBe(0);
        expect(existsSync(join(home, 'versions/.1.gone'))).toBe(rest);
        expect(remove(home, 1).status).toBe(0);
        expectGone(home, 1);
      }
    }
    expect(deaths).toBe(5);
  }, 60_000);

  test('takes away a snapshot of btrfs, which nobody can write to', () => {
    const mounted = btrfs();
    execFileSync('btrfs', ['subvolume', 'create', join(mounted, 'draft')]);
    served(mounted);
    const ran = remove(mounted, 1);
    expect(ran.status, ran.stderr).toBe(0);
    expectGone(mounted, 1);
    const left = execFileSync('btrfs', ['subvolume', 'list', '-o', mounted], { encoding: 'utf8' });
    expect([...left.matchAll(/path (\S+)/g)].map(([, path]) => path)).toEqual([
      'draft',
      'versions/2',
    ]);
  });

  test('names a snapshot that somebody made in a version, before anything is gone', () => {
    const mounted = btrfs();
    // Once a version is a copy, and once a snapshot, which was made writable by hand.
    for (const kind of ['copy', 'snapshot']) {
      const home = join(mounted, kind);
      mkdirSync(home);
      if (kind === 'snapshot') {
        execFileSync('btrfs', ['subvolume', 'create', join(home, 'draft')]);
      }
      execFileSync('rm', ['-rf', boot()]);
      served(home);
      const version = join(home, 'versions/1');
      if (kind === 'snapshot') {
        execFileSync('btrfs', ['property', 'set', '-ts', version, 'ro', 'false']);
      }
      const whole = treeListing(version);
      const theirs = join(version, "srv/it's mine");
      execFileSync('btrfs', ['subvolume', 'create', theirs]);
      for (const what of ['look', 'delete']) {
        const ran = remove(home, 1, { what });
        expect(ran.status).toBe(1);
        expect(ran.stderr).toBe(
          `delete-version: a btrfs subvolume that is not ours lies at ${theirs}; move it away, or delete it with btrfs subvolume delete\n`,
        );
      }
      execFileSync('btrfs', ['subvolume', 'delete', theirs]);
      expect(treeListing(version)).toEqual(whole);
      expect(remove(home, 1).status).toBe(0);
      expectGone(home, 1);
    }
  });
});

test('what the server says of versions is read as it says it', async () => {
  const trees = join(directory, 'srv/nfsroot');
  const home = join(trees, 'lab');
  for (const number of ['1', '12', '.3.gone', '.4.partial']) {
    mkdirSync(join(home, 'versions', number), { recursive: true });
  }
  writeFileSync(join(home, 'versions/12/large'), Buffer.alloc(2 ** 20, 1));
  const files = {
    'pxelinux.cfg/01-52-54-00-12-34-56': 'KERNEL sidus/lab/1/vmlinuz\n',
    'by hand/grub.cfg': 'linux /vmlinuz nfsroot=192.168.67.1:/srv/nfsroot/lab/versions/12,nolock\n',
    // These lie beside their version, and go with it.
    'sidus/lab/12/grub.cfg': 'linux /sidus/lab/12/vmlinuz\n',
    'ipxe/own.ipxe': 'kernel x nfsroot=192.168.67.1:/srv/nfsroot/lab/images/1 sidus.image=x\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, 'srv/tftp', dirname(path)), { recursive: true });
    writeFileSync(join(directory, 'srv/tftp', path), text);
  }
  const point = join(directory, 'elsewhere');
  mkdirSync(point);
  execFileSync('mount', ['--bind', join(home, 'versions/1'), point]);
  try {
    const session = new Session(new Host({ root: directory, cache: directory, program: [] }));
    const facts = await session.gather([...useFacts, halfDeleted('lab'), versionSizes('lab')]);
    expect(facts.get(halfDeleted('lab'))).toEqual([3]);
    const sizes = facts.get(versionSizes('lab'));
    expect([...sizes.keys()].sort()).toEqual([1, 12]);
    expect(sizes.get(12)).toBeGreaterThan(2 ** 20);
    const named = [...facts.get(namedInBootFiles)].sort((a, b) => (a.file < b.file ? -1 : 1));
    expect(named).toEqual([
      { file: 'by hand/grub.cfg', tree: 'lab', version: 12 },
      { file: 'ipxe/own.ipxe', tree: 'lab', version: 1 },
      { file: 'pxelinux.cfg/01-52-54-00-12-34-56', tree: 'lab', version: 1 },
    ]);
    // No nfsd has clients here, and ss has been asked.
    expect(facts.get(nfsIdentities).clients).toEqual([]);
    expect(facts.get(connectionsKnown)).toEqual([]);
    const { site, facts: others } = plannedFrom(
      { trees: { lab: {} } },
      { 'server/root': directory },
    );
    const all = {
      get: <T>(fact: Parameters<typeof facts.get<T>>[0]): T =>
        (facts.has(fact) ? facts : others).get(fact),
      has: () => true,
    };
    const codes = (version: number): readonly string[] =>
      usesOf(site, all, { tree: 'lab', version }, new Set()).map(({ code }) => code);
    expect(codes(1)).toEqual(['tree/version-in-boot-file', 'tree/version-mounted']);
    expect(codes(12)).toEqual(['tree/version-in-boot-file']);
    expect(codes(2)).toEqual([]);
  } finally {
    execFileSync('umount', [point]);
  }
});

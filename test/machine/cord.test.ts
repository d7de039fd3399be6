import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Host } from '../../src/system/host.ts';
import { leftovers, removeDirectory, temporaryDirectory, until } from '../support/machine.ts';
import { readyWorkshop, sharedCache } from '../support/workshop.ts';

// What hangs, because something outlives its command, fails soon.
vi.setConfig({ testTimeout: 60_000 });

/** A tree of its own, because some of these tests maltreat it. */
const root = temporaryDirectory('cord');
const tree = join(root, 'srv/nfsroot/cord/draft');
const place = { tree: 'cord' } as const;
const host = new Host({ root });
const before = leftovers(root);
const policy = join(tree, 'usr/sbin/policy-rc.d');

/** What a cord could spoil for the server, in words that can be compared. */
function serverState(): Readonly<Record<string, unknown>> {
  const names = (directory: string): readonly string[] => readdirSync(directory).sort();
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => !/ \/(tmp|var\/tmp|srv|mnt)\//.test(line) || line.includes(root)),
    '/dev': names('/dev'),
    '/dev/shm': names('/dev/shm'),
    'modes of /dev': ['pts', 'shm', 'null', 'ptmx', 'tty', 'console'].map((name) =>
      existsSync(`/dev/${name}`) ? lstatSync(`/dev/${name}`).mode.toString(8) : 'none',
    ),
    '/run': names('/run'),
    policy: existsSync('/usr/sbin/policy-rc.d'),
    resolv: readFileSync('/etc/resolv.conf', 'utf8'),
  };
}
const server = serverState();

beforeAll(async () => {
  const workshop = await readyWorkshop();
  expect(workshop.isRoot, 'these tests need root').toBe(true);
  mkdirSync(join(root, 'srv/nfsroot/cord'), { recursive: true });
  execFileSync('cp', ['-a', `${sharedCache}/workshop/trixie-tests`, tree]);
  writeFileSync(join(tree, 'etc/resolv.conf'), "# the tree's own\n");
});
afterEach(async () => {
  expect(await before.settled()).toEqual([]);
  expect(serverState()).toEqual(server);
});
afterAll(() => removeDirectory(root));

const inside = (script: string, ...more: readonly string[]) =>
  host.exec(place, ['sh', '-c', script, 'sh', ...more], { patience: 60 });

function pidOf(command: string): number | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
      if (words === command) return Number(pid);
    } catch {
      // It ended meanwhile.
    }
  }
  return null;
}

test('a daemon that a command leaves behind dies with it', async () => {
  const ran = await inside('setsid sleep 90001 & until pgrep -x sleep >/dev/null; do :; done');
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  await until('the end of the daemon', 10, () => (pidOf('sleep 90001') === null ? true : null));
});

test('the command says how it ended, reads its input, and is not process 1', async () => {
  const ran = await host.exec(place, ['sh', '-c', 'cat; echo $$; exit 42'], { stdin: 'told ' });
  expect(ran.code).toBe(42);
  expect(ran.stdout).toMatch(/^told \d+\n$/);
  expect(ran.stdout).not.toBe('told 1\n');
  expect((await host.exec(place, ['no-such-command'])).code).toBe(127);
});

test('an abort ends everything inside', async () => {
  const stop = new AbortController();
  const ran = await host.exec(place, ['sh', '-c', 'setsid sleep 90002 & echo up; sleep 90003'], {
    signal: stop.signal,
    line: () => stop.abort(),
  });
  expect(ran.code).not.toBe(0);
  for (const command of ['sleep 90002', 'sleep 90003']) {
    await until(`the end of ${command}`, 10, () => (pidOf(command) === null ? true : null));
  }
});

describe('an engine that is killed with -9', () => {
  let engine: ChildProcess | null = null;
  afterEach(() => engine?.kill('SIGKILL'));

  test('leaves no process and no mount, and a policy that forbids nothing', async () => {
    const program = `
      import { Host } from '${resolve('src/system/host.ts')}';
      await new Host({ root: '${root}' }).exec({ tree: 'cord' }, [
        'sh', '-c', 'setsid sleep 90004 & exec sleep 90005',
      ]);
    `;
    engine = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [first] = await Promise.all(
      ['sleep 90004', 'sleep 90005'].map((command) => until(command, 60, () => pidOf(command))),
    );
    // Sharp: there is something to lose, and `leftovers` sees it.
    expect(readFileSync(`/proc/${first}/mountinfo`, 'utf8')).toContain(' /usr/sbin/policy-rc.d ');
    expect(before.differences().join('\n')).toContain('new processes');
    expect(lstatSync(policy).size).toBe(0);

    engine.kill('SIGKILL');
    expect(await before.settled()).toEqual([]);
    expect([pidOf('sleep 90004'), pidOf('sleep 90005')]).toEqual([null, null]);

    // What is left of the policy may not be run, so invoke-rc.d takes it for none.
    expect(lstatSync(policy).mode & 0o777).toBe(0);
    expect(() => execFileSync(policy)).toThrow(/EACCES/);
    // The next cord rules again, and takes it away.
    expect((await host.exec(place, ['/usr/sbin/policy-rc.d'])).code).toBe(101);
    expect(existsSync(policy)).toBe(false);
  });
});

describe('services', () => {
  test('the policy is in force inside, and is no part of the tree', async () => {
    const ran = await inside('invoke-rc.d nfs-kernel-server start 2>&1; policy-rc.d x start');
    expect(ran.stdout).toContain('policy-rc.d denied execution of start');
    expect(ran.code).toBe(101);
    expect(existsSync(policy)).toBe(false);
  });

  test("a policy of the tree's own is covered, and stays", async () => {
    writeFileSync(policy, '#!/bin/sh\nexit 0\n');
    chmodSync(policy, 0o755);
    try {
      expect((await host.exec(place, ['/usr/sbin/policy-rc.d'])).code).toBe(101);
      expect(readFileSync(policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
    } finally {
      rmSync(policy);
    }
  });

  test('of two cords in one tree, the first to end does not take it from the other', async () => {
    const gate = join(tree, 'var/tmp/gate');
    const wait = 'echo up; until [ -e /var/tmp/gate ]; do :; done; policy-rc.d';
    let up: () => void = () => undefined;
    const isUp = new Promise<void>((yes) => {
      up = yes;
    });
    const long = host.exec(place, ['sh', '-c', wait], { patience: 60, line: () => up() });
    try {
      await isUp;
      expect((await host.exec(place, ['policy-rc.d'])).code).toBe(101);
    } finally {
      writeFileSync(gate, '');
    }
    expect((await long).code).toBe(101);
    rmSync(gate);
    expect(existsSync(policy)).toBe(false);
  });
});

test('what is written to /dev, /run and /tmp is neither in the tree nor on the server', async () => {
  const directories = ['dev', 'run', 'tmp', 'proc', 'sys'];
  const names = () => directories.map((directory) => readdirSync(join(tree, directory)));
  const seen = names();
  const script = 'for d in dev dev/shm run tmp; do echo x >/$d/sidus-test || exit 1; done';
  expect((await inside(script)).code).toBe(0);
  expect(names()).toEqual(seen);
  for (const directory of [...directories, 'dev/shm']) {
    expect(existsSync(`/${directory}/sidus-test`)).toBe(false);
  }
});

test('a terminal of its own, no disk of the server, and a kernel it cannot turn', async () => {
  const ran = await inside(
    'ls /dev; ls -1 /dev/pts; echo 1 >/proc/sys/net/ipv4/ip_forward && echo turned; touch /sys/x && echo touched; find /dev -type b',
  );
  expect(ran.stdout.split('\n').filter((line) => line !== '')).toEqual(
    'console fd full null ptmx pts random shm stderr stdin stdout tty urandom zero ptmx'.split(' '),
  );
  expect(ran.stderr).toContain('Read-only file system');
});

test("names resolve as on the server, and the tree's own resolv.conf is left", async () => {
  const ran = await inside('cat /etc/resolv.conf; echo x >>/etc/resolv.conf');
  expect(ran.stdout).toBe(readFileSync('/etc/resolv.conf', 'utf8'));
  expect(ran.stderr).toContain('Read-only file system');
  expect(readFileSync(join(tree, 'etc/resolv.conf'), 'utf8')).toBe("# the tree's own\n");
});

test('ischroot says that it is one, and there is no systemd to talk to', async () => {
  expect((await host.exec(place, ['ischroot'])).code).toBe(0);
  expect((await host.exec(place, ['test', '-d', '/run/systemd/system'])).code).toBe(1);
});

test('the network is private when asked for, and otherwise that of the server', async () => {
  const ask = ['readlink', '/proc/self/ns/net'] as const;
  const own = `${readlinkSync('/proc/self/ns/net')}\n`;
  expect((await host.exec(place, ask)).stdout).toBe(own);
  expect((await host.exec(place, ask, { privateNetwork: true })).stdout).not.toBe(own);
  const cards = await host.exec(place, ['ls', '/sys/class/net'], { privateNetwork: true });
  expect(cards.stdout).toBe('lo\n');
});

test('the environment is clean but for what is named', async () => {
  process.env.SIDUS_TEST_LEAK = 'of the server';
  try {
    const usual = [
      'DEBCONF_NONINTERACTIVE_SEEN=true',
      'DEBIAN_FRONTEND=noninteractive',
      'HOME=/root',
      'LANG=C.UTF-8',
      'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
      'SYSTEMD_OFFLINE=1',
    ];
    const lines = (text: string) => text.trim().split('\n').sort();
    expect(lines((await host.exec(place, ['env'])).stdout)).toEqual(usual);
    const hostile = 'x"; touch /var/tmp/run-by-mistake; $(touch /var/tmp/run-by-mistake) `id`';
    const named = await host.exec(place, ['env'], { environment: { GIVEN: hostile } });
    expect(lines(named.stdout)).toEqual([...usual, `GIVEN=${hostile}`].sort());
    expect(existsSync(join(tree, 'var/tmp/run-by-mistake'))).toBe(false);
  } finally {
    delete process.env.SIDUS_TEST_LEAK;
  }
});

test('words of a command are never read by a shell', async () => {
  const hostile = ['$(id)', '`id`', 'a b', "'", '"', '\\', '*', '-n', '', 'two\nlines', ';id'];
  const ran = await host.exec(place, ['printf', '[%s]', ...hostile]);
  expect(ran.stdout).toBe(hostile.map((word) => `[${word}]`).join(''));
});

describe('binds', () => {
  test('are where they were asked for, and read-only when they should be', async () => {
    mkdirSync(join(root, 'given'), { recursive: true });
    writeFileSync(join(root, 'given/file'), 'of the server\n');
    const bind = (readOnly: boolean) => ({
      binds: [{ from: { place: 'server', path: '/given' } as const, to: '/mnt/given', readOnly }],
    });
    const read = await host.exec(
      place,
      ['sh', '-c', 'cat /mnt/given/file; echo x >/mnt/given/new'],
      bind(true),
    );
    expect(read.stdout).toBe('of the server\n');
    expect(read.stderr).toContain('Read-only file system');
    const write = await host.exec(place, ['sh', '-c', 'echo x >/mnt/given/new'], bind(false));
    expect(write.code).toBe(0);
    expect(readdirSync(join(root, 'given')).sort()).toEqual(['file', 'new']);
    expect(readdirSync(join(tree, 'mnt/given'))).toEqual([]);
  });

  test('that would leave the tree are refused', async () => {
    symlinkSync(join(root, 'given'), join(tree, 'mnt/way-out'));
    const ran = await host.exec(place, ['true'], {
      binds: [{ from: { place: 'server', path: '/given' }, to: '/mnt/way-out/x', readOnly: true }],
    });
    expect(ran).toMatchObject({ code: 125 });
    expect(ran.stderr).toContain('leads out of the tree');
    expect(existsSync(join(root, 'given/x'))).toBe(false);
  });
});

describe('a tree with hostile links', () => {
  const hostile = { tree: 'hostile' } as const;
  const there = join(root, 'srv/nfsroot/hostile/draft');
  const outside = join(root, 'outside');
  afterEach(() => {
    rmSync(there, { recursive: true, force: true });
    rmSync(outside, { recursive: true, force: true });
  });

  test.each(['dev', 'run', 'proc', 'sys', 'tmp', 'usr/sbin', 'usr', 'usr/sbin/policy-rc.d'])(
    '%s is refused, and nothing is put behind it',
    async (path) => {
      mkdirSync(outside, { recursive: true });
      if (path === 'usr') mkdirSync(join(outside, 'sbin'));
      const target = path === 'usr/sbin/policy-rc.d' ? join(outside, 'policy') : outside;
      mkdirSync(join(there, path, '..'), { recursive: true });
      mkdirSync(join(there, 'usr'), { recursive: true });
      if (path === 'usr') rmSync(join(there, 'usr'), { recursive: true });
      symlinkSync(target, join(there, path));
      const seen = execFileSync('find', [outside]).toString();
      const ran = await host.exec(hostile, ['true']);
      expect(ran).toMatchObject({ code: 125, stdout: '' });
      expect(ran.stderr).toMatch(/^cord: /);
      expect(execFileSync('find', [outside]).toString()).toBe(seen);
    },
  );

  test('the server itself is refused as a tree', async () => {
    mkdirSync(join(root, 'srv/nfsroot/hostile'), { recursive: true });
    symlinkSync('/', there);
    const ran = await host.exec(hostile, ['true']);
    expect(ran.code).toBe(125);
    expect(ran.stderr).toContain('this server');
  });
});

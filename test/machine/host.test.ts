import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { lstat, mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ProblemError } from '../../src/core/problem.ts';
import { Host } from '../../src/system/host.ts';
import { unitWords } from '../../src/system/launch.ts';
import { startTimeOf, takeLock } from '../../src/system/site-lock.ts';
import { leftovers, removeDirectory, temporaryDirectory, until } from '../support/machine.ts';
import { systemContract } from '../system/contract.ts';

// What hangs, because something outlives its command, fails soon.
vi.setConfig({ testTimeout: 60_000 });

/** The built one: `launch` starts it. */
const program = [process.execPath, resolve('dist/main.mjs')];

systemContract('the host, in a directory', async () => {
  const root = temporaryDirectory('contract');
  await mkdir(join(root, 'etc'), { recursive: true });
  return {
    system: new Host({ root, program }),
    plant: async (key, kind, content = '') => {
      const path = join(root, key);
      await mkdir(dirname(path), { recursive: true });
      if (kind === 'directory') await mkdir(path, { recursive: true });
      else if (kind === 'file') await writeFile(path, content);
      else await symlink(content, path);
    },
    look: async (key) => {
      const path = join(root, key);
      const found = await lstat(path).catch(() => null);
      if (found === null) return null;
      if (found.isSymbolicLink()) return { kind: 'link', content: await readlink(path) };
      if (found.isDirectory()) return { kind: 'directory', content: '' };
      return { kind: 'file', content: await readFile(path, 'utf8') };
    },
    done: async () => removeDirectory(root),
  };
});

const attributes = { mode: 0o644, owner: 'root', group: 'root' };

describe('the host', () => {
  const root = temporaryDirectory('host');
  const host = new Host({ root });
  const before = leftovers(root);
  beforeAll(() => mkdirSync(join(root, 'etc')));
  afterEach(async () => expect(await before.settled()).toEqual([]));
  afterAll(() => removeDirectory(root));

  test('a staged root is a cage too: its absolute links do not lead to the machine', async () => {
    await symlink('/etc', join(root, 'away'));
    await host.write('server', '/away/sidus-test-file', 'x', attributes);
    expect(readFileSync(join(root, 'etc/sidus-test-file'), 'utf8')).toBe('x');
    expect(readdirSync('/etc')).not.toContain('sidus-test-file');
  });

  test('what a killed writer left beside a file is replaced, and does not stay', async () => {
    const beside = join(root, 'etc/.motd.sidus-new');
    await writeFile(beside, 'half a fi', { mode: 0o600 });
    await host.write('server', '/etc/motd', 'whole', attributes);
    expect(readdirSync(join(root, 'etc')).filter((name) => name.includes('motd'))).toEqual([
      'motd',
    ]);
    await symlink('/nowhere', beside);
    await host.write('server', '/etc/motd', 'again', attributes);
    expect(readFileSync(join(root, 'etc/motd'), 'utf8')).toBe('again');
    await writeFile(beside, 'half');
    await host.link('server', '/etc/motd', 'elsewhere');
    expect(await readlink(join(root, 'etc/motd'))).toBe('elsewhere');
    expect(readdirSync(join(root, 'etc'))).not.toContain('.motd.sidus-new');
  });

  test('a write that fails leaves the old file and nothing beside it', async () => {
    await host.write('server', '/keep/file', 'old', attributes);
    const stranger = { ...attributes, owner: 'nobody-of-that-name' };
    await expect(host.write('server', '/keep/file', 'new', stranger)).rejects.toThrow(ProblemError);
    expect(readdirSync(join(root, 'keep'))).toEqual(['file']);
    expect(readFileSync(join(root, 'keep/file'), 'utf8')).toBe('old');
  });

  test('owners are those of the tree, not of the server', async () => {
    const draft = join(root, 'srv/nfsroot/owners/draft/etc');
    mkdirSync(draft, { recursive: true });
    await writeFile(join(draft, 'passwd'), 'daemon:x:3333:3334::/:/bin/sh\n');
    await writeFile(join(draft, 'group'), 'daemon:x:3334:\n');
    const place = { tree: 'owners' };
    const owned = { mode: 0o4711, owner: 'daemon', group: 'daemon' };
    await host.write(place, '/file', 'x', owned);
    const { uid, gid, mode } = statSync(join(root, 'srv/nfsroot/owners/draft/file'));
    expect([uid, gid, mode & 0o7777]).toEqual([3333, 3334, 0o4711]);
    expect(await host.stat(place, '/file')).toMatchObject(owned);
  });

  test('half a character at the end of a file is not read before it is whole', async () => {
    const path = join(root, 'etc/growing');
    const bytes = Buffer.from('eins\nü\n');
    await writeFile(path, bytes.subarray(0, 6));
    expect(await host.readFrom('server', '/etc/growing', 0)).toEqual({ text: 'eins\n', next: 5 });
    await writeFile(path, bytes);
    expect(await host.readFrom('server', '/etc/growing', 5)).toEqual({ text: 'ü\n', next: 8 });
  });

  test('an engine that ends before it began is a problem with its words, and leaves no secret', async () => {
    const directory = '/var/lib/sidus/runs/none-of-ours';
    const own = { root, secrets: { 'lab.root': 'horse' } };
    await host.write('server', `${directory}/plan.json`, '{}', attributes);
    const failing = new Host({ ...own, program: ['sh', '-c', 'echo cannot begin >&2; exit 1'] });
    for (const [engine, words] of [
      [failing, 'cannot begin'],
      [new Host({ ...own, program: ['/no/such/node'] }), ''],
    ] as const) {
      const error = await engine.launch('none-of-ours').catch((thrown: unknown) => thrown);
      expect((error as ProblemError).problems[0]).toMatchObject({ code: 'run/not-started' });
      expect((error as ProblemError).problems[0]?.detail).toContain(words);
      expect(readdirSync(join(root, directory)).sort()).toEqual(['engine.log', 'plan.json']);
    }
  });

  test('the words for systemd hold neither secret nor environment, and keep a $ what it is', () => {
    const words = unitWords('sidus-run-1', ['/usr/bin/node', 'x', '--root', '/srv/$HOME'], '/log');
    expect(words).toContain('--unit=sidus-run-1');
    expect(words).toContain('--property=KillMode=mixed');
    expect(words.slice(words.indexOf('--') + 1)).toEqual([
      ...['/usr/bin/node', 'x', '--root'],
      '/srv/$$HOME',
    ]);
    expect(words.join(' ')).not.toContain('setenv');
  });

  test('secrets.json is for root alone, and one that others can read is refused', async () => {
    await host.keepSecret('lab.root', 'horse');
    const path = join(root, 'etc/sidus/secrets.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o640);
    const asked = host.secret('lab.root');
    await expect(asked).rejects.toThrow(/can be read by others/);
    await asked.catch((error: ProblemError) => {
      expect(error.problems[0]?.code).toBe('secrets/readable');
      expect(JSON.stringify(error.problems)).not.toContain('horse');
    });
    await expect(host.keepSecret('lab.other', 'x')).rejects.toThrow(/can be read by others/);
    chmodSync(path, 0o600);
    expect(await host.secret('lab.root')).toBe('horse');
    const given = new Host({ root, secrets: { 'lab.root': 'for this run' } });
    expect(await given.secret('lab.root')).toBe('for this run');
  });

  describe('commands on the server', () => {
    test('exit code, input, and both streams line by line', async () => {
      const heard: string[] = [];
      const ran = await host.exec('server', ['sh', '-c', 'cat; echo out; echo err >&2; exit 7'], {
        stdin: 'one\ntwo\n',
        line: (line, from) => heard.push(`${from} ${line}`),
      });
      expect(ran).toMatchObject({ code: 7, stdout: 'one\ntwo\nout\n', stderr: 'err\n' });
      expect(heard.filter((line) => line.startsWith('stdout'))).toEqual([
        'stdout one',
        'stdout two',
        'stdout out',
      ]);
      expect(heard).toContain('stderr err');
    });

    test('lines arrive while the command runs, not when it is over', async () => {
      const gate = join(root, 'gate');
      const ran = await host.exec(
        'server',
        ['sh', '-c', 'echo first; until [ -e "$1" ]; do sleep 0.05; done; echo last', 'sh', gate],
        {
          patience: 20,
          unbuffered: true,
          // The command waits for the file that only this line makes.
          line: (line) => {
            if (line === 'first') mkdirSync(gate);
          },
        },
      );
      expect(ran.code).toBe(0);
      expect(ran.stdout).toBe('');
    });

    test('an unknown command is 127, one that a signal ended is 128 and more', async () => {
      expect((await host.exec('server', ['sidus-no-such-command'])).code).toBe(127);
      expect((await host.exec('server', ['sh', '-c', 'kill -TERM $$'])).code).toBe(143);
    });

    test('no input is an empty input, not the terminal', async () => {
      expect(await host.exec('server', ['cat'], { patience: 20 })).toMatchObject({ code: 0 });
    });

    test('an abort kills it, and so does the end of patience', async () => {
      const stop = new AbortController();
      const aborted = await host.exec('server', ['sh', '-c', 'echo up; exec sleep 4711'], {
        signal: stop.signal,
        line: () => stop.abort(),
      });
      expect(aborted.code).toBe(137);
      const begun = Date.now();
      expect((await host.exec('server', ['sleep', '4712'], { patience: 0.3 })).code).toBe(137);
      expect(Date.now() - begun).toBeLessThan(10_000);
      expect(commands()).not.toContain('sleep 4711');
      expect(commands()).not.toContain('sleep 4712');
    });

    test('confined, nothing that it starts outlives it', async () => {
      const ran = await host.exec(
        'server',
        ['sh', '-c', 'setsid sleep 4713 & until pgrep -x sleep >/dev/null; do :; done'],
        { confined: true, patience: 20 },
      );
      expect(ran.code).toBe(0);
      await until('the end of what was confined', 10, () =>
        commands().includes('sleep 4713') ? null : true,
      );
    });

    test('places become paths below the root, and the cache may lie elsewhere', async () => {
      const elsewhere = new Host({ root, cache: join(root, 'elsewhere') });
      const words = [
        'echo',
        { at: { place: 'server', path: '/etc/x' } },
        { at: { place: { tree: 'lab', version: 3 }, path: '/usr' } },
        { at: { place: { workshop: 'trixie' }, path: '' } },
        { at: { place: 'server', path: '/var/cache/sidus/trixie' } },
      ] as const;
      expect((await elsewhere.exec('server', words)).stdout).toBe(
        `${root}/etc/x ${root}/srv/nfsroot/lab/versions/3/usr ${root}/elsewhere/workshop/trixie ${root}/elsewhere/trixie\n`,
      );
    });
  });

  describe('the lock', () => {
    const path = join(root, 'var/lib/sidus/lock');
    const holdBy = async (pid: number, startTime: string): Promise<void> => {
      await mkdir(dirname(path), { recursive: true });
      const holder = { pid, startTime, command: 'sidus apply --of-another', since: 'then' };
      await writeFile(path, JSON.stringify(holder));
    };

    test('a living process of another engine keeps it', async () => {
      const other = spawn('sleep', ['4714'], { stdio: 'ignore' });
      const pid = other.pid ?? 0;
      try {
        await holdBy(pid, (await startTimeOf(pid)) ?? '');
        await expect(host.lock('mine')).rejects.toThrow(/--of-another.*process/);
        expect((await host.lockHolder())?.pid).toBe(pid);
      } finally {
        other.kill('SIGKILL');
      }
      // The holder is dead now: what it held is taken over.
      await until('the end of the holder', 10, async () =>
        (await startTimeOf(pid)) === null ? true : null,
      );
      expect(await host.lockHolder()).toBeNull();
      const release = await host.lock('mine');
      expect((await host.lockHolder())?.command).toBe('mine');
      await release();
    });

    test('a number that a younger process got holds nothing', async () => {
      await holdBy(process.pid, '1');
      expect(await host.lockHolder()).toBeNull();
      await (await host.lock('mine'))();
      expect(readdirSync(dirname(path)).filter((name) => name.startsWith('lock'))).toEqual([]);
    });

    test('a file that is no lock is replaced', async () => {
      await writeFile(path, '{"pid": 1, half a');
      await (await host.lock('mine'))();
      expect(readdirSync(dirname(path)).filter((name) => name.startsWith('lock'))).toEqual([]);
    });

    test('of eight engines that find a dead holder at once, one gets it, every time', async () => {
      const engines = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const child = spawn('sleep', ['4715'], { stdio: 'ignore' });
          const pid = child.pid ?? 0;
          const startTime = (await startTimeOf(pid)) ?? '';
          const holder = { pid, startTime, command: `engine ${pid}`, since: 'now', run: null };
          return { child, holder };
        }),
      );
      try {
        for (let round = 1; round <= 50; round += 1) {
          await holdBy(process.pid, 'of a dead one');
          const taken = await Promise.allSettled(
            engines.map(({ holder }) => takeLock(path, holder)),
          );
          const releases = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
          expect(releases, `holders in round ${round}`).toHaveLength(1);
          for (const release of releases) await release();
        }
      } finally {
        for (const { child } of engines) child.kill('SIGKILL');
      }
    });
  });
});

/** What runs on the machine, by command line. */
function commands(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      } catch {
        return '';
      }
    });
}

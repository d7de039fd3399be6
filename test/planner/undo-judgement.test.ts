import { describe, expect, test } from 'vitest';
import {
  absent,
  type Effect,
  file,
  link,
  noEmptyDirectory,
  packages,
  run as runs,
  unit,
} from '../../src/core/effect.ts';
import { render } from '../../src/core/message.ts';
import type { Plan } from '../../src/core/plan.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { describePlan } from '../../src/planner/describe.ts';
import { savedPlan } from '../../src/planner/saved-plan.ts';
import { scriptOf } from '../../src/planner/script.ts';
import { standing, undoable } from '../../src/planner/undo-choice.ts';
import { Session } from '../../src/runner/session.ts';
import { foundBelow } from '../../src/system/believable-removal.ts';
import type { Model } from '../../src/system/memory.ts';
import { FakeSystem } from '../support/fake-system.ts';
import { bringNfs } from '../support/removal-models.ts';
import { planOf } from '../support/small-plan.ts';
import { undoingPlan } from '../support/undoing.ts';

// What is somebody else's work, and which run is taken back.

const unstopped = new AbortController().signal;

/** Applies a plan and returns the run's id. */
async function apply(world: FakeSystem, plan: Plan): Promise<string> {
  const session = new Session(world);
  const report = await session.apply(plan, 'test', () => undefined, unstopped);
  if (report.outcome !== 'ok') throw new Error(JSON.stringify(report.problem));
  return (await session.runs()).at(-1) ?? '';
}

const doing = (...effects: readonly Effect[]): Plan => planOf('/', { 'test/one': effects });

async function problemsOf(asked: Promise<unknown>): Promise<readonly string[]> {
  try {
    await asked;
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.problems.map(({ code, at }) => (at === undefined ? code : `${code} ${at}`));
  }
}

const notes = (plan: Plan): string => plan.notes.map(render).join('\n');

describe('what somebody changed since', () => {
  const plan = doing(
    file('server', '/etc/one', 'ours'),
    file('server', '/etc/two', 'ours'),
    file('server', '/etc/three', 'ours'),
  );
  const edited = async (): Promise<FakeSystem> => {
    const world = new FakeSystem();
    world.makeNode('/etc/one', 'file', 'before');
    world.makeNode('/etc/two', 'file', 'before');
    await apply(world, plan);
    world.makeNode('/etc/two', 'file', 'by hand');
    world.makeNode('/etc/three', 'file', 'ours', { mode: 0o600 });
    return world;
  };

  test('is not overwritten: each is named, and nothing is done', async () => {
    const world = await edited();
    expect(await problemsOf(undoingPlan(world))).toEqual([
      'undo/changed-since /etc/two',
      'undo/changed-since /etc/three',
    ]);
  });

  test('stays when it shall be kept, and a note says so', async () => {
    const world = await edited();
    const undo = await undoingPlan(world, { changed: 'keep' });
    expect(notes(undo)).toContain('they stay: /etc/two, /etc/three');
    await apply(world, undo);
    expect([world.text('/etc/one'), world.text('/etc/two'), world.text('/etc/three')]).toEqual([
      'before',
      'by hand',
      'ours',
    ]);
  });

  test('is replaced when it shall be, and kept in the history of the undo', async () => {
    const world = await edited();
    const id = await apply(world, await undoingPlan(world, { changed: 'replace' }));
    expect(world.text('/etc/two')).toBe('before');
    expect(world.nodes.has('/etc/three')).toBe(false);
    const kept = world.below(`/var/lib/sidus/runs/${id}/originals`).map((key) => world.text(key));
    expect(kept).toContain('by hand');
  });

  test('a file that stands again as before the run is nobody’s business', async () => {
    const world = await edited();
    world.makeNode('/etc/two', 'file', 'before');
    world.nodes.delete('/etc/three');
    await apply(world, await undoingPlan(world));
    expect(world.text('/etc/two')).toBe('before');
  });

  test('a file in a directory that the run made keeps the directory', async () => {
    const world = new FakeSystem();
    await apply(world, doing(file('server', '/srv/made/by/us', 'ours')));
    world.makeNode('/srv/made/theirs', 'file', 'by hand');
    const undo = await undoingPlan(world);
    expect(notes(undo)).toContain('something else in them stay: /srv/made.');
    await apply(world, undo);
    expect(world.text('/srv/made/theirs')).toBe('by hand');
    expect(world.nodes.has('/srv/made/by')).toBe(false);
  });
});

describe('a part of a file', () => {
  const block: Effect = {
    ...{ kind: 'block', place: 'server', path: '/etc/hosts' },
    ...{ marker: 'names', content: '192.0.2.1 server\n' },
  };
  const hosts = (): FakeSystem => {
    const world = new FakeSystem();
    // No line break at its end, so that what is put back is told from what is cut out.
    world.makeNode('/etc/hosts', 'file', '127.0.0.1 localhost');
    return world;
  };

  test('is gone, byte for byte', async () => {
    const world = hosts();
    await apply(world, doing(block));
    await apply(world, await undoingPlan(world));
    expect(world.text('/etc/hosts')).toBe('127.0.0.1 localhost');
  });

  test('goes alone where somebody wrote beside it', async () => {
    const world = hosts();
    await apply(world, doing(block));
    world.makeNode('/etc/hosts', 'file', `${world.text('/etc/hosts')}192.0.2.9 theirs\n`);
    await apply(world, await undoingPlan(world));
    expect(world.text('/etc/hosts')).toBe('127.0.0.1 localhost\n192.0.2.9 theirs\n');
  });

  test('that somebody changed is theirs', async () => {
    const world = hosts();
    await apply(world, doing(block));
    const text = world.text('/etc/hosts').replace('server', 'server more');
    world.makeNode('/etc/hosts', 'file', text);
    expect(await problemsOf(undoingPlan(world))).toEqual(['undo/changed-since /etc/hosts']);
  });
});

test('links, removed files, modes and directories are as they were', async () => {
  const world = new FakeSystem();
  world.makeNode('/etc/link', 'link', 'there');
  world.put('/etc/removed', {
    kind: 'file',
    content: 'old',
    ...{ mode: 0o4755, owner: 'nobody', group: 'nogroup', modified: 1_600_000_000_000 },
  });
  world.makeNode('/etc/became', 'link', 'removed');
  world.makeNode('/etc/empty', 'directory', '', { mode: 0o700 });
  world.makeNode('/etc/wide', 'directory', '', { mode: 0o700 });
  const before = world.snapshot();
  await apply(
    world,
    doing(
      link('server', '/etc/link', 'elsewhere'),
      absent('server', '/etc/removed'),
      file('server', '/etc/became', 'a file'),
      noEmptyDirectory('server', '/etc/empty'),
      { kind: 'directory', place: 'server', path: '/etc/wide', ...root, mode: 0o777 },
    ),
  );
  await apply(world, await undoingPlan(world));
  expect({ ...world.snapshot(), '/var/lib/sidus': null }).toEqual({
    ...before,
    '/var/lib/sidus': null,
  });
});

describe('directories', () => {
  const made = (mode: number): Effect => ({
    ...{ kind: 'directory', place: 'server', path: '/srv/tftp' },
    ...{ ...root, mode },
  });

  test('that a link leads to get back what they had, not what links have', async () => {
    const world = new FakeSystem();
    world.makeNode('/data/tftp', 'directory', '', { mode: 0o750, owner: 'tftp' });
    world.makeNode('/srv/tftp', 'link', '/data/tftp');
    await apply(world, doing(made(0o755)));
    expect(world.nodes.get('/data/tftp')).toMatchObject({ mode: 0o755, owner: 'root' });
    expect((await new Session(world).inspect(doing(made(0o755)))).steps[0]?.settled).toBe(true);
    await apply(world, await undoingPlan(world));
    expect(world.nodes.get('/data/tftp')).toMatchObject({ mode: 0o750, owner: 'tftp' });
    expect(world.nodes.get('/srv/tftp')?.kind).toBe('link');
  });

  test('that somebody gave another mode since keep it', async () => {
    const world = new FakeSystem();
    world.makeNode('/srv/tftp', 'directory', '', { mode: 0o750 });
    await apply(world, doing(made(0o755), file('server', '/etc/one', '1')));
    world.makeNode('/srv/tftp', 'directory', '', { mode: 0o700 });
    const undo = await undoingPlan(world);
    expect(notes(undo)).toContain('they stay: /srv/tftp');
    await apply(world, undo);
    expect(world.nodes.get('/srv/tftp')).toMatchObject({ mode: 0o700 });
    expect(world.nodes.has('/etc/one')).toBe(false);
  });

  test('where a file was to be are left; the undo is refused where one is gone', async () => {
    const world = new FakeSystem();
    const plan = doing(file('server', '/etc/one', '1'), file('server', '/etc/place', '2'));
    world.makeNode('/etc/place', 'directory', '', { mode: 0o700 });
    const write = world.write.bind(world);
    world.write = async (place, path, content, given) => {
      if (path !== '/etc/place') return write(place, path, content, given);
      throw Object.assign(new Error(path), { code: 'EISDIR', path });
    };
    await expect(apply(world, plan)).rejects.toThrow(/cannot be written/);
    const gone = world.clone();
    gone.makeNode('/etc/place', 'file', '2');
    expect(await problemsOf(undoingPlan(gone))).toEqual(['undo/not-kept /etc/place']);
    await apply(world, await undoingPlan(world));
    expect(world.nodes.has('/etc/one')).toBe(false);
    expect(world.nodes.get('/etc/place')?.kind).toBe('directory');
  });
});

const root = { mode: 0o755, owner: 'root', group: 'root' } as const;

describe('which run', () => {
  const one = doing(file('server', '/etc/one', '1'));
  const two = doing(file('server', '/etc/two', '2'));
  const oneAgain = doing(file('server', '/etc/one', 'another'));
  const nothing = doing(runs('server', ['true']));

  test('without a name the last one that changed something, then the one before', async () => {
    const world = new FakeSystem();
    world.models.unshift((_, __, [word]) => (word === 'true' ? {} : undefined));
    await apply(world, one);
    await apply(world, two);
    await apply(world, nothing);
    await apply(world, await undoingPlan(world));
    expect([world.text('/etc/one'), world.text('/etc/two')]).toEqual(['1', '']);
    await apply(world, await undoingPlan(world));
    expect(world.nodes.has('/etc/one')).toBe(false);
    expect(await problemsOf(undoingPlan(world))).toEqual(['undo/nothing']);
  });

  test('an older one only where no newer one changed the same', async () => {
    const world = new FakeSystem();
    const first = await apply(world, one);
    const second = await apply(world, two);
    const third = await apply(world, oneAgain);
    expect(await problemsOf(undoingPlan(world, { run: first }))).toEqual(['undo/newer-run']);
    await apply(world, await undoingPlan(world, { run: second }));
    await apply(world, await undoingPlan(world, { run: third }));
    expect(world.text('/etc/one')).toBe('1');
    await apply(world, await undoingPlan(world, { run: first }));
    expect(world.nodes.has('/etc/one')).toBe(false);
    expect(await problemsOf(undoingPlan(world, { run: first }))).toEqual(['undo/undone']);
    expect(await problemsOf(undoingPlan(world, { run: 'x' }))).toEqual(['undo/no-such-run']);
  });

  test('an undo is undone by its name, and the run then stands again', async () => {
    const world = new FakeSystem();
    world.units.set('there.service', { enabled: 'disabled', active: false });
    world.serverPackages.add('brought');
    const plan = doing(
      packages('server', ['dnsmasq-base']),
      file('server', '/etc/deep/one', '1'),
      unit('server', 'there.service', 'enabled', { running: 'started' }),
    );
    const id = await apply(world, plan);
    const applied = JSON.stringify(world.snapshot());
    const undo = await apply(world, await undoingPlan(world));
    expect(JSON.stringify(world.snapshot())).not.toBe(applied);
    const session = new Session(world);
    expect([...standing(await session.history())]).toEqual([undo]);
    await apply(world, await undoingPlan(world, { run: undo }));
    expect(world.snapshot()).toEqual(JSON.parse(applied));
    expect(undoable(await session.history()).map((run) => run.id)).toContain(id);
    // And once more, as if nothing had been.
    await apply(world, await undoingPlan(world));
    expect(world.nodes.has('/etc/deep')).toBe(false);
    expect(world.serverPackages.has('dnsmasq-base')).toBe(false);
    expect(world.units.get('there.service')).toEqual({ enabled: 'disabled', active: false });
  });
});

describe('units', () => {
  test('one that ran reads what it had before; one that was masked is again', async () => {
    const world = new FakeSystem();
    world.makeNode('/etc/served', 'file', 'before');
    world.units.set('served.service', { enabled: 'enabled', active: true });
    world.units.set('hidden.service', { enabled: 'masked', active: false });
    world.units.set('shown.service', { enabled: 'disabled', active: true });
    const before = world.snapshot();
    await apply(
      world,
      doing(
        file('server', '/etc/served', 'ours'),
        unit('server', 'served.service', 'enabled', {
          running: 'started',
          restartWhenChanged: true,
        }),
        unit('server', 'hidden.service', 'enabled', { running: 'started' }),
        unit('server', 'shown.service', 'masked', { running: 'stopped' }),
      ),
    );
    await apply(world, await undoingPlan(world));
    const known = ({ '/var/lib/sidus': _, ...rest }: Readonly<Record<string, unknown>>) => rest;
    expect(known(world.snapshot())).toEqual(known(before));
    expect(world.ran.get('start served.service')).toBeGreaterThan(
      world.lastTouched(['/etc/served']) - 1,
    );
  });
});

describe('packages', () => {
  const plan = doing(packages('server', ['nfs-kernel-server', 'dnsmasq-base']));

  test('that another needs by now are named, and so is what would go', async () => {
    const world = new FakeSystem();
    await apply(world, plan);
    world.serverPackages.add('dnsmasq');
    expect(await new Session(world).removal(['dnsmasq-base'], [])).toEqual({
      names: ['dnsmasq-base'],
      more: ['dnsmasq'],
    });
    // And looked at once more when they go: the plan may be of yesterday.
    const undo = await undoingPlan(world);
    const report = await new Session(world).apply(undo, 'test', () => undefined, unstopped);
    expect(report.problem?.code).toBe('run/would-remove-more');
    expect(world.serverPackages.has('dnsmasq')).toBe(true);
  });

  test('stay where somebody works with what they brought, if that is to be kept', async () => {
    const world = new FakeSystem();
    await apply(world, plan);
    world.makeNode('/etc/nfs.conf', 'file', '[nfsd]\nthreads=64\n');
    expect(await problemsOf(undoingPlan(world))).toEqual(['undo/changed-since /etc/nfs.conf']);
    const undo = await undoingPlan(world, { changed: 'keep' });
    expect(notes(undo)).toContain('The packages that it installed stay: nfs-kernel-server');
    await apply(world, undo);
    expect(world.text('/etc/nfs.conf')).toContain('threads=64');
  });

  test('take along what somebody worked on: it comes back as it was left, wherever undo died', async () => {
    const applied = new FakeSystem();
    applied.makeNode('/etc/exports', 'file', '/home *(ro)\n', { mode: 0o640 });
    applied.makeNode('/etc/exports.d/office.exports', 'file', '/office *(ro)\n');
    await apply(applied, plan);
    applied.makeNode('/etc/exports', 'file', '/home *(ro)\n/more *(ro)\n', { mode: 0o600 });
    expect(notes(await undoingPlan(applied))).toContain('they stay: /etc/exports');
    for (let nth = 1; ; nth += 1) {
      const world = applied.clone();
      world.dieAt(nth);
      await undoingPlan(world)
        .then((undo) => apply(world, undo))
        .catch((error: unknown) => {
          if (!world.isDead) throw error;
        });
      const died = world.isDead;
      world.revive();
      if (died)
        await undoingPlan(world)
          .then((undo) => apply(world, undo))
          .catch((error: unknown) => {
            // It died with its last word.
            if (!String(error).includes('no run changed anything')) throw error;
          });
      expect(world.nodes.get('/etc/exports'), world.changes.at(-1)).toMatchObject({
        content: '/home *(ro)\n/more *(ro)\n',
        mode: 0o600,
      });
      expect(world.serverPackages.size).toBe(0);
      if (!died) break;
    }
  });

  test('an account that came later stays, with those of the packages', async () => {
    const world = new FakeSystem();
    await apply(world, plan);
    const accounts = `${world.text('/etc/passwd')}alice:x:1000:1000::/home/alice:/bin/sh\n`;
    world.makeNode('/etc/passwd', 'file', accounts);
    const undo = await undoingPlan(world);
    expect(notes(undo)).toContain('they stay: /etc/passwd');
    await apply(world, undo);
    expect(world.text('/etc/passwd')).toBe(accounts);
    expect(world.serverPackages.size).toBe(0);
  });
});

describe('the copy of /etc', () => {
  const plan = doing(packages('server', ['nfs-kernel-server']));
  const copying = (answers: (to: string) => ReturnType<Model>) => {
    const world = new FakeSystem();
    let nth = 0;
    world.models.unshift((_, __, words) => {
      if (words[0] !== 'cp') return undefined;
      nth += 1;
      return answers(words.at(-1) ?? '');
    });
    return { world, count: () => nth };
  };

  test('leaves out what is mounted there, and so does undo', async () => {
    const { world } = copying((to) => {
      world.copyBelow('/etc', to);
      world.removeBelow(`${to}/pve`);
      world.makeNode(`${to}/pve`, 'directory');
      world.removeBelow(`${to}/hosts here`);
      return {};
    });
    world.makeNode(
      '/proc/self/mountinfo',
      'file',
      `25 1 8:1 / / rw - ext4 /dev/sda1 rw
36 25 0:31 / /etc/pve rw - fuse.pmxcfs pmxcfs rw
37 25 0:32 /hosts /etc/hosts\\040here rw - ext4 /dev/sda2 rw
`,
    );
    const theirs = ['/etc/pve/storage.cfg', '/etc/pve/nodes/one', '/etc/hosts here'];
    for (const path of theirs) world.makeNode(path, 'file', 'theirs');
    await apply(world, plan);
    await apply(world, await undoingPlan(world));
    expect(theirs.map((path) => world.text(path))).toEqual(['theirs', 'theirs', 'theirs']);
    expect(world.nodes.has('/etc/nfs.conf')).toBe(false);
  });

  test('is tried again where files vanished meanwhile, which is no failure; others are', async () => {
    const gone = "cp: cannot stat '/etc/.swp': No such file or directory\n";
    const restless = copying((to) => {
      restless.world.copyBelow('/etc', to);
      return { code: 1, stderr: gone };
    });
    await apply(restless.world, plan);
    expect(restless.count()).toBe(2);
    const broken = copying(() => ({ code: 1, stderr: `${gone}cp: error reading '/etc/x': I/O\n` }));
    await expect(apply(broken.world, plan)).rejects.toThrow(/error reading/);
  });
});

describe('between packages that came half-way and the run that goes on, somebody works in /etc', () => {
  const plan = doing(packages('server', ['nfs-kernel-server']));
  const passwd = 'root:x:0:0:root:/root:/bin/bash\n';
  /** The packages come, and then it ends as `how` says. */
  async function halfWay(world: FakeSystem, how: 'fails' | 'dies'): Promise<void> {
    world.makeNode('/etc/motd', 'file', 'before');
    world.makeNode('/etc/removed', 'file', 'before');
    const install: Model = (_, place, words) => {
      if (place !== 'server' || words[0] !== 'apt-get' || words[1] !== 'install') return undefined;
      bringNfs(world);
      if (how === 'dies') throw new Error('killed');
      return { code: 100, stderr: 'E: no more of it\n' };
    };
    world.models.unshift(install);
    const report = await new Session(world).apply(plan, 'test', () => undefined, unstopped);
    expect(report.outcome).toBe('failed');
    world.models.splice(world.models.indexOf(install), 1);
  }
  const work = (world: FakeSystem): void => {
    world.makeNode('/etc/motd', 'file', 'by hand');
    world.makeNode('/etc/mine', 'file', 'by hand');
    world.nodes.delete('/etc/removed');
  };
  const expectWork = (world: FakeSystem): void => {
    expect([world.text('/etc/motd'), world.text('/etc/mine')]).toEqual(['by hand', 'by hand']);
    expect(world.nodes.has('/etc/removed')).toBe(false);
    expect(world.nodes.has('/etc/exports')).toBe(false);
    expect(world.serverPackages.size).toBe(0);
  };

  test('after a failure', async () => {
    const world = new FakeSystem();
    await halfWay(world, 'fails');
    work(world);
    const undone = world.clone();
    await apply(undone, await undoingPlan(undone));
    expectWork(undone);
    expect(undone.text('/etc/passwd')).toBe(passwd);

    const alice = 'alice:x:1000:1000::/home/alice:/bin/sh\n';
    world.makeNode('/etc/passwd', 'file', `${world.text('/etc/passwd')}${alice}`);
    world.models.unshift((_, place, [apt, verb]) => {
      if (place !== 'server' || apt !== 'apt-get' || verb !== 'install') return undefined;
      world.makeNode('/etc/passwd', 'file', `${world.text('/etc/passwd')}more:x:102:65534::/:/x\n`);
      for (const name of ['nfs-kernel-server', 'nfs-common']) world.serverPackages.add(name);
      return {};
    });
    await apply(world, plan);
    await apply(world, await undoingPlan(world));
    expectWork(world);
    expect(world.text('/etc/passwd')).toContain(alice);
  });

  test('after a death: known by when it was changed', async () => {
    const world = new FakeSystem();
    let seconds = 1000;
    world.now = () => new Date(seconds * 1000);
    const changed = new Map<string, number>();
    world.models.unshift((_, __, [find, directory]) => {
      if (find !== 'find' || directory !== '/etc') return undefined;
      const fields = foundBelow(world, directory).split('\0');
      for (let at = 0; at + 5 < fields.length; at += 6) {
        fields[at + 5] = `${changed.get(`/etc/${fields[at]}`) ?? 1000}.5`;
      }
      return { stdout: fields.join('\0') };
    });
    seconds = 1001;
    await halfWay(world, 'dies');
    work(world);
    for (const path of ['/etc/motd', '/etc/mine']) changed.set(path, 1500);
    seconds = 2000;
    await apply(world, plan);
    await apply(world, await undoingPlan(world));
    expectWork(world);
    expect(world.text('/etc/passwd')).toBe(passwd);
  });
});

test('clients at work are named where what they hang on is taken back', async () => {
  const world = new FakeSystem();
  world.units.set('nfs-server.service', { enabled: 'disabled', active: false });
  await apply(
    world,
    doing(unit('server', 'nfs-server.service', 'enabled', { running: 'started' })),
  );
  const undo = await undoingPlan(world, { connected: ['192.168.67.101'] });
  expect(notes(undo)).toContain('192.168.67.101');
});

test('no secret stands in the plan of an undo, its words or its script; it is JSON', async () => {
  const world = new FakeSystem();
  world.secrets.set('lab.key', 'Correct horse');
  world.makeNode('/etc/key', 'file', 'an older secret', { mode: 0o600 });
  await apply(world, doing(file('server', '/etc/key', [{ secret: 'lab.key' }], { mode: 0o600 })));
  const undo = await undoingPlan(world);
  expect(savedPlan(JSON.stringify(undo), 'plan.json')).toEqual(undo);
  for (const text of [JSON.stringify(undo), describePlan(undo, null), scriptOf(undo)]) {
    expect(text).not.toMatch(/Correct horse|older secret/);
  }
  await apply(world, undo);
  expect(world.nodes.get('/etc/key')).toMatchObject({ content: 'an older secret', mode: 0o600 });
});

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { script } from '../../src/core/assets.ts';
import { absent, type Effect, file, link, packages, run } from '../../src/core/effect.ts';
import type { Plan } from '../../src/core/plan.ts';
import { lastJson, sidus } from '../support/engine.ts';
import { planned } from '../support/facts.ts';
import { leftovers, removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { planOf } from '../support/small-plan.ts';
import { treeListing } from '../support/tree-listing.ts';

let directory: string;
let before: ReturnType<typeof leftovers>;
beforeEach(() => {
  directory = temporaryDirectory('undo');
  before = leftovers(directory);
});
afterEach(async () => {
  expect(await before.settled()).toEqual([]);
  removeDirectory(directory);
});

/** Everything that undo promises: of files also when they were last changed. */
function listingOf(root: string): Readonly<Record<string, string>> {
  const left = /^\/(srv\/nfsroot|var\/cache\/sidus|var\/lib\/sidus)(\/|$)|^\/var(\/lib)?$/;
  return Object.fromEntries(
    [...treeListing(root)]
      .filter(([path]) => !left.test(path))
      .map(([path, what]) => [
        path,
        what.startsWith('file')
          ? `${what} ${Math.floor(lstatSync(join(root, path)).mtimeMs)}`
          : what,
      ]),
  );
}

describe('under a directory', () => {
  let root: string;
  const put = (path: string, content: string, mode = 0o644, owner = 0): void => {
    const here = join(root, path);
    mkdirSync(dirname(here), { recursive: true });
    writeFileSync(here, content);
    chownSync(here, owner, owner);
    chmodSync(here, mode);
    utimesSync(here, 1_600_000_000.123, 1_600_000_000.123);
  };

  /** What serves the clients, after a tree that is there, and some more of every kind. */
  function serving(more: readonly Effect[] = []): string {
    const { plan } = planned('rehearsal', { 'server/root': root });
    const wanted = /^site\/|^serve\/(exports|menus|dnsmasq|rehearsal\/)/;
    const steps = plan.steps.filter(({ id }) => wanted.test(id));
    expect(steps.length).toBeGreaterThan(5);
    const block: Effect = {
      ...{ kind: 'block', place: 'server', path: '/etc/hosts' },
      ...{ marker: 'names', content: '192.0.2.1 server\n' },
    };
    const extra = planOf(root, {
      'test/more': [
        block,
        link('server', '/etc/link', 'elsewhere'),
        absent('server', '/etc/removed'),
        file('server', '/etc/private', 'ours', { mode: 0o600 }),
        { kind: 'secret', place: 'server', name: 'lab.key' },
        ...more,
      ],
    }).steps;
    const whole: Plan = {
      ...plan,
      steps: [...steps, ...extra].map(({ after: _, follows: __, ...step }) => step),
    };
    const path = join(directory, 'plan.json');
    writeFileSync(path, JSON.stringify(whole));
    return path;
  }

  beforeEach(() => {
    root = join(directory, 'root');
    mkdirSync(root);
    put('/srv/nfsroot/rehearsal/versions/1/vmlinuz', 'a kernel');
    put('/srv/nfsroot/rehearsal/versions/1/initrd.img', 'an initrd');
    put('/etc/exports', '/home 192.0.2.0/24(rw)\n', 0o640);
    put('/etc/exports.d/sidus.exports', '# by hand, long ago', 0o640, 4711);
    put('/etc/hosts', '127.0.0.1 localhost');
    put('/etc/removed', 'was there', 0o4755);
    put('/etc/private', 'an older secret', 0o600);
    put('/srv/tftp/menu', 'a menu by hand', 0o444);
    put('/srv/tftp/sidus/rehearsal/1/vmlinuz', 'a kernel of before');
    symlinkSync('nowhere', join(root, 'etc/link'));
    mkdirSync(join(root, 'srv/tftp/pxelinux.cfg'), { mode: 0o750 });
    symlinkSync('../menu', join(root, 'srv/tftp/pxelinux.cfg/default'));
    chmodSync(join(root, 'srv/tftp/pxelinux.cfg'), 0o2750);
  });

  test('undo of an apply leaves what was there, byte for byte, and nothing else', async () => {
    const was = listingOf(root);
    const plan = serving();
    const applied = await sidus('apply', plan, '--root', root, '--yes', '--json');
    expect(applied.code, applied.stderr).toBe(0);
    expect(Object.keys(listingOf(root)).length).toBeGreaterThan(Object.keys(was).length + 8);
    expect(existsSync(join(root, 'etc/sidus/secrets.json'))).toBe(true);

    const asked = await sidus('undo', '--root', root);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/restore {2}\/etc\/exports.d\/sidus.exports {2}0640 4711:4711/);
    expect(asked.stderr).toMatch(/remove {3}\/etc\/systemd\/system\/sidus-dnsmasq.service/);
    expect(asked.stderr).toMatch(/request\/not-confirmed/);
    expect(asked.stderr).not.toContain('an older secret');

    const listed = await sidus('undo', '--root', root, '--list');
    expect(listed.stdout.trim().split('\n')).toHaveLength(1);
    const undone = await sidus('undo', '--root', root, '--yes', '--json');
    expect(undone.code, undone.stderr).toBe(0);
    expect(listingOf(root)).toEqual(was);

    const status = await sidus('status', '--root', root, '--json');
    expect(lastTitles(status.stdout)).toEqual(['Take back: {title}', expect.any(String)]);
    const again = await sidus('undo', '--root', root, '--yes', '--json');
    expect(again.code).toBe(2);
    expect(again.stdout).toContain('"undo/nothing"');
  });

  test('of a run that failed half-way, and of one that went on with it', async () => {
    const was = listingOf(root);
    const gate = join(directory, 'gate');
    const plan = serving([run('server', ['test', '-e', gate])]);
    const failed = await sidus('apply', plan, '--root', root, '--yes', '--json');
    expect(failed.code).toBe(1);
    expect((await sidus('undo', '--root', root, '--yes', '--json')).code).toBe(0);
    expect(listingOf(root)).toEqual(was);

    expect((await sidus('apply', plan, '--root', root, '--yes', '--json')).code).toBe(1);
    writeFileSync(gate, '');
    expect((await sidus('resume', '--root', root, '--json')).code).toBe(0);
    const undone = await sidus('undo', '--root', root, '--yes', '--json');
    expect(undone.code, undone.stderr).toBe(0);
    expect(listingOf(root)).toEqual(was);
  });

  test('takes out the secrets that it made, and none that somebody added', async () => {
    await sidus('apply', serving(), '--root', root, '--yes', '--json');
    const path = join(root, 'etc/sidus/secrets.json');
    const secrets = () => JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    writeFileSync(path, JSON.stringify({ ...secrets(), 'mine.key': 'by hand' }));
    const undone = await sidus('undo', '--root', root, '--yes', '--json');
    expect(undone.code, undone.stderr).toBe(0);
    expect(secrets()).toEqual({ 'mine.key': 'by hand' });
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
  });

  test('after a deletion, it exports what is there, and lets nobody boot what is gone', async () => {
    const at = (path: string) => ({ at: { place: 'server' as const, path } });
    const exporting = (...versions: readonly number[]): Effect =>
      file(
        'server',
        '/etc/exports.d/sidus.exports',
        versions.map((one) => `/srv/nfsroot/lab/versions/${one} *(ro)\n`).join(''),
      );
    const current = (version: number): Effect =>
      link('server', '/srv/tftp/sidus/lab/current', String(version));
    const apply = async (...effects: readonly Effect[]): Promise<void> => {
      const path = join(directory, 'plan.json');
      writeFileSync(path, JSON.stringify(planOf(root, { 'test/one': effects })));
      const applied = await sidus('apply', path, '--root', root, '--yes', '--json');
      expect(applied.code, applied.stderr + applied.stdout).toBe(0);
    };
    const undo = (...words: readonly string[]) =>
      sidus('undo', ...words, '--root', root, '--yes', '--json');
    for (const version of [1, 2, 3]) {
      put(`/srv/nfsroot/lab/versions/${version}/etc/sidus/version`, `VERSION=${version}\n`);
    }
    const was = listingOf(root);
    await apply(exporting(1), current(1));
    await apply(exporting(1, 2), current(2));
    await apply(exporting(1, 2, 3));
    const [home, boot] = ['/srv/nfsroot/lab', '/srv/tftp/sidus/lab/1'];
    await apply(
      exporting(2, 3),
      run('server', ['sh', script('delete-version'), 'delete', at(home), 'lab', '1', at(boot)]),
    );
    expect(existsSync(join(root, home, 'versions/1'))).toBe(false);

    const undone = await undo();
    expect(undone.code, undone.stderr + undone.stdout).toBe(0);
    const exported = readFileSync(join(root, 'etc/exports.d/sidus.exports'), 'utf8');
    expect(exported).toBe('/srv/nfsroot/lab/versions/2 *(ro)\n');
    const refused = await undo();
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain('"undo/version-gone"');
    const listed = await sidus('undo', '--root', root, '--list');
    const first = listed.stdout.trim().split('\n').at(-1)?.split(' ')[0] ?? '';
    const all = await undo(first, '--with-newer');
    expect(all.code, all.stderr + all.stdout).toBe(0);
    expect(listingOf(root)).toEqual(was);
  });

  test('refuses what somebody changed since, until it is told what to do', async () => {
    const was = listingOf(root);
    await sidus('apply', serving(), '--root', root, '--yes', '--json');
    const mine = join(root, 'etc/private');
    writeFileSync(mine, 'by hand');
    const refused = await sidus('undo', '--root', root, '--yes', '--json');
    expect(refused.code).toBe(2);
    expect(lastJson<{ problems: { code: string; at: string }[] }>(refused).problems).toMatchObject([
      { code: 'undo/changed-since', at: '/etc/private' },
    ]);
    const kept = ['undo', '--root', root, '--yes', '--json', '--changed', 'keep'] as const;
    expect((await sidus(...kept)).code).toBe(0);
    expect(readFileSync(mine, 'utf8')).toBe('by hand');
    expect({ ...listingOf(root), '/etc/private': '' }).toEqual({ ...was, '/etc/private': '' });
  });
});

test('pretended, it first makes something to take back', async () => {
  const { code, stderr } = await sidus('undo', '--pretend', '--yes', '--progress', 'plain');
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/Take back: Make this server a SIDUS server/);
  expect(stderr).toMatch(/Done\.\n$/);
});

function lastTitles(json: string): readonly string[] {
  const { runs } = JSON.parse(json) as { runs: { title: { text: string } }[] };
  return runs.map(({ title }) => title.text);
}

/**
 * Real packages with their maintainer scripts, on a copy of this machine that is thrown away: a
 * file system laid over it, in namespaces of its own. Without systemd: units are for test/boot.
 */
test('packages go, and /etc is as it was: accounts that they leave, exports that they take along', () => {
  const plan = planOf('/', {
    'test/packages': [packages('server', ['nfs-kernel-server', 'dnsmasq-base'])],
    'test/exports': [file('server', '/etc/exports.d/sidus.exports', '# ours\n')],
  });
  writeFileSync(join(directory, 'plan.json'), JSON.stringify(plan));
  for (const name of ['up', 'work', 'all', 'told']) mkdirSync(join(directory, name));
  const script = `
mount -t tmpfs -o size=2g sidus-test "$1/up"
mkdir "$1/up/up" "$1/up/work"
mount -t overlay -o "lowerdir=/,upperdir=$1/up/up,workdir=$1/up/work" sidus-test "$1/all"
mount --bind "$1/told" "$1/all$1/told"
mount -t proc proc "$1/all/proc"
mount --rbind /dev "$1/all/dev"
mount -t sysfs -o ro sysfs "$1/all/sys"
mount -t tmpfs tmpfs "$1/all/run"
cd "$1/all"
exec chroot "$1/all" sh -euc '
cd "$2"
listing() {
  find /etc -type f -exec sha256sum {} +
  find /etc \\( -type f -printf "%p %#m %U:%G %Ts\\n" \\) -o \\( -type l -printf "%p %l\\n" \\) -o -printf "%p/ %#m %U:%G\\n"
}
test ! -e /var/lib/dpkg/info/nfs-kernel-server.list
mkdir -p /etc/exports.d
echo "/home 192.0.2.0/24(rw)" >/etc/exports
chmod 640 /etc/exports
echo "/office 192.0.2.0/24(ro)" >/etc/exports.d/office.exports
touch -d "2020-02-02 02:02:02" /etc/exports
mkdir /etc/mounted
mount -t tmpfs sidus-test /etc/mounted
echo theirs >/etc/mounted/file
listing | sort >"$1/told/before"
apply() { node --import tsx test/support/apply-and-undo.ts "$1"; }
apply "$1/plan.json" >"$1/told/apply.json"
listing | sort >"$1/told/between"
cat /var/lib/sidus/runs/*/events.jsonl >"$1/told/events"
apply undo >"$1/told/undo.json"
listing | sort >"$1/told/after"
dpkg-query --show --showformat="\\\${Package} \\\${Status}\\n" >"$1/told/packages"
' sh "$1" "$2"`;
  const before = execFileSync('dpkg-query', ['--show', '--showformat=${Package} ${Status}\n']);
  execFileSync(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', '--'],
      ...['sh', '-euc', script, 'sh', directory, process.cwd()],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 },
  );
  const told = (name: string): string => readFileSync(join(directory, 'told', name), 'utf8');
  expect(told('events')).toMatch(/"type":"progress"/);
  expect(told('between')).toMatch(/^\/etc\/nfs\.conf /m);
  const accounts = (name: string) => /^\S+ {2}\/etc\/passwd$/m.exec(told(name))?.[0];
  expect(accounts('between')).not.toBe(accounts('before'));
  // ldconfig makes it anew, with the same words.
  const known = (name: string) =>
    told(name)
      .split('\n')
      .map((line) => line.replace(/^(\/etc\/ld\.so\.cache .*) \d+$/, '$1'));
  expect(known('after')).toEqual(known('before'));
  expect(told('packages')).toBe(String(before));
});

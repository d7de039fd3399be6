import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Overview } from '../../src/core/overview.ts';
import { fingerprint } from '../../src/core/plan.ts';
import { parseExports } from '../../src/features/exports-text.ts';
import { overlook } from '../../src/planner/overlook.ts';
import { giving } from '../../src/planner/taken-back.ts';
import { Session } from '../../src/runner/session.ts';
import { Host } from '../../src/system/host.ts';
import { sidus } from '../support/engine.ts';
import { exportedBelow, exportsCases, written } from '../support/exports-cases.ts';
import { planned } from '../support/facts.ts';
import { removeDirectory, temporaryDirectory } from '../support/machine.ts';
import { readyWorkshop, testWorkshop } from '../support/workshop.ts';

// `status` of the built program, and what it is made of, on real files below a root.

let directory: string;
beforeAll(() => {
  directory = temporaryDirectory('status');
});
afterAll(() => removeDirectory(directory));

function put(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

const schema = JSON.parse(readFileSync('docs/schemas/status.json', 'utf8'));

async function overviewOf(root: string): Promise<{ code: number; overview: Overview }> {
  const { code, stdout, stderr } = await sidus('status', '--root', root, '--json');
  expect(stderr).toBe('');
  const overview = JSON.parse(stdout) as Overview;
  const ajv = new Ajv({ strict: false });
  expect(ajv.validate(schema, overview), ajv.errorsText()).toBe(true);
  return { code, overview };
}

const release =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_CODENAME=bookworm\n';

describe('a tree made by hand, and no site', () => {
  let root: string;
  beforeAll(() => {
    root = join(directory, 'by-hand');
    put(root, {
      'etc/exports': [
        '# made in 2013',
        '"/srv/old tree" 10.0.0.0/24(ro,no_root_squash) \\',
        '   admin.lab.example(rw)',
        '/srv/home *(rw)',
        '/ *(ro)',
        '/srv/links 10.0.0.0/24(ro)',
        '/srv/pipe 10.0.0.0/24(ro)',
      ].join('\n'),
      'etc/exports.d/beside.exports': '/srv/nfsroot/beside 10.1.0.0/16\n',
      'etc/exports.d/no-exports': '/srv/nfsroot/beside *(rw)\n',
      'srv/old tree/etc/debian_version': '12.15\n',
      'srv/old tree/usr/lib/os-release': release,
      'srv/old tree/boot/vmlinuz-6.1.0-9-amd64': 'kernel',
      'srv/old tree/boot/vmlinuz-6.1.0-18-amd64': 'kernel',
      'srv/home/anna/notes': 'none of ours',
      'srv/nfsroot/beside/etc/debian_version': 'trixie/sid\n',
      'srv/links/etc/os-release': 'PRETTY_NAME="Odd"\n',
      'etc/debian_version': 'the server itself\n',
    });
    // What lies in a tree leads nowhere else, and waits for nobody.
    symlinkSync('/etc/hostname', join(root, 'srv/links/etc/debian_version'));
    mkdirSync(join(root, 'srv/pipe/etc'), { recursive: true });
    execFileSync('mkfifo', [join(root, 'srv/pipe/etc/debian_version')]);
  });

  test('is listed with its release, its kernel, and who may mount it', async () => {
    const { code, overview } = await overviewOf(root);
    expect(code).toBe(0);
    expect(
      overview.trees.map(({ directory: at, made, release: what, kernel }) => [
        at,
        made,
        what,
        kernel,
      ]),
    ).toEqual([
      ['/srv/links', 'by hand', 'Odd', null],
      ['/srv/nfsroot/beside', 'by hand', 'Debian trixie/sid', null],
      ['/srv/old tree', 'by hand', 'Debian 12.15', '6.1.0-18-amd64'],
    ]);
    expect(overview.trees.at(-1)?.exportedTo).toEqual([
      { to: '10.0.0.0/24', writable: false },
      { to: 'admin.lab.example', writable: true },
      { to: '*', writable: false },
    ]);
    expect(overview.problems.map(({ code: problem }) => problem)).toEqual(['tree/writable']);
    expect(overview).toMatchObject({ pending: null, report: null, running: null });
  });

  test('in words of 80 columns', async () => {
    const { code, stdout } = await sidus('status', '--root', root);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\/srv\/old tree: made by hand, Debian 12\.15, kernel 6\.1\.0-18-amd64/);
    expect(stdout).toMatch(/✗ \/srv\/old tree is exported read-write to admin\.lab\.example/);
    expect(stdout).toMatch(/`exportfs -ra`/);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('for an ordinary user too', () => {
    const home = join(directory, 'user');
    execFileSync('sh', [
      '-c',
      'mkdir -p "$1" && cp -r dist "$1/" && chmod -R a+rX "$2"',
      'sh',
      home,
      directory,
    ]);
    const said = execFileSync(
      'setpriv',
      [
        ...['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups'],
        ...[process.execPath, `${home}/dist/main.mjs`, 'status', '--root', root],
      ],
      { encoding: 'utf8', env: { ...process.env, HOME: '/nonexistent' } },
    );
    expect(said).toMatch(/made by hand, Debian 12\.15/);
  });
});

describe('a staged site', () => {
  test('with versions, a draft that was worked on, leases, and a run that broke off', async () => {
    const root = join(directory, 'staged');
    const { plan } = JSON.parse(
      (await sidus('plan', '--preset', 'minimal', '--root', root, '--offline', '--json')).stdout,
    ) as { plan: { title: object; steps: { id: string; after?: string[] }[] } };
    const version = 'tree/minimal/version';
    const worked = plan.steps.find(({ id }) => id === version)?.after?.at(-1);
    const line = (more: object): string => `${JSON.stringify(more)}\n`;
    const id = '2026-11-21T10-43-00-abcd';
    put(root, {
      'etc/sidus/site.yaml': `${readFileSync('presets/minimal.yaml', 'utf8')}\nclients:\n  - {mac: '52:54:00:00:00:01', name: reading-room}\n`,
      'srv/nfsroot/minimal/draft/etc/sidus/suite': 'trixie\n',
      'srv/nfsroot/minimal/versions/1/etc/sidus/version': 'TREE=minimal\nVERSION=1\n',
      'srv/nfsroot/minimal/versions/2/etc/sidus/version': 'TREE=minimal\nVERSION=2\n',
      'srv/nfsroot/minimal/images/2/root.erofs': 'an image',
      'srv/nfsroot/minimal/images/1/.root.erofs.partial': 'half of one',
      'srv/nfsroot/minimal/versions/.3.partial/etc/sidus/version': 'half\n',
      'srv/nfsroot/left/versions/4/etc/sidus/version': 'TREE=left\nVERSION=4\n',
      'var/lib/sidus/dnsmasq.leases': '0 52:54:00:00:00:01 192.168.67.130 whatever *\n',
      'var/lib/sidus/journal.jsonl':
        line({ type: 'step-done', step: version, fingerprint: 'x', at: 'x' }) +
        line({ type: 'step-started', step: worked, at: 'x' }),
      [`var/lib/sidus/runs/${id}/plan.json`]: JSON.stringify(plan, null, 1),
      [`var/lib/sidus/runs/${id}/events.jsonl`]:
        line({ type: 'run-started', run: id, steps: plan.steps.map((step) => step.id), at: 'x' }) +
        line({ type: 'step-skipped', step: plan.steps[0]?.id, reason: 'already-so', at: 'x' }) +
        line({ type: 'step-started', step: plan.steps[1]?.id, at: 'x' }) +
        '{"type":"output","step":"x/y","li',
      'var/lib/sidus/runs/not-a-run/x': '',
    });
    for (const number of [1, 2]) {
      symlinkSync(
        `boot/vmlinuz-6.12.${number}-amd64`,
        join(root, `srv/nfsroot/minimal/versions/${number}/vmlinuz`),
      );
    }
    mkdirSync(join(root, 'srv/tftp/sidus/minimal'), { recursive: true });
    symlinkSync('1', join(root, 'srv/tftp/sidus/minimal/current'));

    const { code, overview } = await overviewOf(root);
    expect(code).toBe(3);
    expect(overview.trees).toMatchObject([
      {
        name: 'minimal',
        inSite: true,
        draft: { suite: 'trixie', ahead: true },
        current: 1,
        versions: [
          { version: 1, kernel: '6.12.1-amd64', image: false, current: true },
          { version: 2, kernel: '6.12.2-amd64', image: true, current: false },
        ],
      },
      { name: 'left', made: 'sidus', inSite: false, versions: [{ version: 4, kernel: null }] },
    ]);
    const [first] = overview.trees[0]?.versions ?? [];
    expect(Math.abs(Date.parse(first?.date ?? '') - Date.now())).toBeLessThan(600_000);
    expect(overview.clients).toEqual([
      {
        address: '192.168.67.130',
        mac: '52:54:00:00:00:01',
        name: 'reading-room',
        sees: 'lease',
        tree: 'minimal',
        version: 1,
      },
    ]);
    expect(overview.runs).toMatchObject([
      { id, outcome: 'broken-off', done: 1, steps: plan.steps.length, at: '2026-11-21T10:43:00Z' },
    ]);
    expect(overview.server.services).toEqual([]);
    expect(overview.problems.map(({ code: problem }) => problem)).toEqual([
      'run/last-unfinished',
      'tree/draft-ahead',
      'site/pending',
    ]);
    expect(overview.pending).toBeGreaterThan(5);

    const { stdout } = await sidus('status', '--root', root);
    expect(stdout).toMatch(/minimal: draft of trixie, worked on since; clients boot 1/);
    expect(stdout).toMatch(/ {4}\* 1 .*kernel 6\.12\.1-amd64/);
    expect(stdout).toMatch(/left: no draft; clients boot nothing yet; no longer in the site/);
    expect(stdout).toMatch(/192\.168\.67\.130 +52:54:00:00:00:01 +reading-room/);
    expect(stdout).toContain(`\`sidus resume --root ${root}\``);
    expect(stdout.split('\n').filter((one) => one.length > 80)).toEqual([]);
  });
});

test('a version that was taken back is named, and a shell in the draft counts as work on it', async () => {
  const root = join(directory, 'taken-back');
  const line = (more: object): string => `${JSON.stringify({ ...more, at: 'x' })}\n`;
  const done = (step: string, print: string): string =>
    line({ type: 'step-started', step }) + line({ type: 'step-done', step, fingerprint: print });
  const given = (version: number): string => {
    const { step } = giving('minimal', version);
    return done(step.id, fingerprint(step));
  };
  put(root, {
    'etc/sidus/site.yaml': readFileSync('presets/minimal.yaml', 'utf8'),
    'srv/nfsroot/minimal/draft/etc/sidus/suite': 'trixie\n',
    ...Object.fromEntries(
      [1, 2].map((version) => [
        `srv/nfsroot/minimal/versions/${version}/etc/sidus/version`,
        `TREE=minimal\nVERSION=${version}\n`,
      ]),
    ),
    'srv/nfsroot/minimal/last-version': '2\n',
    'var/lib/sidus/journal.jsonl':
      given(1) + done('tree/minimal/version', 'x') + given(2) + given(1),
  });
  mkdirSync(join(root, 'srv/tftp/sidus/minimal'), { recursive: true });
  symlinkSync('1', join(root, 'srv/tftp/sidus/minimal/current'));
  const at = ['--root', root];
  const { overview } = await overviewOf(root);
  expect(overview.trees[0]).toMatchObject({ current: 1, takenBack: 2, draft: { ahead: false } });
  expect(overview.problems.map(({ code }) => code)).toEqual([
    'tree/was-taken-back',
    'site/pending',
  ]);
  const said = (await sidus('status', ...at)).stdout;
  expect(said).toContain('minimal: draft of trixie; clients boot 1, 2 was taken back');
  expect(said).not.toContain('tree publish');
  const refused = await sidus('tree', 'publish', ...at, '--offline');
  expect(refused.code, refused.stderr).toBe(2);
  expect(refused.stderr).toMatch(/\[tree\/taken-back\]/);

  // There is no shell in this draft: but somebody asked for one.
  expect((await sidus('tree', 'shell', ...at, 'minimal', 'true')).code).toBe(125);
  const { overview: later } = await overviewOf(root);
  expect(later.trees[0]).toMatchObject({ current: 1, takenBack: 2, draft: { ahead: true } });
  expect(later.problems.map(({ code }) => code)).toContain('tree/draft-ahead');
});

test('a refresh takes a few hundred milliseconds, with a thousand clients and long runs', async () => {
  const root = join(directory, 'large');
  const output = `${JSON.stringify({ type: 'output', step: 'tree/minimal/bootstrap', line: 'Unpacking something (1.0-1) over (0.9-1) ...', at: 'x' })}\n`;
  const steps = Array.from({ length: 60 }, (_, n) => `tree/minimal/step-${n}`);
  const runs = Object.fromEntries(
    Array.from({ length: 8 }, (_, n) => [
      `var/lib/sidus/runs/2026-11-2${n}T10-43-00-abcd/events.jsonl`,
      `${JSON.stringify({ type: 'run-started', run: 'x', steps, at: 'x' })}\n${output.repeat(40_000)}`,
    ]),
  );
  put(root, {
    ...runs,
    'var/lib/sidus/dnsmasq.leases': Array.from({ length: 1000 }, (_, n) => {
      const [high, low] = [n >> 8, n & 255].map((part) => part.toString(16).padStart(2, '0'));
      return `0 52:54:00:00:${high}:${low} 192.168.${n >> 8}.${n & 255} pc${n} *\n`;
    }).join(''),
    'var/lib/sidus/journal.jsonl': steps
      .map((step) => `${JSON.stringify({ type: 'step-done', step, fingerprint: 'x' })}\n`)
      .join('')
      .repeat(100),
    'etc/exports': '/srv/nfsroot/minimal/versions/1 10.0.0.0/8(ro)\n'.repeat(200),
  });
  for (let number = 1; number <= 30; number += 1) {
    put(root, { [`srv/nfsroot/minimal/versions/${number}/etc/sidus/version`]: 'x' });
  }
  const { site, plan } = planned('minimal');
  const session = new Session(new Host({ root }));
  let before: Overview | null = null;
  const took: number[] = [];
  for (let turn = 0; turn < 6; turn += 1) {
    const begun = performance.now();
    ({ overview: before } = await overlook(session, { site, plan }, { inspect: false, before }));
    took.push(performance.now() - begun);
  }
  expect(before?.clients).toHaveLength(1000);
  expect(before?.trees[0]?.versions).toHaveLength(30);
  expect(before?.runs.map(({ outcome, steps: all }) => `${outcome} ${all}`)).toEqual(
    Array.from({ length: 5 }, () => 'broken-off 60'),
  );
  // The first one reads the runs; those after it need not.
  const [median = 0] = took
    .slice(1)
    .sort((a, b) => a - b)
    .slice(2);
  expect(median).toBeLessThan(1000);
});

test('exports(5) is read as exportfs reads it', async () => {
  const host = await readyWorkshop();
  for (const [name, text, served] of exportsCases) {
    const ran = await host.exec(
      testWorkshop,
      [
        'sh',
        '-euc',
        // Mounts of this command alone: the workshop's own files stay as they are.
        `cd /tmp; cat >exports; cp /etc/exports kept; mkdir nfs "$1"
        (cd "$1"; mkdir plain other 'old tree' 'ha#sh' old)
        mount --bind exports /etc/exports; mount --bind nfs /var/lib/nfs; : >nfs/etab
        [ ! -d /etc/exports.d ] || mount -t tmpfs none /etc/exports.d
        exportfs -ra; cat nfs/etab`,
        'sh',
        exportedBelow,
      ],
      { stdin: text, privateNetwork: true },
    );
    const found = [...ran.stdout.matchAll(/^(\S+)\t([^(]+)\((r[ow]),/gm)].map(
      ([, path = '', to = '', access]) => {
        const plain = path.replace(/\\(\d{3})/g, (_, octal: string) =>
          String.fromCharCode(Number.parseInt(octal, 8)),
        );
        return `${plain} ${to.replace('/255.255.255.0', '/24')} ${access}`;
      },
    );
    expect(found.sort(), `${name}: ${ran.stderr}`).toEqual([...served].sort());
    expect(parseExports(text, 'x').map(written).sort(), name).toEqual([...served].sort());
  }
});

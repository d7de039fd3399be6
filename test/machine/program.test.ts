import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine, lastJson, sidus } from '../support/engine.ts';

// The built program as it is started: words, JSON, exit codes.

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sidus-test-program-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const schema = (name: string) => JSON.parse(readFileSync(`docs/schemas/${name}.json`, 'utf8'));
const codesOf = (stdout: string): readonly string[] =>
  (JSON.parse(stdout) as { problems: { code: string }[] }).problems.map(({ code }) => code);

describe('plan', () => {
  test('is readable, changes nothing, and ends with 3', async () => {
    const root = join(directory, 'nothing');
    const { code, stdout, stderr } = await sidus('plan', '--preset', 'minimal', '--root', root);
    expect(code, stderr).toBe(3);
    expect(stdout).toMatch(/Nothing has been changed yet/);
    expect(stdout).toMatch(/No unit of this machine is touched/);
    expect(existsSync(root)).toBe(false);
  });

  test('as an ordinary user too', () => {
    // nobody cannot read a checkout below /root: the program is handed over.
    const home = join(directory, 'home');
    execFileSync('sh', [
      '-c',
      'mkdir "$1" && cp -r dist presets "$1/" && chmod 755 "$2" && chown -R nobody "$1"',
      'sh',
      home,
      directory,
    ]);
    const run = (...args: string[]): { status: number | null; stdout: string } => {
      try {
        const stdout = execFileSync(
          'setpriv',
          [
            '--reuid',
            'nobody',
            '--regid',
            'nogroup',
            '--clear-groups',
            process.execPath,
            `${home}/dist/main.mjs`,
            ...args,
          ],
          {
            encoding: 'utf8',
            env: { ...process.env, HOME: home, XDG_CACHE_HOME: `${home}/.cache` },
            maxBuffer: 2 ** 26,
          },
        );
        return { status: 0, stdout };
      } catch (error) {
        return error as { status: number; stdout: string };
      }
    };
    const plain = run('plan', '--preset', 'minimal');
    expect(plain.status).toBe(3);
    expect(plain.stdout).toMatch(/tree\/minimal\/bootstrap — Build the tree minimal/);
    const refused = run('apply', '--yes', '--preset', 'minimal', '--json', '--offline');
    expect(refused.status).toBe(2);
    expect(codesOf(refused.stdout)).toContain('server/not-root');
  });

  test('--json is what its schemas say, and a saved plan applies as it is', async () => {
    const root = join(directory, 'saved');
    const file = join(directory, 'plan.json');
    const { code, stdout } = await sidus(
      ...['plan', '--preset', 'minimal', '--root', root, '--offline', '--json', '-o', file],
    );
    expect(code).toBe(3);
    const { plan, report } = JSON.parse(stdout);
    const ajv = new Ajv({ strict: false });
    expect(ajv.validate(schema('plan'), plan), ajv.errorsText()).toBe(true);
    expect(ajv.validate(schema('report'), report), ajv.errorsText()).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(plan);
    expect(ajv.validate(schema('plan'), { ...plan, steps: [{ id: 'x' }] })).toBe(false);
    const elsewhere = await sidus(
      'apply',
      '--yes',
      file,
      '--root',
      join(directory, 'other'),
      '--json',
    );
    expect(elsewhere.code).toBe(2);
    expect(codesOf(elsewhere.stdout)).toEqual(['plan/other-root']);
  });

  test('--script passes sh -n and shellcheck', async () => {
    for (const preset of ['minimal', 'rehearsal', 'cbp-2013']) {
      const { code, stdout, stderr } = await sidus(
        ...['plan', '--preset', preset, '--root', '/srv/staged', '--offline', '--script'],
      );
      expect(code, stderr).toBe(3);
      const file = join(directory, `${preset}.sh`);
      writeFileSync(file, stdout);
      execFileSync('sh', ['-n', file]);
      execFileSync('shellcheck', ['--severity=warning', file]);
    }
  });
});

describe('a list of users', () => {
  test('joins the answers; its faults come all at once, with their lines', async () => {
    const list = join(directory, 'class.csv');
    const planning = [
      ...['plan', '--preset', 'minimal', '--offline', '--root', join(directory, 'class')],
      ...['--accounts', list],
    ];
    writeFileSync(list, 'name,fullName\nalice,Alice\nBob,Bob\nalice,Alice\n');
    const wrong = await sidus(...planning);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(`${list}:3: name "Bob" is not a login name;`);
    expect(wrong.stderr).toContain(`${list}:4: alice is in line 2 already;`);
    writeFileSync(list, 'Login;Full name\nalice;Alice Liddell\n');
    const right = await sidus(...planning, '--json');
    expect(right.code, right.stderr).toBe(3);
    const { plan } = JSON.parse(right.stdout) as { plan: { steps: { id: string }[] } };
    const ids = plan.steps.map(({ id }) => id);
    expect(ids).toContain('accounts/minimal/user-student');
    expect(ids).toContain('accounts/minimal/user-alice');
    expect(right.stdout).toContain('Alice Liddell');
    const none = await sidus(...planning, '--accounts', join(directory, 'none.csv'));
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('there is no file');
  });
});

describe('apply', () => {
  test('refuses before the first change where systemd does not run and no --root is given', async () => {
    const { code, stdout } = await sidus(
      'apply',
      '--yes',
      '--preset',
      'minimal',
      '--offline',
      '--json',
    );
    expect(code).toBe(2);
    expect(codesOf(stdout)).toContain('server/no-systemd');
    expect(() => readFileSync('/etc/sidus/site.yaml')).toThrow(/ENOENT/);
  });

  test('asks before it changes anything, and without anybody to ask it refuses', async () => {
    const root = join(directory, 'unasked');
    const { code, stdout } = await sidus(
      ...['apply', '--preset', 'rehearsal', '--root', root, '--offline', '--json'],
    );
    expect(code).toBe(2);
    expect(codesOf(stdout)).toEqual(['request/not-confirmed']);
    expect(existsSync(root)).toBe(false);
  });

  test('is one at a time', async () => {
    const root = join(directory, 'locked');
    const first = new Engine([
      'apply',
      '--yes',
      '--preset',
      'rehearsal',
      '--root',
      root,
      '--cache',
      '/var/cache/sidus',
      '--offline',
      '--json',
    ]);
    await first.sees(/"step-started"/);
    const second = await sidus(
      'apply',
      '--yes',
      '--preset',
      'rehearsal',
      '--root',
      root,
      '--offline',
      '--json',
    );
    first.kill('SIGINT');
    expect((await first.ended).code).toBe(130);
    expect(second.code).toBe(2);
    expect(codesOf(second.stdout)).toEqual(['run/locked']);
  });
});

describe('requests that are wrong end with 2, all faults at once, nothing half done', () => {
  test.each([
    ['an unknown command', ['aply']],
    ['an unknown option', ['plan', '--bogus']],
    ['an unknown preset', ['plan', '--preset', '../etc/passwd']],
    ['no such file', ['plan', '--answers', '/nonexistent.yaml']],
    ['a directory as answers', ['plan', '--answers', '/etc']],
    ['a root with ..', ['plan', '--preset', 'minimal', '--root', '/srv/../etc']],
    ['a relative root', ['plan', '--preset', 'minimal', '--root', 'here']],
    ['no site', ['status', '--root', '/nonexistent-root']],
    ['no run to resume', ['resume', '--root', '/nonexistent-root']],
    ['secrets that are none', ['plan', '--preset', 'minimal', '--secrets', '/etc/hostname']],
  ])('%s', async (_, args) => {
    const { code, stdout, stderr } = await sidus(...args);
    expect(code, stdout + stderr).toBe(2);
    expect(stdout + stderr).not.toMatch(/at .*\.mjs:\d+/);
  });

  test('ten megabytes of garbage', async () => {
    const file = join(directory, 'garbage.yaml');
    writeFileSync(file, Buffer.alloc(10 * 2 ** 20, 'x: [}'));
    const { code, stdout } = await sidus('plan', '--answers', file, '--json');
    expect(code).toBe(2);
    expect(codesOf(stdout)).toEqual(['answers/too-large']);
  });

  test('an unknown package, with the nearest', async () => {
    const { code, stderr } = await sidus(
      ...['plan', '--preset', 'rehearsal', '--set', 'packages.include=[opensh-server, lessss]'],
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/no package opensh-server.*openssh-server/s);
    expect(stderr).toMatch(/no package lessss/);
  });

  test('a mirror that is not there', async () => {
    const { code, stderr } = await sidus(
      ...['plan', '--preset', 'rehearsal', '--set', 'tree.mirror=http://127.0.0.1:9/debian'],
      ...['--set', 'tree.securityMirror=http://127.0.0.1:9/debian-security'],
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/packages\/no-mirror/);
  });

  test('a mirror that dies half-way fails its step, and says how to go on', async () => {
    // Gives lists that promise, and breaks off every package.
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 });
      response.write('x');
      response.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const root = join(directory, 'dying');
    try {
      const { code, stdout } = await sidus(
        ...['apply', '--yes', '--preset', 'rehearsal', '--root', root, '--offline', '--json'],
        ...['--set', `tree.mirror=http://127.0.0.1:${port}/debian`],
        ...['--set', `tree.securityMirror=http://127.0.0.1:${port}/debian-security`],
      );
      expect(code).toBe(1);
      const { report } = lastJson<{
        report: { problem: { code: string }; steps: { id: string; state: string }[] };
      }>({ code, stdout, stderr: '' });
      expect(report.problem.code).toBe('run/mirror-failed');
      expect(report.steps.find(({ state }) => state === 'failed')?.id).toBe(
        'tree/rehearsal/bootstrap',
      );
    } finally {
      server.close();
    }
  });

  test('no space', async () => {
    const place = join(directory, 'full');
    execFileSync('mkdir', [place]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'sidus-test', place]);
    try {
      const root = join(place, 'root');
      const { code, stdout } = await sidus(
        'apply',
        '--yes',
        '--preset',
        'rehearsal',
        '--root',
        root,
        '--offline',
        '--json',
      );
      expect(code).toBe(2);
      expect(codesOf(stdout)).toContain('server/no-space');
    } finally {
      execFileSync('umount', [place]);
    }
  });
});

describe('check and status', () => {
  test('check says what this machine is', async () => {
    const { stdout } = await sidus('check', '--json', '--preset', 'rehearsal', '--offline');
    const { found } = JSON.parse(stdout) as { found: { system: string; mirror: string | null } };
    expect(found.system).toMatch(/Debian/);
    expect(found.mirror).toMatch(/^https?:/);
  });

  test('check tries on the outside what can be tried, and not offline', async () => {
    const words = ['check', '--pretend', '--preset', 'minimal'];
    const { code, stdout, stderr } = await sidus(...words);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /✓ server\.network\.rangeFirst: 12\d addresses; none of them answered just now/,
    );
    expect(stdout).toMatch(/✓ trees\.minimal\.tree\.mirror: answers: trixie of /);
    expect(stderr).toMatch(/asking on eno2 for DHCP servers/);
    const { remarks } = JSON.parse((await sidus(...words, '--json')).stdout);
    expect(Object.keys(remarks)).toContain('trees.minimal.packages.include');
    const offline = await sidus(...words, '--json', '--offline');
    expect(JSON.parse(offline.stdout).remarks).toEqual({});
  });

  test('plan --dhcp prints lines to paste and nothing else, where there is somebody to tell', async () => {
    const words = ['plan', '--pretend', '--offline', '--preset', 'minimal', '--dhcp', 'isc'];
    const { code, stdout } = await sidus(...words, '--set', 'serve.dhcp=existing');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# isc-dhcp-server: /);
    expect(stdout).toMatch(/ {2}filename "shimx64\.efi";\n\}\n$/);
    const json = await sidus(...words, '--set', 'serve.dhcp=existing', '--json');
    expect(JSON.parse(json.stdout)).toEqual({ schema: 1, server: 'isc', lines: stdout });
    for (const [dhcp, problem] of [
      ['full', /serve\/nobody-to-tell/],
      ['proxy', /serve\/nothing-to-tell/],
    ] as const) {
      const refused = await sidus(...words, '--set', `serve.dhcp=${dhcp}`);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(problem);
    }
    expect((await sidus(...words.slice(0, -1), 'unbound')).code).toBe(2);
  });

  test('a warning of a trial is shown, and is no fault', async () => {
    const { code, stdout } = await sidus(
      ...['check', '--pretend', '--preset', 'minimal', '--set', 'serve.dhcp=existing'],
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/! server\.serve\.dhcp: no DHCP server answers .*; start that server/);
  });
});

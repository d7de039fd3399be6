import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ClientReport, Finding } from '../../src/core/client-report.ts';
import { type Ended, lastJson, sidus } from '../support/engine.ts';
import { leftovers } from '../support/machine.ts';

// What a newcomer's first command does: build, publish, boot, report, with nothing prepared but
// the caches that an earlier one may have left.

const root = '/var/tmp/sidus-test-first';
const cache = '/var/cache/sidus';

interface Result {
  readonly holds: boolean;
  readonly findings: readonly Finding[];
  readonly report: ClientReport;
  readonly bytes: { readonly received: number; readonly sent: number };
}

function serverPackages(): ReadonlySet<string> {
  const text = execFileSync('dpkg-query', ['-W', '-f', '${Package}\n'], { encoding: 'utf8' });
  return new Set(text.trim().split('\n'));
}

function changedOutside(since: Date): readonly string[] {
  const found = execFileSync(
    'find',
    // What apt itself writes when it installs mmdebstrap, and the places that are ours.
    [
      ...['/etc', '/srv', '/usr', '/var', '/boot', '/opt', '/root'],
      ...[
        '-xdev',
        '(',
        '-path',
        '/var/cache',
        '-o',
        '-path',
        '/var/tmp',
        '-o',
        '-path',
        '/var/log',
      ],
      ...[
        '-o',
        '-path',
        '/var/lib/apt',
        '-o',
        '-path',
        '/var/lib/dpkg',
        '-o',
        '-path',
        '/root/.npm',
      ],
      ...['-o', '-path', '/root/.cache', ')', '-prune'],
      ...['-o', '-type', 'f', '-newermt', since.toISOString(), '-print'],
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  return found.split('\n').filter((path) => path !== '');
}

describe('the first rehearsal', () => {
  let ended: Ended;
  let result: Result;
  let remains: readonly string[];
  let outside: readonly string[];
  const before = serverPackages();

  beforeAll(async () => {
    rmSync(root, { recursive: true, force: true });
    const seen = leftovers(root, cache);
    const since = new Date();
    ended = await sidus(
      ...['rehearse', '--preset', 'rehearsal', '--root', root, '--cache', cache, '--json'],
    );
    remains = await seen.settled(20);
    outside = changedOutside(since);
    if (ended.code === 0) result = lastJson<Result>(ended);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test('holds: every promise of the site is what the client says of itself', () => {
    expect(ended.code, ended.stdout.slice(-3000) + ended.stderr).toBe(0);
    expect(result.findings.filter(({ holds }) => !holds)).toEqual([]);
    expect(result.findings.length).toBeGreaterThan(20);
    expect(result.holds).toBe(true);
  });

  test('who has which password is written down for root alone, and is what the tree knows', () => {
    const sheet = `${root}/etc/sidus/accounts/rehearsal.csv`;
    expect(statSync(sheet).mode & 0o777).toBe(0o600);
    const [head, alpha = '', ...others] = readFileSync(sheet, 'utf8').split('\n');
    expect(head).toBe('login,name,password');
    expect(others).toEqual(['']);
    const [login, , password = ''] = alpha.split(',');
    expect(login).toBe('alpha');
    expect(password).toMatch(/^[A-Za-z0-9]{16}$/);
    const shadow = readFileSync(`${root}/srv/nfsroot/rehearsal/versions/1/etc/shadow`, 'utf8');
    const hash = /^alpha:([^:]+):/m.exec(shadow)?.[1] ?? '';
    const same = 'chomp(my ($p, $h) = <STDIN>); print crypt($p, $h) eq $h ? "same" : "other"';
    expect(
      execFileSync('perl', ['-e', same], { input: `${password}\n${hash}\n`, encoding: 'utf8' }),
    ).toBe('same');
  });

  test('the expected values are those of the site file', () => {
    const site = parse(readFileSync('presets/rehearsal.yaml', 'utf8'));
    const { locale, accounts } = site.trees.rehearsal;
    const { report } = result;
    expect(report.locale.LANG).toBe(locale.language);
    expect(report.timezone).toBe(locale.timezone);
    expect(report.keyboard.layout).toBe(locale.keyboard);
    const [alpha] = accounts.users;
    const user = report.users.find(({ name }) => name === alpha.name);
    expect(user?.groups).toEqual(expect.arrayContaining(alpha.groups));
    expect(report.tree).toBe('rehearsal');
    expect(report.version).toBe(1);
    expect(report.root).toMatchObject({
      type: 'overlay',
      lower: 'nfs4',
      lowerReadOnly: true,
      nfsVersion: '4.1',
    });
    expect(report.units).toMatchObject({ state: 'running', failed: [] });
    expect(report.hostname).toBe('rehearsal');
  });

  test('nothing but mmdebstrap and what it needs came onto the server', () => {
    const added = [...serverPackages()].filter((name) => !before.has(name));
    const allowed = execFileSync(
      'apt-cache',
      [
        'depends',
        '--recurse',
        '--no-suggests',
        '--no-conflicts',
        '--no-breaks',
        '--no-replaces',
        '--no-enhances',
        'mmdebstrap',
      ],
      { encoding: 'utf8', maxBuffer: 2 ** 26 },
    );
    expect(serverPackages().has('mmdebstrap')).toBe(true);
    for (const name of added) expect(allowed).toContain(name);
  });

  test('no mount, process, namespace or loop device is left, and no file outside', () => {
    expect(remains).toEqual([]);
    const ours = outside.filter((path) => /sidus|nfsroot|tftp|exports/.test(path));
    expect(ours).toEqual([]);
    expect(existsSync('/srv/nfsroot')).toBe(false);
  });
});

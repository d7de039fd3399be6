import { existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/core/client-report.ts';
import type { Report } from '../../src/core/report.ts';
import { Engine, engineOf, lastJson, sidus } from '../support/engine.ts';
import { leftovers } from '../support/machine.ts';
import { differences, treeListing } from '../support/tree-listing.ts';
import { builtSite, cache, tree, root as undisturbed } from './rehearsal-root.ts';

const root = '/var/tmp/sidus-test-interrupted';
const usual = ['--preset', 'rehearsal', '--root', root, '--cache', cache, '--offline', '--json'];
const draft = (base: string): string => `${base}/srv/nfsroot/${tree}/draft`;

beforeAll(async () => {
  await builtSite();
  rmSync(root, { recursive: true, force: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Starts, waits for a moment, kills the program that was started, and looks what is left. */
async function interrupted(
  args: readonly string[],
  moment: RegExp,
  signal: NodeJS.Signals,
): Promise<void> {
  const before = leftovers(root);
  const reader = new Engine(args);
  await reader.sees(moment);
  reader.kill(signal);
  await reader.ended;
  expect(await before.settled(20)).toEqual([]);
}

/** As above, but it is the engine of the run that is killed with -9: the reader says what it sees. */
async function engineKilled(args: readonly string[], moment: RegExp): Promise<void> {
  const before = leftovers(root);
  const reader = new Engine(args);
  await reader.sees(moment);
  process.kill(await engineOf(root), 'SIGKILL');
  const ended = await reader.ended;
  expect(ended.code).toBe(1);
  expect(lastJson<{ report: Report }>(ended).report.problem?.code).toBe('run/engine-gone');
  expect(await before.settled(20)).toEqual([]);
}

// In order: each moment finds what the one before left.
describe('an engine that is killed', () => {
  test('while packages are unpacked: nothing is left, and there is no draft', async () => {
    await engineKilled(
      ['apply', '--yes', ...usual],
      /"step":"tree\/rehearsal\/bootstrap".*Setting up libc6/,
    );
    expect(existsSync(draft(root))).toBe(false);
  });

  test('by Ctrl-C while packages are fetched or unpacked: it says how to go on', async () => {
    const before = leftovers(root);
    const engine = new Engine(['resume', '--root', root, '--cache', cache]);
    await engine.sees(/\d+ %/);
    engine.kill('SIGINT');
    const { code, stderr } = await engine.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/sidus resume/);
    expect(await before.settled(20)).toEqual([]);
  });

  test('while the initrd is made', async () => {
    await engineKilled(
      ['resume', '--root', root, '--cache', cache, '--json'],
      /"step-started","step":"tree\/rehearsal\/initrd"/,
    );
  });

  test('while the version is copied: no version is there', async () => {
    await engineKilled(
      ['resume', '--root', root, '--cache', cache, '--json'],
      /"step-started","step":"tree\/rehearsal\/version"/,
    );
    expect(existsSync(`${root}/srv/nfsroot/${tree}/versions/1`)).toBe(false);
  });

  test('then resume ends with the tree of an undisturbed run', async () => {
    const ended = await sidus('resume', '--root', root, '--cache', cache, '--json');
    expect(ended.code, ended.stdout.slice(-2000)).toBe(0);
    expect(differences(treeListing(draft(undisturbed)), treeListing(draft(root)))).toEqual([]);
    expect(readFileSync(`${root}/srv/nfsroot/${tree}/versions/1/etc/sidus/version`, 'utf8')).toBe(
      `TREE=${tree}\nVERSION=1\n`,
    );
  });

  test('and then there is nothing to do, until somebody edits a file by hand', async () => {
    const again = await sidus('apply', '--yes', ...usual);
    expect(again.code).toBe(0);
    const { report } = lastJson<{ report: Report }>(again);
    expect(report.steps.filter(({ settled }) => !settled)).toEqual([]);

    const menu = `${root}/srv/tftp/pxelinux.cfg/default`;
    const whole = readFileSync(menu, 'utf8');
    writeFileSync(menu, `${whole}# by hand\n`);
    const mended = await sidus('apply', '--yes', ...usual);
    expect(mended.code).toBe(0);
    const { report: after } = lastJson<{ report: Report }>(mended);
    expect(after.steps.filter(({ state }) => state === 'done').map(({ id }) => id)).toEqual([
      'serve/menus',
    ]);
    expect(readFileSync(menu, 'utf8')).toBe(whole);
  });

  test('while apt installs into the draft: resume sets it right, with all that follows', async () => {
    const more = [
      ...usual,
      '--set',
      'packages.include=[openssh-server, mtr-tiny, vim, tmux, lsof]',
    ];
    await engineKilled(['apply', '--yes', ...more], /"output".*Unpacking vim/);
    const ended = await sidus('resume', '--root', root, '--cache', cache, '--json');
    expect(ended.code, ended.stdout.slice(-2000)).toBe(0);
    const { report } = lastJson<{ report: Report }>(ended);
    const done = report.steps.filter(({ state }) => state === 'done').map(({ id }) => id);
    expect(done).toContain(`packages/${tree}/installed`);
    // It holds modules and firmware of packages, so it is made again.
    expect(done).toContain(`tree/${tree}/initrd`);
    const status = readFileSync(`${draft(root)}/var/lib/dpkg/status`, 'utf8');
    for (const name of ['vim', 'tmux', 'lsof']) {
      expect(status).toMatch(new RegExp(`^Package: ${name}\nStatus: install ok installed$`, 'm'));
    }
    expect(status).not.toMatch(/^Status: .*(half|unpacked|triggers)/m);
    expect(existsSync(`${draft(root)}/usr/sbin/policy-rc.d`)).toBe(false);
    // The version that is there was not touched: what is published is never edited.
    expect(existsSync(`${root}/srv/nfsroot/${tree}/versions/1/usr/bin/tmux`)).toBe(false);
    const published = await sidus('tree', 'publish', ...more.filter((word) => word !== '--json'));
    expect(published.code, published.stderr).toBe(0);
    expect(existsSync(`${root}/srv/nfsroot/${tree}/versions/2/usr/bin/tmux`)).toBe(true);
    expect(readlinkSync(`${root}/srv/tftp/sidus/${tree}/current`)).toBe('2');
  });

  test('while the client boots: client, servers and namespaces are gone', async () => {
    await interrupted(['rehearse', ...usual], /"stage":"kernel"/, 'SIGKILL');
    await interrupted(['rehearse', ...usual], /"stage":"kernel"/, 'SIGINT');
  });

  test('and the rehearsal holds in the end', async () => {
    const before = leftovers(root);
    const ended = await sidus('rehearse', ...usual);
    expect(ended.code, ended.stdout.slice(-2000)).toBe(0);
    expect(lastJson<{ holds: boolean }>(ended).holds).toBe(true);
    expect(await before.settled(20)).toEqual([]);

    const impostor = await sidus('rehearse', ...usual, '--append', 'systemd.hostname=impostor');
    expect(impostor.code).toBe(1);
    const { holds, findings } = lastJson<{ holds: boolean; findings: Finding[] }>(impostor);
    expect(holds).toBe(false);
    expect(findings.filter((finding) => !finding.holds).map(({ what }) => what)).toEqual([
      'hostname',
    ]);
  });
});

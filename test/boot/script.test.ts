import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sidus } from '../support/engine.ts';
import { leftovers } from '../support/machine.ts';
import { differences, treeListing } from '../support/tree-listing.ts';
import { builtSite, cache, tree, root as undisturbed } from './rehearsal-root.ts';

const root = '/var/tmp/sidus-test-script';

beforeAll(async () => {
  // Other files of this table leave images and a second tree there.
  rmSync(undisturbed, { recursive: true, force: true });
  await builtSite();
  rmSync(root, { recursive: true, force: true });
  mkdirSync(`${root}/secrets`, { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a command in the draft runs in the cord: it sees the tree, and nothing of it stays', async () => {
  const before = leftovers(undisturbed);
  const at = ['--root', undisturbed, '--cache', cache];
  const shell = (...words: readonly string[]) => sidus('tree', 'shell', ...at, tree, ...words);
  expect((await shell('cat', '/etc/sidus/suite')).stdout).toBe('trixie\n');
  expect((await shell('sh', '-c', 'sleep 4711 & exit 7')).code).toBe(7);
  expect(await before.settled(10)).toEqual([]);
  const versions = await sidus('tree', 'versions', ...at);
  expect(versions.stdout).toMatch(/^rehearsal: clients boot version 1$/m);
  const status = await sidus('status', ...at);
  expect(status.code, status.stdout).toBe(0);
  // A shell may have changed it.
  expect(status.stdout).toMatch(/worked on since; clients boot 1/);
  expect((await sidus('tree', 'shell', ...at, 'nosuch')).code).toBe(2);
});

test('the exported script, run without sidus, builds the same tree', async () => {
  const target = `${root}/it's here`;
  const planned = await sidus(
    ...['plan', '--preset', 'rehearsal', '--root', target, '--cache', cache],
    ...['--offline', '--script'],
  );
  expect(planned.code).toBe(3);
  const script = `${root}/script.sh`;
  writeFileSync(script, planned.stdout);
  writeFileSync(`${root}/secrets/${tree}.users.alpha`, 'correct horse');
  execFileSync('sh', ['-n', script]);

  const before = leftovers(root);
  const ran = spawnSync('sh', [script], {
    encoding: 'utf8',
    env: { ...process.env, SIDUS_SECRETS: `${root}/secrets` },
    maxBuffer: 2 ** 28,
  });
  expect(ran.status, `${ran.stdout.slice(-1500)}\n${ran.stderr.slice(-3000)}`).toBe(0);
  expect(await before.settled(10)).toEqual([]);
  for (const part of [
    'srv/nfsroot/rehearsal/draft',
    'srv/nfsroot/rehearsal/versions/1',
    'srv/tftp',
    'etc/exports.d',
    'etc/systemd',
  ]) {
    const [ours, theirs] = [`${undisturbed}/${part}`, `${target}/${part}`].map(treeListing);
    if (ours === undefined || theirs === undefined) throw new Error('two listings');
    expect(ours.size).toBeGreaterThan(0);
    expect(differences(ours, theirs), part).toEqual([]);
  }
});

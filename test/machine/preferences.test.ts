import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

let directory: string;
let program: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sidus-preferences-'));
  chmodSync(directory, 0o755);
  program = join(directory, 'keep-a-draft.mjs');
  buildSync({
    entryPoints: ['test/support/keep-a-draft.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Told {
  readonly said: readonly string[];
  readonly heard: readonly string[];
  readonly took: number;
}

function told(ran: { stdout: string; stderr: string }): Told {
  expect(ran.stderr).toBe('');
  return JSON.parse(ran.stdout) as Told;
}

test('a home that nobody may write to is said at once, and nothing waits for it', () => {
  const ran = spawnSync(process.execPath, [program], {
    uid: 65_534,
    gid: 65_534,
    encoding: 'utf8',
    env: { HOME: directory, PATH: '/usr/bin:/bin' },
  });
  const { said, heard, took } = told(ran);
  expect(said).toEqual(['preferences/not-kept']);
  expect(heard).toEqual([]);
  expect(took).toBeLessThan(900);
  expect(existsSync(join(directory, '.config'))).toBe(false);
});

test('a disk that fills up is said once, and what was kept before is still there', () => {
  const home = join(directory, 'full');
  const script =
    'mkdir -p "$1" && mount -t tmpfs -o size=64k full "$1" && HOME=$1 "$2" "$3" 200000 && cat "$1/.config/sidus/preferences.json" && echo && ls -A "$1/.config/sidus"';
  const ran = spawnSync(
    'unshare',
    [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      script,
      'sh',
      home,
      process.execPath,
      program,
    ],
    { encoding: 'utf8', env: { PATH: process.env.PATH ?? '' } },
  );
  expect(ran.stderr).toBe('');
  const [first = '', ...rest] = ran.stdout.split('\n');
  const { said, heard } = JSON.parse(first) as Told;
  expect(said).toEqual([]);
  expect(heard).toEqual(['preferences/not-kept']);
  const kept = rest.slice(0, rest.lastIndexOf('}') + 1).join('\n');
  expect(JSON.parse(kept).drafts['/'].answers).toEqual({ text: 'x' });
  // No half file beside it.
  expect(rest.slice(rest.lastIndexOf('}') + 1)).toEqual(['preferences.json', '']);
});

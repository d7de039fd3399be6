import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Secrets } from '../../src/system/secrets.ts';

const directory = mkdtempSync(join(tmpdir(), 'sidus-test-secrets-'));
const path = join(directory, 'deep/secrets.json');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('a secret that was given for one run is not kept until a run keeps it', async () => {
  const given = new Secrets(path, { 'lab.root': 'horse' });
  expect(await given.get('lab.root')).toBe('horse');
  expect(await given.isKept('lab.root')).toBe(false);
  await given.keep('lab.root', 'horse');
  expect(await given.isKept('lab.root')).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);

  const later = new Secrets(path, {});
  expect(await later.get('lab.root')).toBe('horse');
  expect(await later.isKept('lab.root')).toBe(true);
});

test('another one that is given takes its place, and is work to do', async () => {
  const other = new Secrets(path, { 'lab.root': 'battery' });
  expect(await other.isKept('lab.root')).toBe(false);
  expect(await other.get('lab.root')).toBe('battery');
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpenTerminal } from '../support/terminal.ts';

// What is typed at a prompt of a command, and must not be seen: on a terminal of 80x24.

const password = 'ada-knows-this';
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sidus-test-unseen-'));
  writeFileSync(
    join(directory, 'site.yaml'),
    'trees:\n  lab:\n    directory:\n      service: sssd\n      uris: [ldaps://ldap.school.example]\n',
  );
  writeFileSync(
    join(directory, 'reader.yaml'),
    'trees:\n  lab:\n    directory:\n      service: sssd\n      uris: [ldaps://ldap.school.example]\n      bindDn: cn=reader,dc=school,dc=example\n',
  );
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const opened = (...args: readonly string[]): OpenTerminal =>
  new OpenTerminal([...args, '--no-color']);
const login = () =>
  opened('check', '--pretend', '--answers', join(directory, 'site.yaml'), '--login', 'ada');

describe('the password of a login', () => {
  test('is not shown, may be corrected, and the answer is', async () => {
    const terminal = login();
    await terminal.see('Password of ada');
    await terminal.type(`${password}x`);
    await terminal.press('backspace');
    await terminal.press('enter');
    await terminal.see('ada can log in');
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.raw).not.toContain(password.slice(0, 6));
  });

  test('Ctrl-C ends with 130, and the terminal shows again what is typed', async () => {
    const terminal = login();
    await terminal.see('Password of ada');
    await terminal.type('ada');
    await terminal.press('ctrl-c');
    expect((await terminal.ended).code).toBe(130);
    expect(terminal.raw).not.toMatch(/Password of ada[^\n]*ada/);
    expect(terminal.raw).not.toContain('can log in');
  });
});

test('a run asks for the secret that it needs, and never shows it', async () => {
  const terminal = opened(
    ...['apply', '--pretend', '--offline', '--progress', 'plain'],
    ...[
      '--answers',
      join(directory, 'reader.yaml'),
      '--set',
      'directory.base=dc=school,dc=example',
    ],
  );
  await terminal.see('The secret lab.directory');
  await terminal.type('reader-knows-this');
  await terminal.press('enter');
  await terminal.see('Type apply to go on');
  await terminal.type('apply');
  await terminal.press('enter');
  expect((await terminal.ended).code).toBe(0);
  expect(terminal.raw).not.toContain('reader-knows');
}, 120_000);

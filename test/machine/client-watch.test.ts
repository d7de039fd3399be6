import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { removeDirectory, temporaryDirectory } from '../support/machine.ts';

// What a rehearsal makes of a client's console, without a client: one that only says these lines.

const directory = temporaryDirectory('watch');
afterAll(() => removeDirectory(directory));

const end = 'Kernel panic - not syncing: the test ends';

/** The line that the boot failed with. */
function failedWith(lines: readonly string[]): string {
  const work = mkdtempSync(join(directory, 'client-'));
  const programs = join(work, 'programs');
  mkdirSync(programs);
  for (const name of ['client', 'console']) {
    copyFileSync(`assets/rehearsal/${name}`, join(programs, name));
  }
  writeFileSync(join(work, 'lines'), [...lines, end, ''].join('\r\n'));
  writeFileSync(
    join(programs, 'watch'),
    'option() { return 1; }\n. "$(dirname "$0")/client"\nclient_boot\nclient_watch\n',
  );
  // It is killed once it has failed.
  writeFileSync(
    join(programs, 'qemu-system-x86_64'),
    '#!/bin/sh\nexec 5<>report.fifo\ncat lines >console.fifo\n',
    { mode: 0o755 },
  );
  const ran = spawnSync(
    'sh',
    [join(programs, 'watch'), '--work', work, '--mac', '52:54:00:00:00:20'],
    { env: { ...process.env, PATH: `${programs}:${process.env.PATH}` }, encoding: 'utf8' },
  );
  expect(ran.status, ran.stdout + ran.stderr).toBe(1);
  return /^rehearsal: failed: (.*)$/m.exec(ran.stdout)?.[1] ?? ran.stdout;
}

const kernel = '[    0.000000] Linux version 6.12.0-amd64';
const ready = 'sidus: root ready';

test.each([
  "error: file `/sidus/lab/1/vmlinuz' not found.",
  'Loading sidus/lab/1/vmlinuz... failed: No such file or directory',
  'PXE-E51: No DHCP or proxyDHCP offers were received.',
  'Verification failed: (0x1A) Security Violation',
])('%s: the loader gave up, and only before the kernel', (line) => {
  expect(failedWith([line])).toBe(line);
  expect(failedWith(['Loading http://192.168.67.1/x failed: No such file', line])).toBe(line);
  expect(failedWith([kernel, line])).toBe(end);
  // A kernel that is told to be quiet does not say its version.
  expect(failedWith([ready, line])).toBe(end);
});

test.each([
  '[    9.1] Oops: 0000 [#1]',
  'sidus: cannot start: the tree is gone',
  '(initramfs)',
  'BusyBox v1.37.0 (Debian) built-in shell (ash)',
])('%s: what the kernel and the boot script say always counts', (line) => {
  expect(failedWith([line])).toBe(line);
  expect(failedWith([kernel, ready, 'error: some unit was not found', line])).toBe(line);
});

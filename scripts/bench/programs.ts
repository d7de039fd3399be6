import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detail, median, row } from './rows.ts';

/** Runs the built program; what it says and its exit are nobody's business here, a signal is. */
function run(...words: readonly string[]): void {
  const ran = spawnSync(process.execPath, ['dist/main.mjs', ...words], { stdio: 'ignore' });
  if (ran.signal !== null) throw new Error(`sidus ${words.join(' ')}: ${ran.signal}`);
}

const clients = (count: number): string =>
  Array.from({ length: count }, (_, index) => {
    const tail = [index >> 8, index & 255].map((byte) => byte.toString(16).padStart(2, '0'));
    return `  - {mac: "52:54:00:00:${tail.join(':')}", name: node${index}}`;
  }).join('\n');

/** Programs against the smallest one that there is: `node -e 0`. Returns its seconds. */
export function measurePrograms(): number {
  execFileSync(process.execPath, ['scripts/build.mjs']);
  const node = median(15, () => spawnSync(process.execPath, ['-e', '0']));
  const started = median(15, () => run('--help'));
  row('sidus --help / node -e 0', started / node, null, 'the program itself');
  const directory = mkdtempSync(join(tmpdir(), 'sidus-bench-'));
  try {
    const status = median(15, () => run('status', '--json', '--root', directory));
    row('sidus status --json / node -e 0', status / node, 2.5);
    const planned = [10, 100, 1000].map((count) => {
      const site = join(directory, `site-${count}.yaml`);
      writeFileSync(site, `trees:\n  lab: {}\nclients:\n${clients(count)}\n`);
      return median(5, () =>
        run('plan', '--answers', site, '--offline', '--json', '--root', directory),
      );
    });
    const [ten = 1, hundred = 1, thousand = 1] = planned;
    row('sidus plan --json, facts and inspection: 100 / 10 clients', hundred / ten, 10);
    row('sidus plan --json: 1000 / 100 clients', thousand / hundred, 10);
    row('sidus plan --json with 1000 clients, in seconds', thousand, 2);
    detail(`${planned.map((time) => `${time.toFixed(2)} s`).join(', ')} for 10, 100, 1000`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return node;
}

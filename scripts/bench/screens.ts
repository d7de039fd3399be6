import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pty from '@lydell/node-pty';
import { bundle } from '../bundle.mjs';
import { row } from './rows.ts';

// Ink draws nothing for CI.
const environment = Object.fromEntries(
  Object.entries({ ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' }).filter(
    ([name]) => !/^(CI|CONTINUOUS_INTEGRATION|NO_COLOR|FORCE_COLOR|LC_\w+)$/.test(name),
  ),
) as Record<string, string>;

/** Seconds until the first frame of the wizard is on its terminal. */
function firstPaint(): Promise<number> {
  const begun = process.hrtime.bigint();
  const terminal = pty.spawn(process.execPath, ['dist/main.mjs', 'wizard', '--pretend'], {
    cols: 80,
    rows: 24,
    env: environment,
  });
  return new Promise((resolve, reject) => {
    let written = '';
    let painted = false;
    terminal.onData((data) => {
      written += data;
      if (painted || !written.includes('How do you want to begin?')) return;
      painted = true;
      resolve(Number(process.hrtime.bigint() - begun) / 1e9);
      terminal.kill('SIGKILL');
    });
    terminal.onExit(() => {
      if (!painted) reject(new Error(`the wizard drew nothing:\n${written.slice(-2000)}`));
    });
  });
}

/** The share of a core that the run screen takes while a command says so many lines a second. */
async function runScreen(columns: number, rows: number, directory: string): Promise<number> {
  const file = join(directory, 'share.json');
  const program = join(directory, 'run-screen.mjs');
  const terminal = pty.spawn(process.execPath, [program, '700', '5', file], {
    cols: columns,
    rows,
    env: environment,
  });
  await new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  return (JSON.parse(readFileSync(file, 'utf8')) as { share: number }).share;
}

/** `node`: seconds of the smallest program. */
export async function measureScreens(node: number): Promise<void> {
  const paints: number[] = [];
  for (let time = 0; time < 9; time += 1) paints.push(await firstPaint());
  const paint = paints.sort((a, b) => a - b)[4] ?? 0;
  row('first paint of sidus wizard --pretend / node -e 0', paint / node, 4);
  const directory = mkdtempSync(join(tmpdir(), 'sidus-bench-'));
  try {
    await bundle({ 'run-screen': 'scripts/bench/run-screen.ts' }, directory);
    for (const [columns, rows] of [
      [80, 24],
      [120, 40],
    ] as const) {
      const share = await runScreen(columns, rows, directory);
      row(`run screen ${columns}x${rows}, 700 lines a second / a core`, share, 0.15);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

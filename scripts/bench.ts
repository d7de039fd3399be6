// Speed, as ratios of what was measured in one run: times of one machine say nothing on another.
//   npm run bench            what needs no root
//   npm run bench -- --build also builds a tree our way and by hand (root, minutes)
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pty from '@lydell/node-pty';
import { derive } from '../src/planner/derive.ts';
import { plannedFrom } from '../test/support/facts.ts';
import { bundle } from './bundle.mjs';

function seconds(action: () => void): number {
  const begun = process.hrtime.bigint();
  action();
  return Number(process.hrtime.bigint() - begun) / 1e9;
}

function median(times: number, action: () => void): number {
  const measured = Array.from({ length: times }, () => seconds(action)).sort((a, b) => a - b);
  return measured[Math.floor(times / 2)] ?? 0;
}

function row(what: string, ratio: number, note: string): void {
  console.log(`${what.padEnd(52)} ${ratio.toFixed(2).padStart(7)}  ${note}`);
}

const node = median(9, () => spawnSync(process.execPath, ['-e', '0']));
execFileSync(process.execPath, ['scripts/build.mjs']);
const started = median(9, () => spawnSync(process.execPath, ['dist/main.mjs', '--help']));
row('sidus --help / node -e 0', started / node, 'the program itself');
const planned = median(3, () =>
  spawnSync(process.execPath, ['dist/main.mjs', 'plan', '--preset', 'rehearsal', '--offline']),
);
row('sidus plan --offline / node -e 0', planned / node, 'facts, derivation, inspection');

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

const paints: number[] = [];
for (let time = 0; time < 9; time += 1) paints.push(await firstPaint());
row(
  'first paint of sidus wizard --pretend / node -e 0',
  (paints.sort((a, b) => a - b)[4] ?? 0) / node,
  'aim 4 at the most',
);

/** The share of a core that the run screen takes while a command says so many lines a second. */
async function runScreen(columns: number, rows: number, directory: string): Promise<number> {
  const file = join(directory, 'share.json');
  const program = join(directory, 'bench-run-screen.mjs');
  const terminal = pty.spawn(process.execPath, [program, '700', '5', file], {
    cols: columns,
    rows,
    env: environment,
  });
  await new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  return (JSON.parse(readFileSync(file, 'utf8')) as { share: number }).share;
}

const screens = mkdtempSync(join(tmpdir(), 'sidus-bench-'));
try {
  await bundle({ 'bench-run-screen': 'scripts/bench-run-screen.ts' }, screens);
  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
  ] as const) {
    row(
      `run screen ${columns}x${rows}, 700 lines a second / a core`,
      await runScreen(columns, rows, screens),
      'aim 0.15 at the most',
    );
  }
} finally {
  rmSync(screens, { recursive: true, force: true });
}

const derived = [10, 100, 1000].map((count) => {
  const clients = Array.from({ length: count }, (_, index) => ({
    mac: `52:54:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
    name: `node${index}`,
    options: ['quiet'],
  }));
  const { site, facts } = plannedFrom({ trees: { lab: {} }, clients });
  // Warm, because the ratio is about the work and not about the compiler.
  for (let time = 0; time < 20; time += 1) derive(site, facts);
  return median(15, () => derive(site, facts));
});
const [ten = 1, hundred = 1, thousand = 1] = derived;
row('derive: 100 clients / 10 clients', hundred / ten, 'linear is 10 at the most');
row('derive: 1000 clients / 100 clients', thousand / hundred, 'linear is 10 at the most');

if (process.argv.includes('--build')) {
  const directory = mkdtempSync(join(tmpdir(), 'sidus-bench-'));
  const apply = (): number =>
    seconds(() => {
      const ran = spawnSync(
        process.execPath,
        [
          'dist/main.mjs',
          'apply',
          '--preset',
          'rehearsal',
          '--offline',
          '--root',
          join(directory, 'ours'),
        ],
        { encoding: 'utf8' },
      );
      if (ran.status !== 0) throw new Error(ran.stderr.slice(-2000));
    });
  try {
    const first = apply();
    rmSync(join(directory, 'ours/srv'), { recursive: true });
    const again = apply();
    const sources = join(
      directory,
      'ours/var/cache/sidus/trixie/bootstrap/rehearsal/sidus.sources',
    );
    const bare = seconds(() => {
      const ran = spawnSync(
        'unshare',
        [
          ...['--mount', '--pid', '--fork', '--kill-child', 'mmdebstrap', '--mode=root'],
          ...['--variant=important', '--aptopt=APT::Install-Recommends "false"'],
          '--include=linux-image-amd64,initramfs-tools,nfs-common,busybox,zstd,dbus,locales,console-setup,openssh-server,libcap2-bin,systemd-timesyncd',
          '--customize-hook=echo \'fr_FR.UTF-8 UTF-8\' >"$1/etc/locale.gen"; chroot "$1" locale-gen; chroot "$1" update-initramfs -u',
          ...['trixie', join(directory, 'bare'), sources],
        ],
        { encoding: 'utf8' },
      );
      if (ran.status !== 0) throw new Error(ran.stderr.slice(-2000));
    });
    row(
      'whole apply / bare mmdebstrap, locale-gen, initramfs',
      first / bare,
      'tree, version, loaders; aim 0.70',
    );
    row('apply with a warm cache / first', again / first, 'aim 0.60');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

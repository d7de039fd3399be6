import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { detail, row, seconds } from './rows.ts';

/** What boots can be measured with. */
export interface Built {
  /** For --root and --cache. */
  readonly root: string;
  readonly cache: string;
  readonly tree: string;
}

/** Kept apart from every tree that somebody works with. */
const directory = mkdtempSync('/var/tmp/sidus-bench-');
export const root = join(directory, 'root');
const cache = join(directory, 'cache');
const tree = 'rehearsal';
export const versionOf = (name: string): string => join(root, 'srv/nfsroot', name, 'versions/1');

export function removeTrees(): void {
  // Whatever was mounted went with its namespace; other file systems are left alone all the same.
  const ran = spawnSync('rm', ['-rf', '--one-file-system', '--', directory], { stdio: 'inherit' });
  if (ran.status !== 0) console.error(`${directory} is left`);
}

export function command(name: string, ...words: readonly string[]): string {
  const ran = spawnSync(name, [...words], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (ran.status !== 0) {
    throw new Error(`${name} ${words[0]}: ${(ran.stdout + ran.stderr).slice(-3000)}`);
  }
  return ran.stdout;
}

const needs: Readonly<Record<string, string>> = {
  '/usr/bin/mmdebstrap': 'mmdebstrap',
  '/usr/sbin/debootstrap': 'debootstrap',
};

/** Seconds of each step, in order. */
function apply(): ReadonlyMap<string, number> {
  const said = command(
    process.execPath,
    ...['dist/main.mjs', 'apply', '--yes', '--preset', 'rehearsal', '--progress', 'json'],
    ...['--root', root, '--cache', cache, '--set', 'tree.form=image'],
  );
  const begun = new Map<string, number>();
  const took = new Map<string, number>();
  for (const line of said.split('\n')) {
    if (!line.startsWith('{')) continue;
    const event = JSON.parse(line) as { type: string; step?: string; at: string };
    if (event.step === undefined) continue;
    if (event.type === 'step-started') begun.set(event.step, Date.parse(event.at));
    const since = begun.get(event.step);
    if (event.type === 'step-done' && since !== undefined) {
      took.set(event.step, (Date.parse(event.at) - since) / 1000);
    }
  }
  return took;
}

const sum = (steps: ReadonlyMap<string, number>): number =>
  [...steps.values()].reduce((total, time) => total + time, 0);

/** What makes the tree itself, before it is published. */
const ofTheTree = (steps: ReadonlyMap<string, number>): ReadonlyMap<string, number> =>
  new Map(
    [...steps].filter(
      ([step]) =>
        !step.startsWith('serve/') &&
        step.includes(`/${tree}/`) &&
        !['tools', 'version'].includes(step.split('/').at(-1) ?? '') &&
        !step.includes('image'),
    ),
  );

function largest(steps: ReadonlyMap<string, number>): string {
  return [...steps]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 6)
    .map(([step, time]) => `${step} ${time.toFixed(1)}`)
    .join(', ');
}

const remove = (...paths: readonly string[]): string =>
  command('rm', '-rf', '--one-file-system', '--', ...paths);

/** The quickest: whatever else a machine does makes a build slower, and none quicker. */
const least = <T>(found: readonly T[], of: (one: T) => number): T =>
  found.reduce((best, one) => (of(one) < of(best) ? one : best));

/**
 * Our tree against the same packages by hand, by two ways, in rounds. Packages are fetched in each of
 * them; the second build of ours has them.
 */
export function measureTrees(): Built {
  const missing = Object.entries(needs).flatMap(([path, name]) => (existsSync(path) ? [] : [name]));
  if (process.getuid?.() !== 0 || missing.length > 0) {
    throw new Error(`trees are built as root; install ${missing.join(' ') || 'nothing more'}`);
  }
  const firsts: ReadonlyMap<string, number>[] = [];
  const agains: ReadonlyMap<string, number>[] = [];
  const bare: number[] = [];
  const old: number[] = [];
  let count = 0;
  for (let round = 0; round < 2; round++) {
    remove(join(root, 'srv/nfsroot'), cache);
    firsts.push(apply());
    // The archives that our own tree came from.
    const sources = join(directory, 'sources');
    copyFileSync(join(root, `srv/nfsroot/${tree}/bootstrap/sidus.sources`), sources);
    const packages = command(
      ...(['dpkg-query', `--admindir=${join(versionOf(tree), 'var/lib/dpkg')}`] as const),
      ...['--show', '--showformat=${Package}\\n'],
    )
      .trim()
      .split('\n');
    count = packages.length;
    const suite = readFileSync(join(versionOf(tree), 'etc/sidus/suite'), 'utf8').trim();
    const byHand = (way: string, name: string): number => {
      command('mkdir', '-p', join(versionOf(name), '..'));
      return seconds(() =>
        command('sh', 'scripts/bench/by-hand', way, suite, versionOf(name), sources, ...packages),
      );
    };
    bare.push(byHand('mmdebstrap', 'naive'));
    old.push(byHand('debootstrap', 'old'));
    remove(join(root, `srv/nfsroot/${tree}`));
    agains.push(apply());
  }
  const time = (steps: ReadonlyMap<string, number>): number => sum(ofTheTree(steps));
  const [first, again] = [least(firsts, time), least(agains, time)];
  const [ours, theirs, recipe] = [time(first), Math.min(...bare), Math.min(...old)];
  row('our tree / mmdebstrap, locale-gen, update-initramfs', ours / theirs, 0.7);
  row('our tree / debootstrap, apt, the same (2013)', ours / recipe, 0.45);
  const shown = (times: readonly number[]): string =>
    times.map((one) => one.toFixed(1)).join(' and ');
  detail(
    `${count} packages; ours ${shown(firsts.map(time))} s, mmdebstrap ${shown(bare)} s, 2013 ${shown(old)} s`,
  );
  detail(`ours: ${largest(ofTheTree(first))}`);
  detail(
    `with version, image, loaders and server files ${sum(first).toFixed(1)} s: ${largest(first)}`,
  );
  row('our tree again, packages kept / first', time(again) / ours, 0.6);
  detail(`${shown(agains.map(time))} s: ${largest(ofTheTree(again))}`);
  return { root, cache, tree };
}

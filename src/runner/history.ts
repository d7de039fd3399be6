import { layout } from '../core/layout.ts';
import type { Original, PastRun, PathState, Present } from '../core/original.ts';
import type { System } from '../system/system.ts';
import { blockIn } from './block.ts';
import { planOf } from './engine.ts';
import { runDirectory } from './journal.ts';
import { progressIn } from './last-runs.ts';
import { originalsIn, originalsPath } from './originals.ts';
import { pathState } from './path-state.ts';
import { type Changed, changedSettings } from './settings.ts';

/** The runs so far with what they kept, oldest first. One that kept no plan was never begun. */
export async function pastRuns(system: System): Promise<readonly PastRun[]> {
  const ids = (await system.list('server', layout.runs)) ?? [];
  const runs: PastRun[] = [];
  for (const id of ids) {
    const plan = await planOf(id, system);
    if (plan === null) continue;
    const events = (await system.read('server', `${runDirectory(id)}/events.jsonl`)) ?? '';
    const originals = originalsIn((await system.read('server', originalsPath(id))) ?? '');
    const outcome = progressIn(events).outcome ?? 'broken-off';
    runs.push({ id, plan, outcome, originals });
  }
  return runs;
}

/** How the things that these originals are about stand now. */
export async function presentOf(originals: readonly Original[], system: System): Promise<Present> {
  const paths: Record<string, PathState | null> = {};
  const blocks: Record<string, Record<string, string | null>> = {};
  const entries: Record<string, readonly string[] | null> = {};
  const settings: Record<string, readonly Changed[]> = {};
  const kept: Record<string, string> = {};
  for (const original of originals) {
    if (original.what === 'settings') {
      settings[original.copy] ??= await changedSettings(original.copy, system);
    }
    if (original.what !== 'path' && original.what !== 'directory') continue;
    for (const directory of [...original.made, original.path]) {
      entries[directory] ??= await namesIn(directory, system);
    }
    if (original.what === 'directory') {
      paths[original.path] ??= await pathState(original.path, system, 'server', true);
      continue;
    }
    const { path, block, copy } = original;
    paths[path] ??= await pathState(path, system);
    if (copy !== null && /^(\/etc\/exports|\/srv\/tftp\/)/.test(path)) {
      kept[copy] ??= (await system.read('server', copy)) ?? '';
    }
    if (block === undefined) continue;
    const text = await system.read('server', path);
    blocks[path] = {
      ...blocks[path],
      [block.marker]: text === null ? null : blockIn(text, block.marker),
    };
  }
  return {
    ...{ paths, blocks, entries, settings, kept },
    versions: await versionsThere(system),
    secrets: await secretsNow(originals, system),
  };
}

async function versionsThere(system: System): Promise<readonly string[]> {
  const found: string[] = [];
  for (const tree of (await namesIn(layout.trees, system)) ?? []) {
    for (const kind of ['versions', 'images']) {
      const names = (await namesIn(`${layout.trees}/${tree}/${kind}`, system)) ?? [];
      found.push(...names.map((name) => `${tree}/${kind}/${name}`));
    }
  }
  return found;
}

/** null: no directory. */
async function namesIn(path: string, system: System): Promise<readonly string[] | null> {
  const entry = await system.stat('server', path);
  return entry?.kind === 'directory' ? system.list('server', path) : null;
}

/** Runs change only the secrets that they name: whatever else was there must be there still. */
async function secretsNow(
  originals: readonly Original[],
  system: System,
): Promise<Present['secrets']> {
  const ours = originals.flatMap((original) =>
    original.what === 'path' && original.path === layout.secrets ? [original] : [],
  );
  const [first] = ours;
  if (first === undefined) return 'ours';
  const names = new Set(ours.map(({ secret }) => secret));
  const textOf = async (path: string | null) =>
    path === null ? null : system.read('server', path);
  try {
    const before = JSON.parse((await textOf(first.copy)) ?? '{}') as Record<string, unknown>;
    const now = JSON.parse((await textOf(layout.secrets)) ?? '{}') as Record<string, unknown>;
    const others = (all: Record<string, unknown>) =>
      Object.entries(all).filter(([name]) => !names.has(name));
    if (others(before).some(([name, value]) => now[name] !== value)) return 'changed';
    return others(now).some(([name]) => before[name] === undefined) ? 'around' : 'ours';
  } catch {
    return 'changed';
  }
}

import type { Attributes, SettingsEffect } from '../core/effect.ts';
import { isAlike, type PathState } from '../core/original.ts';
import { ProblemError } from '../core/problem.ts';
import type { System } from '../system/system.ts';
import { explain } from './explain.ts';
import { pathState } from './path-state.ts';

/** What packages may change beside the steps of a plan, and take along when they go. */
export const settingsDirectory = '/etc';

/** Keeps all of /etc, with modes, owners and times. */
export async function keepSettings(to: string, system: System): Promise<void> {
  const ran = await system.exec('server', [
    'cp',
    '--archive',
    '--one-file-system',
    '--no-target-directory',
    '--',
    { at: { place: 'server', path: settingsDirectory } },
    { at: { place: 'server', path: to } },
  ]);
  if (ran.code === 0) return;
  throw new ProblemError(explain(`cp ${settingsDirectory}`, ran.code, ran.stderr.split('\n')));
}

export interface Changed {
  readonly path: string;
  /** In the copy. */
  readonly was: PathState | null;
  readonly now: PathState | null;
}

/** What is no longer as in a copy of /etc. A directory comes before what is in it. */
export async function changedSettings(copy: string, system: System): Promise<readonly Changed[]> {
  const found: Changed[] = [];
  const walk = async (below: string): Promise<void> => {
    const [path, kept] = [`${settingsDirectory}${below}`, `${copy}${below}`];
    const names = new Set([
      ...((await system.list('server', kept)) ?? []),
      ...((await system.list('server', path)) ?? []),
    ]);
    for (const name of [...names].sort()) {
      const here = `${below}/${name}`;
      const [was, now] = [
        await system.stat('server', `${copy}${here}`),
        await system.stat('server', `${settingsDirectory}${here}`),
      ];
      if (was?.kind === 'directory' || now?.kind === 'directory') {
        const [one, other] = await bothStates(here);
        if (!isAlike(one, other)) found.push({ path: `${path}/${name}`, was: one, now: other });
        await walk(here);
        continue;
      }
      // What is as old and as long is the same: only the rest is read.
      const untouched =
        was?.kind === 'file' &&
        now?.kind === 'file' &&
        was.modified !== 0 &&
        was.modified === now.modified &&
        was.size === now.size &&
        sameOwner(was, now);
      if (untouched) continue;
      const [one, other] = await bothStates(here);
      if (!isAlike(one, other)) found.push({ path: `${path}/${name}`, was: one, now: other });
    }
  };
  const bothStates = async (here: string) =>
    [
      await pathState(`${copy}${here}`, system),
      await pathState(`${settingsDirectory}${here}`, system),
    ] as const;
  await walk('');
  return found;
}

function sameOwner(one: Attributes, other: Attributes): boolean {
  return one.mode === other.mode && one.owner === other.owner && one.group === other.group;
}

/** What the effect still has to put back or to remove. */
export async function unsettled(
  { from, back, gone, except }: SettingsEffect,
  system: System,
): Promise<readonly Changed[]> {
  return (await changedSettings(from, system)).filter(({ path, was, now }) => {
    if (was === null) return gone.includes(path);
    return now === null ? !except.includes(path) : back.includes(path);
  });
}

/** Puts it all back: directories from above, what has to go from below. */
export async function settle(effect: SettingsEffect, system: System): Promise<void> {
  const changed = await unsettled(effect, system);
  for (const { path, now } of changed.filter(({ was }) => was === null).reverse()) {
    if (now?.kind === 'directory') await system.removeEmptyDirectory('server', path);
    else await system.remove('server', path);
  }
  for (const { path, was } of changed) {
    const kept = `${effect.from}${path.slice(settingsDirectory.length)}`;
    if (was?.kind === 'directory') await system.makeDirectory('server', path, was);
    if (was?.kind === 'link') await system.link('server', path, was.target ?? '');
    if (was?.kind === 'file') {
      await system.copy({ place: 'server', path: kept }, 'server', path, was);
    }
  }
}

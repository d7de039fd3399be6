import type { EditedSettings, SettingsEffect } from '../core/effect.ts';
import { isAlike, type PathState } from '../core/original.ts';
import { ProblemError } from '../core/problem.ts';
import type { Ran, System } from '../system/system.ts';
import { explain } from './explain.ts';
import { pathState } from './path-state.ts';

/** What packages may change beside the steps of a plan, and take along when they go. */
export const settingsDirectory = '/etc';

/** What daemons rewrite at any time: never the work of packages. */
const restless: readonly string[] = ['resolv.conf', 'adjtime'];

/** Of the tools, so that what they say of a file that vanished is known. */
const untranslated = { environment: { LC_ALL: 'C' } };

/** Somebody works in /etc all the time: editors and daemons make and rename files meanwhile. */
function onlyVanished({ stderr }: Ran): boolean {
  const lines = stderr.split('\n').filter((line) => line !== '');
  return lines.length > 0 && lines.every((line) => line.endsWith(': No such file or directory'));
}

/** Keeps all of /etc, with modes, owners and times; without other file systems mounted there. */
export async function keepSettings(to: string, system: System): Promise<void> {
  const copied = () =>
    system.exec(
      'server',
      [
        'cp',
        '--archive',
        '--one-file-system',
        '--no-target-directory',
        '--',
        { at: { place: 'server', path: settingsDirectory } },
        { at: { place: 'server', path: to } },
      ],
      untranslated,
    );
  let ran = await copied();
  // What was renamed meanwhile is there under its new name.
  if (ran.code !== 0) ran = await copied();
  if (ran.code === 0 || onlyVanished(ran)) return;
  throw new ProblemError(explain(`cp ${settingsDirectory}`, ran.code, ran.stderr.split('\n')));
}

export interface Changed {
  readonly path: string;
  /** In the copy. */
  readonly was: PathState | null;
  readonly now: PathState | null;
  /** When it last changed in any way (st_ctime), in milliseconds since 1970; 0: it is not there. */
  readonly at: number;
}

/** What is no longer as in a copy of /etc. A directory comes before what is in it. */
export async function changedSettings(copy: string, system: System): Promise<readonly Changed[]> {
  const [before, after] = await Promise.all([
    entriesBelow(copy, system),
    entriesBelow(settingsDirectory, system),
  ]);
  const mounts = await mountedBelow(system);
  const isForeign = (below: string): boolean =>
    mounts.some((mount) => below === mount || below.startsWith(`${mount}/`));
  const found: Changed[] = [];
  for (const below of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    if (restless.includes(below) || isForeign(below)) continue;
    if (isUntouched(before.get(below), after.get(below))) continue;
    const [was, now] = [
      await pathState(`${copy}/${below}`, system),
      await pathState(`${settingsDirectory}/${below}`, system),
    ];
    const at = after.get(below)?.changed ?? 0;
    if (!isAlike(was, now)) found.push({ path: `${settingsDirectory}/${below}`, was, now, at });
  }
  return found;
}

/**
 * Where something is mounted below /etc, without that: somebody else's file system, such as
 * /etc/pve, or a single file, as containers have them (proc_pid_mountinfo(5)).
 */
async function mountedBelow(system: System): Promise<readonly string[]> {
  const text = (await system.read('server', '/proc/self/mountinfo')) ?? '';
  return text.split('\n').flatMap((line) => {
    const point = (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    );
    const below = `${settingsDirectory}/`;
    return point.startsWith(below) ? [point.slice(below.length)] : [];
  });
}

interface Listed {
  readonly kind: string;
  /** Mode, owner and group; of a link where it points. */
  readonly words: string;
  /** Size and time of change. */
  readonly age: string;
  readonly changed: number;
}

/** Of what is as old and as long nothing is read. A directory is young when something in it is. */
function isUntouched(one: Listed | undefined, other: Listed | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  if (one.kind !== other.kind || one.words !== other.words) return false;
  return one.kind !== 'f' || (one.age === other.age && !one.age.endsWith(' 0'));
}

/** By one command: thousands of files, looked at several times in an undo. */
async function entriesBelow(
  directory: string,
  system: System,
): Promise<ReadonlyMap<string, Listed>> {
  const ran = await system.exec(
    'server',
    [
      'find',
      { at: { place: 'server', path: directory } },
      '-xdev',
      '-mindepth',
      '1',
      '-printf',
      '%P\\0%y\\0%m %u %g\\0%s %T@\\0%l\\0%C@\\0',
    ],
    untranslated,
  );
  if (ran.code !== 0 && !onlyVanished(ran)) {
    throw new ProblemError(explain(`find ${directory}`, ran.code, ran.stderr.split('\n')));
  }
  const found = new Map<string, Listed>();
  const fields = ran.stdout.split('\0');
  for (let at = 0; at + 5 < fields.length; at += 6) {
    const [path = '', kind = '', owned = '', age = '', target = '', changed = ''] = fields.slice(
      at,
      at + 6,
    );
    found.set(path, {
      ...{ kind, words: kind === 'l' ? target : owned, age },
      changed: Number(changed) * 1000,
    });
  }
  return found;
}

/** Before packages go. What they took along already, in a run that died, was kept by that run. */
export async function keepEdited({ paths, at }: EditedSettings, system: System): Promise<void> {
  if (paths.length === 0) return;
  await system.makeDirectory('server', at, { mode: 0o700, owner: 'root', group: 'root' });
  for (const path of paths) {
    const now = await pathState(path, system);
    if (now !== null) await putAs(now, path, `${at}${path}`, system);
  }
}

interface Unsettled extends Changed {
  /** Where what was there is kept. */
  readonly kept: string;
}

/** What the effect still has to put back or to remove. */
export async function unsettled(
  { from, back, gone, except, edited }: SettingsEffect,
  system: System,
): Promise<readonly Unsettled[]> {
  const left = (await changedSettings(from, system)).filter(({ path, was, now }) => {
    if (was === null) return gone.includes(path);
    if (edited.paths.includes(path)) return false;
    return now === null ? !except.includes(path) : back.includes(path);
  });
  const found: Unsettled[] = left.map((one) => ({
    ...one,
    kept: `${from}${one.path.slice(settingsDirectory.length)}`,
  }));
  for (const path of edited.paths) {
    const kept = `${edited.at}${path}`;
    const [was, now] = [await pathState(kept, system), await pathState(path, system)];
    if (was !== null && now === null) found.push({ path, was, now, at: 0, kept });
  }
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Puts it all back: directories from above, what has to go from below. */
export async function settle(effect: SettingsEffect, system: System): Promise<void> {
  const changed = await unsettled(effect, system);
  for (const { path, now } of changed.filter(({ was }) => was === null).reverse()) {
    if (now?.kind === 'directory') await system.removeEmptyDirectory('server', path);
    else await system.remove('server', path);
  }
  for (const { path, was, kept } of changed) {
    if (was !== null) await putAs(was, kept, path, system);
  }
}

async function putAs(state: PathState, from: string, to: string, system: System): Promise<void> {
  if (state.kind === 'directory') await system.makeDirectory('server', to, state);
  if (state.kind === 'link') await system.link('server', to, state.target ?? '');
  if (state.kind === 'file')
    await system.copy({ place: 'server', path: from }, 'server', to, state);
}

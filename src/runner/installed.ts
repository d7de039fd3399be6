import type { Place } from '../core/place.ts';
import type { System } from '../system/system.ts';

/**
 * The packages that a place has, with the names that they provide. A tree's are read from dpkg's
 * own status file (dpkg(1)), so that an ordinary user can look; the server is asked.
 */
export async function installedPackages(
  place: Place,
  system: System,
): Promise<ReadonlySet<string>> {
  if (place !== 'server') {
    return packagesInStatus((await system.read(place, '/var/lib/dpkg/status')) ?? '');
  }
  const ran = await system.exec(place, [
    'dpkg-query',
    '--show',
    '--showformat=Package: ${Package}\nStatus: ${Status}\nProvides: ${Provides}\n\n',
  ]);
  return packagesInStatus(ran.stdout);
}

/** Of the server: those that are there in any way, be it by the settings that they left. */
export async function packagesWithSettings(system: System): Promise<ReadonlySet<string>> {
  const ran = await system.exec('server', [
    'dpkg-query',
    '--show',
    '--showformat=Package: ${Package}\nStatus: ${Status}\n\n',
  ]);
  const names = ran.stdout.split('\n\n').flatMap((paragraph) => {
    const name = /^Package: (\S+)$/m.exec(paragraph)?.[1];
    return name === undefined || / not-installed$/m.test(paragraph) ? [] : [name];
  });
  return new Set(names);
}

/** The names of all packages of the server, without those that they provide. */
export async function everyPackage(system: System): Promise<readonly string[]> {
  const ran = await system.exec('server', [
    'dpkg-query',
    '--show',
    '--showformat=Package: ${Package}\nStatus: ${Status}\n\n',
  ]);
  return ran.stdout
    .split('\n\n')
    .flatMap((paragraph) =>
      /^Status: \S+ ok installed$/m.test(paragraph)
        ? (/^Package: (\S+)$/m.exec(paragraph)?.[1] ?? [])
        : [],
    );
}

/** Names in what apt-get(8) --simulate says that it would remove. */
export function removedIn(simulated: string): readonly string[] {
  return [...simulated.matchAll(/^(?:Purg|Remv) ([^ ]+)/gm)].map(([, name = '']) => name);
}

export interface Removal {
  /** What goes: the packages, and what came with them and nobody else needs. */
  readonly names: readonly string[];
  /** What apt would remove beside: it needs them. */
  readonly more: readonly string[];
}

/**
 * What would go with packages that a run installed, where only `before` was there; never one that
 * somebody else asked for. null: apt cannot tell.
 */
export async function removalOf(
  wanted: readonly string[],
  before: readonly string[],
  system: System,
): Promise<Removal | null> {
  if (wanted.length === 0) return { names: [], more: [] };
  const simulated = (...words: readonly string[]) =>
    system.exec('server', ['apt-get', '--simulate', 'purge', ...words]);
  const [orphans, automatic] = await Promise.all([
    simulated('--auto-remove', '--', ...wanted),
    system.exec('server', ['apt-mark', 'showauto']),
  ]);
  if (orphans.code !== 0 || automatic.code !== 0) return null;
  const asked = new Set(wanted);
  const known = new Set(before);
  const ofThemselves = new Set(automatic.stdout.split('\n'));
  const names = [
    ...wanted,
    ...removedIn(orphans.stdout).filter(
      (name) => !asked.has(name) && !known.has(name) && ofThemselves.has(name),
    ),
  ].sort();
  const whole = await simulated('--', ...names);
  if (whole.code !== 0) return null;
  return { names, more: removedIn(whole.stdout).filter((name) => !names.includes(name)) };
}

export function packagesInStatus(status: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const paragraph of status.split('\n\n')) {
    if (!/^Status: \S+ ok installed$/m.test(paragraph)) continue;
    const name = /^Package: (\S+)$/m.exec(paragraph)?.[1];
    if (name !== undefined) names.add(name);
    const provides = /^Provides: (.+)$/m.exec(paragraph)?.[1] ?? '';
    for (const part of provides.split(',')) {
      const provided = part.trim().split(/[\s(:]/)[0];
      if (provided !== undefined && provided !== '') names.add(provided);
    }
  }
  return names;
}

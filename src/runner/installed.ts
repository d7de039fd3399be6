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

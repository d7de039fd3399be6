import type { Place } from '../core/place.ts';
import type { System } from '../system/system.ts';

const directories = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

/** Where the [Install] section of a unit of a tree wants links (systemd.unit(5)); null: no such unit. */
export async function wantedLinks(
  place: Place,
  name: string,
  system: System,
): Promise<readonly string[] | null> {
  for (const directory of directories) {
    const entry = await system.stat(place, `${directory}/${name}`);
    if (entry === null) continue;
    const text = (await system.read(place, `${directory}/${name}`)) ?? '';
    return [...text.matchAll(/^(Wanted|Required)By=(.*)$/gm)].flatMap(([, kind, targets]) =>
      (targets ?? '')
        .split(/\s+/)
        .filter((target) => target !== '')
        .map(
          (target) =>
            `/etc/systemd/system/${target}.${kind === 'Wanted' ? 'wants' : 'requires'}/${name}`,
        ),
    );
  }
  return null;
}

/** How a unit of a tree stands, read from its links: nothing runs there that could be asked. */
export async function unitStateInTree(
  place: Place,
  name: string,
  system: System,
): Promise<'enabled' | 'disabled' | 'masked' | 'missing'> {
  const own = await system.stat(place, `/etc/systemd/system/${name}`);
  if (own?.kind === 'link' && own.target === '/dev/null') return 'masked';
  const links = await wantedLinks(place, name, system);
  if (links === null) return 'missing';
  const there = await Promise.all(links.map((path) => system.stat(place, path)));
  return links.length > 0 && there.every((entry) => entry !== null) ? 'enabled' : 'disabled';
}

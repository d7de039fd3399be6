import type { PathState } from '../core/original.ts';
import type { Place } from '../core/place.ts';
import type { System } from '../system/system.ts';

/** What lies at a path of the server now; null: nothing. */
export async function pathState(
  path: string,
  system: System,
  place: Place = 'server',
  followLast = false,
): Promise<PathState | null> {
  const entry = await system.stat(place, path, followLast);
  if (entry === null) return null;
  const { kind, mode, owner, group, target, modified } = entry;
  const sha256 = kind === 'file' ? await system.hash(place, path) : null;
  return { kind, mode, owner, group, target, modified, sha256 };
}

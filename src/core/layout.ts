import type { Place } from './place.ts';

/**
 * Where things lie on a server (design.md 5). Only the system, the runner and the printers of
 * plans call `whereIs`: a feature names a Place and lets them find it.
 */
export const layout = {
  site: '/etc/sidus/site.yaml',
  secrets: '/etc/sidus/secrets.json',
  /** Who has which password, a table for each tree. */
  accounts: '/etc/sidus/accounts',
  state: '/var/lib/sidus',
  runs: '/var/lib/sidus/runs',
  lock: '/var/lib/sidus/lock',
  cache: '/var/cache/sidus',
  trees: '/srv/nfsroot',
  tftp: '/srv/tftp',
} as const;

/** The directory of a place, as the server sees it when nothing is staged. */
export function whereIs(place: Place): string {
  if (place === 'server') return '';
  if ('workshop' in place) return `${layout.cache}/workshop/${place.workshop}`;
  const home = `${layout.trees}/${place.tree}`;
  return place.version === undefined ? `${home}/draft` : `${home}/versions/${place.version}`;
}

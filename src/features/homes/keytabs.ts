import type { Site } from '../index.ts';
import { treeOf } from '../own-files.ts';

/** Machines of the list that boot this tree, and have no key of their own, by name. */
export function clientsWithoutKeytab(site: Site, tree: string): readonly string[] {
  return clientsOf(site, tree)
    .filter(({ keytab }) => keytab === undefined)
    .map(({ name }) => name);
}

/** Machines of the list that boot this tree. */
export function clientsOf(site: Site, tree: string): Site['clients'] {
  return site.clients.filter((client) => treeOf(site, client) === tree);
}

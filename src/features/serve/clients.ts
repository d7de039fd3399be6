import type { Site, SiteClient } from '../index.ts';
import type { BootChoice } from './command-line.ts';

/**
 * What a client boots, if anything of it is its own: from its entry, then its group, then the
 * site. null: it boots as every other.
 */
export function clientBoot(
  site: Site,
  client: SiteClient,
  current: (tree: string) => number,
): BootChoice | null {
  const group = client.group === undefined ? undefined : site.groups[client.group];
  const tree = client.tree ?? group?.tree;
  const version = client.version ?? group?.version;
  const own = [...(group?.options ?? []), ...(client.options ?? [])];
  const size = client.layer?.size ?? group?.layer?.size;
  if (tree === undefined && version === undefined && own.length === 0 && size === undefined) {
    return null;
  }
  const [first] = Object.keys(site.trees);
  const chosen = tree ?? first;
  if (chosen === undefined) return null;
  return {
    tree: chosen,
    version: version ?? current(chosen),
    options: [...site.server.serve.options, ...own],
    ...(size === undefined ? {} : { size }),
  };
}

import type { Form } from '../../core/form.ts';
import type { Site, SiteClient } from '../index.ts';
import { ownFilesOf, ownFilesWord } from '../own-files.ts';
import type { BootChoice } from './command-line.ts';

/**
 * What a client boots, if anything of it is its own: from its entry, then its group, then the
 * site. null: it boots as every other.
 */
export function clientBoot(
  site: Site,
  client: SiteClient,
  current: (tree: string) => number,
): (BootChoice & { readonly form: Form }) | null {
  const group = client.group === undefined ? undefined : site.groups[client.group];
  const tree = client.tree ?? group?.tree;
  const version = client.version ?? group?.version;
  const own = [...(group?.options ?? []), ...(client.options ?? [])];
  const size = client.layer?.size ?? group?.layer?.size;
  const form = client.form ?? group?.form;
  const files = ownFilesOf(site, client) === null ? [] : [ownFilesWord];
  const given = [tree, version, size, form, own[0], files[0]];
  if (given.every((one) => one === undefined)) return null;
  const [first] = Object.keys(site.trees);
  const chosen = tree ?? first;
  if (chosen === undefined) return null;
  return {
    tree: chosen,
    version: version ?? current(chosen),
    form: form ?? site.trees[chosen]?.tree.form ?? 'files',
    options: [...files, ...site.server.serve.options, ...own],
    ...(size === undefined ? {} : { size }),
  };
}

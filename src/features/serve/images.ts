import type { Fact, Facts } from '../../core/fact.ts';
import type { Form } from '../../core/form.ts';
import type { Site, SiteClient } from '../index.ts';
import {
  allImages,
  allPublished,
  lastVersion,
  type Published,
  publishedVersions,
} from '../tree-facts.ts';
import { clientBoot } from './clients.ts';
import { currentOf, versionsOf } from './versions.ts';

/**
 * The trees of which no image is made: a rollback fetches and makes nothing, and whoever publishes
 * one tree leaves the others as they are. Not learnt: a plan lays it over its facts.
 */
export const imagesAsTheyAre: Fact<readonly string[]> = {
  id: 'tree/images-as-they-are',
  source: { kind: 'root' },
  otherwise: [],
  parse: () => [],
};

const hasImage = (facts: Facts, tree: string, version: number): boolean =>
  facts.get(allImages).some((one) => one.tree === tree && one.version === version);

/** Those of which one is missing, and is made. */
export function imagesToMake(site: Site, facts: Facts, tree: string): readonly number[] {
  return imagesOf(site, facts, tree).filter((version) => !hasImage(facts, tree, version));
}

/**
 * The versions of a tree of which there must be an image: what clients boot, and the newest, which
 * is rehearsed before they do. Of others an image is made when somebody is to boot it. Where the
 * newest was deleted, the one before it is rehearsed no more: nobody fills a disk by a deletion.
 */
export function imagesOf(site: Site, facts: Facts, tree: string): readonly number[] {
  const there = facts.get(publishedVersions(tree));
  const last = facts.get(lastVersion(tree));
  const versions = there.length > 0 ? there : [last + 1];
  const [first] = Object.keys(site.trees);
  const booted = site.clients.flatMap((client) => {
    const group = client.group === undefined ? undefined : site.groups[client.group];
    // Of other trees nothing need be known here.
    if ((client.tree ?? group?.tree ?? first) !== tree) return [];
    const boot = clientBoot(site, client, (name) => currentOf(name, facts));
    return boot?.form === 'image' ? [boot.version] : [];
  });
  const newest = versions.filter((version) => version >= last).slice(-1);
  const usual = site.trees[tree]?.tree.form === 'image' ? [currentOf(tree, facts), ...newest] : [];
  const none = facts.has(imagesAsTheyAre) && facts.get(imagesAsTheyAre).includes(tree);
  return versions.filter(
    (version) =>
      (booted.includes(version) || usual.includes(version)) &&
      (!none || hasImage(facts, tree, version)),
  );
}

/**
 * What a client boots by an entry of its own, in a form that it can be given: where there is no
 * image, and none is made, the version itself. null: it boots as every other.
 */
export function ownBoot(site: Site, facts: Facts, client: SiteClient) {
  const own = clientBoot(site, client, (name) => currentOf(name, facts));
  if (own?.form !== 'image') return own;
  const { tree, version } = own;
  const imaged = imagesOf(site, facts, tree).includes(version) || hasImage(facts, tree, version);
  return imaged ? own : { ...own, form: 'files' as const };
}

/**
 * The form in which the boot files of a version offer it. One without an image that nobody boots
 * now stays as files.
 */
export function formOf(site: Site, facts: Facts, tree: string, version: number): Form {
  if (site.trees[tree]?.tree.form !== 'image') return 'files';
  const imaged = imagesOf(site, facts, tree).includes(version) || hasImage(facts, tree, version);
  return imaged ? 'image' : 'files';
}

export interface Exported extends Published {
  readonly form: Form;
}

/**
 * Whatever is published stays exported, as files and, where there is one, as an image; also of a
 * tree that left the site: somebody may run on it.
 */
export function exported(site: Site, facts: Facts): readonly Exported[] {
  const images = Object.keys(site.trees).flatMap((tree) =>
    imagesOf(site, facts, tree).map((version) => ({ tree, version })),
  );
  const versions = once([...versionsOf(site, facts), ...facts.get(allPublished)], 'files');
  // One whose version is being taken away goes with it.
  const whole = facts
    .get(allImages)
    .filter((one) =>
      versions.some(({ tree, version }) => tree === one.tree && version === one.version),
    );
  return [...versions, ...once([...images, ...whole], 'image')];
}

function once(found: readonly Published[], form: Form): readonly Exported[] {
  return [
    ...new Map(found.map((one) => [`${one.tree}/${one.version}`, { ...one, form }])).values(),
  ].sort((a, b) => (a.tree === b.tree ? a.version - b.version : a.tree < b.tree ? -1 : 1));
}

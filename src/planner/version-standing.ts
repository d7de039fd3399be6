import type { Facts } from '../core/fact.ts';
import type { Problem } from '../core/problem.ts';
import type { Site } from '../features/index.ts';
import { clientBoot } from '../features/serve/clients.ts';
import { currentOf } from '../features/serve/versions.ts';
import { allPublished, currentVersion, publishedVersions } from '../features/tree-facts.ts';
import { treesOnDisk } from '../features/trees-on-disk.ts';
import { halfDeleted, versionSizes } from '../features/version-facts.ts';
import { nameOf, runningOn } from '../features/version-users.ts';
import { deletionProblems } from './deletion.ts';

/** A version, who has to do with it, and what stands in the way of deleting it. */
export interface VersionStanding {
  readonly version: number;
  /** When it was published, as an ISO date; null: unknown. */
  readonly date: string | null;
  readonly kernel: string | null;
  /** Whether its image lies beside it, whole. */
  readonly image: boolean;
  /** With what it shares with others; null: nobody measured it. */
  readonly sizeBytes: number | null;
  /** Whether clients without an entry of their own boot it. */
  readonly current: boolean;
  /** Clients that boot it by an entry of their own. */
  readonly entries: readonly string[];
  readonly running: readonly string[];
  /** Connected, and the server cannot tell what they run. */
  readonly perhapsRunning: readonly string[];
  /** None: `sidus tree delete` takes it. */
  readonly inTheWay: readonly Problem[];
}

export interface TreeVersions {
  readonly tree: string;
  readonly inSite: boolean;
  readonly current: number | null;
  /** Oldest first. */
  readonly versions: readonly VersionStanding[];
  /** Numbers of versions whose deletion broke off: any further deletion finishes it. */
  readonly halfDeleted: readonly number[];
}

/** The trees of the site, and those that left it and still have versions. */
export function treesWithVersions(site: Site, facts: Facts): readonly string[] {
  const named = Object.keys(site.trees);
  const others = facts.get(allPublished).map(({ tree }) => tree);
  return [...named, ...[...new Set(others)].filter((tree) => !named.includes(tree)).sort()];
}

/** Pure: facts to how the versions of a tree stand. */
export function versionsOfTree(site: Site, facts: Facts, tree: string): TreeVersions {
  const inSite = site.trees[tree] !== undefined;
  const current = facts.get(currentVersion(tree));
  const onDisk = facts.get(treesOnDisk).trees.find(({ name }) => name === tree);
  const sizes = facts.get(versionSizes(tree));
  const versions = facts.get(publishedVersions(tree)).map((version): VersionStanding => {
    const known = onDisk?.versions.find((one) => one.version === version);
    const { certain, possible, mountedOnce } = runningOn(facts, { tree, version });
    const names = (addresses: readonly string[]): readonly string[] =>
      [...new Set(addresses)].map((address) => nameOf(address, facts));
    return {
      version,
      date: known?.date ?? null,
      kernel: known?.kernel ?? null,
      image: known?.image ?? false,
      sizeBytes: sizes.get(version) ?? null,
      current: inSite && version === current,
      entries: site.clients.flatMap((client) => {
        const own = clientBoot(site, client, (name) =>
          name === tree ? (current ?? 0) : currentOf(name, facts),
        );
        return own?.tree === tree && own.version === version ? [client.name] : [];
      }),
      running: names(certain.map(({ address }) => address)),
      perhapsRunning: names([...possible, ...mountedOnce]),
      inTheWay: deletionProblems(site, facts, tree, version),
    };
  });
  return { tree, inSite, current, versions, halfDeleted: facts.get(halfDeleted(tree)) };
}

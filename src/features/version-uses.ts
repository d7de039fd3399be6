import type { Fact, Facts } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import type { Site } from './index.ts';
import { clientBoot } from './serve/clients.ts';
import { rootDirectory } from './server-facts.ts';
import { currentVersion, type Published, publishedVersions } from './tree-facts.ts';
import {
  connectionsKnown,
  type MountsOnServer,
  namedInBootFiles,
  nfsIdentities,
  serverMounts,
} from './version-facts.ts';
import { exportsOf, handedOut, nameOf, runningOn, userFacts } from './version-users.ts';

/**
 * Who names a version, and so stands in the way of its deletion: a mount, a layer, a boot file
 * (design.md 4). A client that only may be there counts as if it were.
 */

/** What is asked before anything is deleted. All of it changes by itself. */
export const useFacts: readonly Fact<unknown>[] = [...userFacts, serverMounts, namedInBootFiles];

/** What the site says that boots a version by an entry of its own: clients and groups, by name. */
export function entriesNaming(site: Site, facts: Facts, wanted: Published): readonly string[] {
  const [first] = Object.keys(site.trees);
  const groups = Object.entries(site.groups).flatMap(([name, group]) =>
    group.version === wanted.version && (group.tree ?? first) === wanted.tree
      ? [`groups.${name}`]
      : [],
  );
  const current = (tree: string): number =>
    facts.has(currentVersion(tree)) ? (facts.get(currentVersion(tree)) ?? 0) : 0;
  const clients = site.clients.flatMap((client, index) => {
    if (client.version === undefined) return [];
    const own = clientBoot(site, client, current);
    return own?.tree === wanted.tree && own.version === wanted.version ? [`clients.${index}`] : [];
  });
  return [...groups, ...clients];
}

/**
 * All that names a version, each with what to do about it; none: it can be deleted.
 * `written` are the boot files that are written anew before the deletion, below the TFTP directory.
 */
export function usesOf(
  site: Site,
  facts: Facts,
  wanted: Published,
  written: ReadonlySet<string>,
): readonly Problem[] {
  return [
    ...bootedUses(site, facts, wanted, written),
    ...runningUses(facts, wanted),
    ...mountUses(facts, wanted),
  ];
}

function bootedUses(
  site: Site,
  facts: Facts,
  { tree, version }: Published,
  written: ReadonlySet<string>,
): readonly Problem[] {
  const problems: Problem[] = [];
  const inSite = site.trees[tree] !== undefined;
  if (inSite && facts.get(currentVersion(tree)) === version) {
    const earlier = facts.get(publishedVersions(tree)).some((one) => one < version);
    problems.push({
      code: 'tree/version-current',
      summary: say('clients boot {tree} version {version}', { tree, version }),
      remedy: earlier
        ? say('let them boot another first, with `sidus tree rollback {tree}`', { tree })
        : say('let them boot another first, with `sidus tree publish {tree}`', { tree }),
    });
  }
  const entries = entriesNaming(site, facts, { tree, version });
  if (entries.length > 0) {
    problems.push({
      code: 'tree/version-wanted',
      summary: say('{tree} version {version} is what {entries} asks for', {
        tree,
        version,
        entries: some(entries),
      }),
      remedy: say('take `version` out there, in {site}, then run `sidus apply`', {
        site: layout.site,
      }),
    });
  }
  const files = facts
    .get(namedInBootFiles)
    .filter((one) => one.tree === tree && one.version === version && !written.has(one.file))
    .map(({ file }) => `${layout.tftp}/${file}`);
  if (files.length > 0) {
    problems.push({
      code: 'tree/version-in-boot-file',
      summary: say('{files} names {tree} version {version}', {
        files: some(files),
        tree,
        version,
      }),
      remedy: say('this file is not of sidus: change it by hand, or remove it'),
    });
  }
  return problems;
}

function runningUses(facts: Facts, { tree, version }: Published): readonly Problem[] {
  const problems: Problem[] = [];
  const { certain, possible, mountedOnce } = runningOn(facts, { tree, version });
  if (certain.length > 0) {
    const known = certain.slice(0, 50);
    const entries = known.map(({ entry }) => entry).join(' ');
    problems.push({
      code: 'tree/version-running',
      summary: say('{clients} runs {tree} version {version}', {
        clients: some(certain.map(({ address }) => nameOf(address, facts))),
        tree,
        version,
      }),
      // nfsd(7). One line for a room that was switched off; of more than 50 in several goes.
      remedy:
        certain.length === 1
          ? say(
              'boot it again; where it is switched off for good, `echo expire >/proc/fs/nfsd/clients/{entries}/ctl` tells the server',
              { entries },
            )
          : say(
              'boot them again; where they are switched off for good, `for n in {entries}; do echo expire >/proc/fs/nfsd/clients/$n/ctl; done` tells the server; then run the same command again',
              { entries },
            ),
    });
  }
  if (possible.length > 0) {
    problems.push({
      code: 'tree/version-perhaps-running',
      summary: say('{clients} may run {tree} version {version}: the server cannot tell', {
        clients: some(possible.map((address) => nameOf(address, facts))),
        tree,
        version,
      }),
      remedy: say('switch it off, or run `umount --all --types nfs,nfs4` there'),
    });
  }
  if (mountedOnce.length > 0) {
    problems.push({
      code: 'tree/version-mounted-once',
      summary: say('{clients} mounted {tree} version {version} by NFS 3, and may run it still', {
        clients: some(mountedOnce.map((address) => nameOf(address, facts))),
        tree,
        version,
      }),
      remedy: say(
        'once it is switched off or was booted again, forget it with `sed -i -E "\\,:({directories}):,d" /var/lib/nfs/rmtab`',
        { directories: handedOut({ tree, version }).join('|') },
      ),
    });
  }
  const exported = exportsOf(facts, { tree, version }).length > 0;
  if (facts.get(rootDirectory) !== '/' || !exported) return problems;
  const { threads, whole } = facts.get(nfsIdentities);
  if (threads === null) {
    problems.push({
      code: 'tree/nobody-knows',
      summary: say('the NFS server does not run: nobody knows who waits for {tree} {version}', {
        tree,
        version,
      }),
      remedy: say('start it with `systemctl start nfs-server`, then wait two minutes'),
    });
  } else if (!whole) {
    problems.push({
      code: 'tree/nobody-knows',
      summary: say('the NFS server has just started: not all of its clients are back yet'),
      remedy: say('wait two minutes, then run the same command again'),
    });
  }
  if (facts.get(connectionsKnown) === null) {
    problems.push({
      code: 'tree/nobody-knows',
      summary: say('`ss` does not say who is connected to the NFS server'),
      remedy: say('see what `ss -tn` answers; the package iproute2 brings it'),
    });
  }
  return problems;
}

function mountUses(facts: Facts, { tree, version }: Published): readonly Problem[] {
  const mounts = facts.get(serverMounts);
  const found = ['versions', 'images'].flatMap((kind) =>
    mountedAt(mounts, `${mounts.trees}/${tree}/${kind}/${version}`),
  );
  if (found.length === 0) return [];
  return [
    {
      code: 'tree/version-mounted',
      summary: say('{tree} version {version} is mounted here, at {points}', {
        tree,
        version,
        points: some([...new Set(found)]),
      }),
      remedy: say('end the rehearsal or container that has it, or unmount it with `umount {at}`', {
        at: found[0] ?? '',
      }),
    },
  ];
}

/** Where something is mounted in a directory, or the directory or a part of it elsewhere. */
function mountedAt({ mounted, elsewhere }: MountsOnServer, directory: string): readonly string[] {
  const below = (path: string, top: string): boolean => `${path}/`.startsWith(`${top}/`);
  // The file system that it lies on, and where on it.
  const base = (at: string): string => (at === '/' ? '' : at);
  const lies = mounted
    .filter(({ at }) => below(directory, base(at)))
    .sort((one, other) => base(one.at).length - base(other.at).length)
    .at(-1);
  const inner = lies === undefined ? '' : base(lies.from) + directory.slice(base(lies.at).length);
  return [
    ...mounted.filter(({ at }) => below(at, directory)),
    ...[...mounted, ...elsewhere].filter(
      ({ device, from }) => inner !== '' && device === lies?.device && below(from, inner),
    ),
  ].map(({ at }) => at);
}

/** The first few, and how many more. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

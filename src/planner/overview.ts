import type { Fact, Facts } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import type {
  Overview,
  OverviewClient,
  OverviewExport,
  OverviewRun,
  OverviewRunning,
  OverviewServer,
  OverviewTree,
  OverviewWire,
} from '../core/overview.ts';
import { type Export, handsOut, serverExports } from '../features/exports-text.ts';
import type { Site } from '../features/index.ts';
import { inNetwork } from '../features/ipv4.ts';
import { leases, nfsConnections, nfsServer } from '../features/seen-clients.ts';
import { clientBoot } from '../features/serve/clients.ts';
import { rootDirectory, treeSpace } from '../features/server-facts.ts';
import { serverName, serviceStates, servingUnits } from '../features/service-facts.ts';
import { rootsByHand, type TreeOnDisk, treesOnDisk } from '../features/trees-on-disk.ts';
import { overviewProblems } from './overview-problems.ts';
import { type Giving, giving } from './taken-back.ts';

/** What an overview is made of: two rounds of facts, because exports name the trees made by hand. */
export function overviewFacts(): readonly Fact<unknown>[] {
  return [
    rootDirectory,
    serverName,
    treeSpace,
    serviceStates,
    nfsServer,
    nfsConnections,
    leases,
    treesOnDisk,
    serverExports,
  ];
}

/** The second round: which directories that are exported, or lie beside our trees, hold a root. */
export function byHandFact(facts: Facts): ReturnType<typeof rootsByHand> {
  const ours = new Set(facts.get(treesOnDisk).trees.map(({ name }) => name));
  const exported = facts.get(serverExports).map(({ path }) => path);
  const beside = facts.get(treesOnDisk).byHand.map((name) => `${layout.trees}/${name}`);
  const others = [...exported, ...beside].filter((path) => {
    const [, name] =
      new RegExp(`^${layout.trees}/([^/]+)/(draft|(?:versions|images)/[0-9]+)$`).exec(path) ?? [];
    // The server's own root is no tree.
    return path !== '/' && (name === undefined || !ours.has(name));
  });
  return rootsByHand([...new Set(others)].sort());
}

/** What only the journal knows: whether the versions newer than those that clients boot were given. */
export function newerVersions(facts: Facts): readonly Giving[] {
  return facts
    .get(treesOnDisk)
    .trees.flatMap(({ name, versions, current }) =>
      versions.flatMap(({ version }) =>
        current !== null && version > current ? [giving(name, version)] : [],
      ),
    );
}

/** What only the runner knows. */
export interface Known {
  readonly runs: readonly OverviewRun[];
  readonly running: OverviewRunning | null;
  /** The trees whose drafts were worked on since. */
  readonly ahead: readonly string[];
  /** The versions that clients were given, some time, among those newer than what they boot. */
  readonly given: readonly Giving[];
  readonly pending: number | null;
  /** Left out: nobody asked. */
  readonly wire?: OverviewWire | null;
}

/** Pure: facts and runs to what a person wants to know. */
export function overviewOf(site: Site | null, facts: Facts, known: Known): Overview {
  const root = facts.get(rootDirectory);
  const trees = treesOf(site, facts, known);
  const without = {
    schema: 1,
    root,
    server: serverOf(facts),
    trees,
    clients: clientsOf(site, facts, trees),
    runs: known.runs,
    running: known.running,
    pending: known.pending,
    wire: known.wire ?? null,
  } as const;
  return { ...without, problems: overviewProblems(without, site, facts.get(serverExports)) };
}

function serverOf(facts: Facts): OverviewServer {
  const space = facts.get(treeSpace);
  const states = facts.get(serviceStates);
  const services = servingUnits.flatMap((name) => {
    const { state = 'unknown', enabled = null } = states.find((one) => one.name === name) ?? {};
    const threads = name === 'nfs-server.service' ? facts.get(nfsServer).threads : null;
    // Another may tell the time in its place.
    if (name === 'sidus-time.service' && state === 'missing') return [];
    return [{ name, state, enabled, threads }];
  });
  return {
    name: facts.get(serverName),
    space: space !== null && Number.isFinite(space.freeBytes) ? space : null,
    services: facts.get(rootDirectory) === '/' ? services : [],
  };
}

function treesOf(
  site: Site | null,
  facts: Facts,
  { ahead, given }: Known,
): readonly OverviewTree[] {
  const onDisk = facts.get(treesOnDisk).trees;
  const exports = facts.get(serverExports);
  const named = Object.keys(site?.trees ?? {});
  const others = onDisk.filter(
    ({ name, draft, versions }) => !named.includes(name) && (draft !== null || versions.length > 0),
  );
  const ours = [...named, ...others.map(({ name }) => name)].map((name): OverviewTree => {
    const there: TreeOnDisk = onDisk.find((tree) => tree.name === name) ?? {
      name,
      draft: null,
      versions: [],
      current: null,
      last: 0,
    };
    // Where the newest version was deleted, nothing that is there is of this draft.
    const deleted = there.versions.length > 0 && there.last > (there.versions.at(-1)?.version ?? 0);
    const directory = `${layout.trees}/${name}`;
    return {
      name,
      made: 'sidus',
      inSite: named.includes(name),
      directory,
      suite: there.draft ?? site?.trees[name]?.tree.suite ?? null,
      release: null,
      kernel: null,
      draft:
        there.draft === null
          ? null
          : { suite: there.draft, ahead: ahead.includes(name) || deleted },
      versions: there.versions.map((one) => ({ ...one, current: one.version === there.current })),
      current: there.current,
      takenBack: given.filter(({ tree }) => tree === name).at(-1)?.version ?? null,
      exportedTo: exportedTo(directory, exports),
    };
  });
  const byHand = facts.get(byHandFact(facts)).map(
    ({ directory, release, suite, kernel }): OverviewTree => ({
      name: directory.split('/').at(-1) ?? directory,
      made: 'by hand',
      inSite: false,
      directory,
      suite,
      release,
      kernel,
      draft: null,
      versions: [],
      current: null,
      takenBack: null,
      exportedTo: exportedTo(directory, exports),
    }),
  );
  return [...ours, ...byHand];
}

function exportedTo(directory: string, exports: readonly Export[]): readonly OverviewExport[] {
  const found = new Map<string, boolean>();
  for (const one of exports) {
    if (!handsOut(one, directory)) continue;
    found.set(one.to, one.writable || found.get(one.to) === true);
  }
  return [...found].map(([to, writable]) => ({ to, writable }));
}

function clientsOf(
  site: Site | null,
  facts: Facts,
  trees: readonly OverviewTree[],
): readonly OverviewClient[] {
  // With --root the machine's own NFS server is another's.
  const here = facts.get(rootDirectory) === '/';
  const nfs = new Map<string, string | null>();
  if (here) {
    for (const address of facts.get(nfsConnections)) nfs.set(address, null);
    for (const { address, name } of facts.get(nfsServer).clients) nfs.set(address, name);
  }
  const leased = new Map(facts.get(leases).map((lease) => [lease.address, lease]));
  const byMac = new Map((site?.clients ?? []).map((client) => [client.mac, client]));
  const byAddress = new Map(
    (site?.clients ?? []).flatMap((client) =>
      client.address === undefined ? [] : [[client.address, client] as const],
    ),
  );
  const current = new Map(trees.map((tree) => [tree.name, tree.current]));
  const [first] = Object.keys(site?.trees ?? {});

  return [...new Set([...leased.keys(), ...nfs.keys()])].sort(byNumber).map((address) => {
    const lease = leased.get(address);
    const listed = lease === undefined ? byAddress.get(address) : byMac.get(lease.mac);
    const name = listed?.name ?? lease?.name ?? nfs.get(address) ?? undefined;
    const mac = lease?.mac ?? listed?.mac;
    // Others may mount other things from this server.
    const isOurs = lease !== undefined || listed !== undefined || inNetworkOf(site, address);
    const own =
      site === null || listed === undefined
        ? null
        : clientBoot(site, listed, (tree) => current.get(tree) ?? 0);
    const tree = !isOurs ? undefined : (own?.tree ?? first);
    const version = own?.version ?? (tree === undefined ? undefined : current.get(tree));
    return {
      address,
      ...(mac === undefined ? {} : { mac }),
      ...(name === undefined ? {} : { name }),
      sees: lease === undefined ? 'nfs' : nfs.has(address) ? 'both' : 'lease',
      ...(tree === undefined ? {} : { tree }),
      // 0: nothing was published yet.
      ...(typeof version === 'number' && version > 0 ? { version } : {}),
    };
  });
}

function inNetworkOf(site: Site | null, address: string): boolean {
  if (site === null || !/^[0-9.]+$/.test(address)) return false;
  const { address: own, prefix } = site.server.network;
  return inNetwork(own, address, prefix);
}

/** 10.0.0.9 before 10.0.0.10. */
function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

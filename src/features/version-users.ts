import ipaddr from 'ipaddr.js';
import type { Fact, Facts } from '../core/fact.ts';
import { imageDirectory } from '../core/form.ts';
import { whereIs } from '../core/layout.ts';
import { inTree } from '../core/place.ts';
import { type Export, handsOut, serverExports } from './exports-text.ts';
import { leases } from './seen-clients.ts';
import { rootDirectory } from './server-facts.ts';
import type { Published } from './tree-facts.ts';
import { connectionsKnown, type NfsIdentity, nfs3Mounts, nfsIdentities } from './version-facts.ts';

/** What tells who runs a version. All of it changes by itself. */
export const userFacts: readonly Fact<unknown>[] = [
  rootDirectory,
  serverExports,
  nfsIdentities,
  connectionsKnown,
  nfs3Mounts,
  leases,
];

/** Clients of one version, by their names where they are known, otherwise by their addresses. */
export interface Running {
  readonly certain: readonly NfsIdentity[];
  /** Connected, by NFS 3 or with an id that is not ours: they may run any version. */
  readonly possible: readonly string[];
  /** By NFS 3, some time, and nothing says that they left. */
  readonly mountedOnce: readonly string[];
}

/** What clients mount of a version: its directory, or that of the image beside it. */
export function handedOut({ tree, version }: Published): readonly string[] {
  return [whereIs(inTree(tree, version)), imageDirectory(tree, version)];
}

/** The exports that let somebody mount it. */
export function exportsOf(facts: Facts, wanted: Published): readonly Export[] {
  const directories = handedOut(wanted);
  return facts
    .get(serverExports)
    .filter((one) => directories.some((directory) => handsOut(one, directory)));
}

/** Who runs a version, as far as the server can know. */
export function runningOn(facts: Facts, wanted: Published): Running {
  const none: Running = { certain: [], possible: [], mountedOnce: [] };
  // With --root the machine's own NFS server is another's.
  if (facts.get(rootDirectory) !== '/') return none;
  const directories = handedOut(wanted);
  const exports = exportsOf(facts, wanted);
  const { clients } = facts.get(nfsIdentities);
  // A machine has one root: what it renews is true, and what it ran before is over.
  const awake = new Set(clients.flatMap(({ renews, root }) => (renews && root ? [root.mac] : [])));
  const living = clients.filter(
    ({ renews, root }) => renews || root === null || !awake.has(root.mac),
  );
  const certain = living.filter(
    ({ root }) => root?.tree === wanted.tree && root.version === wanted.version,
  );
  const admitted = (address: string): boolean => exports.some((one) => admits(one, address));
  const unnamed = living.filter(({ root }) => root === null).map(({ address }) => address);
  const renewing = clients.filter(({ renews }) => renews);
  const known = new Set(renewing.flatMap(({ address, root }) => (root === null ? [] : [address])));
  const old = facts.get(nfs3Mounts);
  const byNfs3 = (facts.get(connectionsKnown) ?? []).filter(
    (address) => !renewing.some((client) => client.address === address),
  );
  // Whom mountd knows, it knows with the path.
  const anywhere = byNfs3.filter((address) => !old.some((mount) => mount.address === address));
  const possible = [...new Set([...unnamed, ...anywhere])].filter(
    (address) => !known.has(address) && admitted(address),
  );
  const mountedOnce = old
    .filter(({ path, address }) => directories.includes(path) && !known.has(address))
    .map(({ address }) => address);
  return { certain, possible, mountedOnce: [...new Set(mountedOnce)] };
}

/** Whether an export lets this address in. What is neither address nor network may be anybody. */
function admits({ to }: Export, address: string): boolean {
  const [network = '', bits] = to.split('/');
  if (!ipaddr.isValid(network)) return true;
  const [own, other] = [ipaddr.process(network), ipaddr.process(address)];
  if (own.kind() !== other.kind()) return false;
  if (bits === undefined) return own.toString() === other.toString();
  const prefix = /^\d+$/.test(bits)
    ? Number(bits)
    : ipaddr.IPv4.isValid(bits)
      ? ipaddr.IPv4.parse(bits).prefixLengthFromSubnetMask()
      : null;
  return prefix === null || other.match(own as never, prefix);
}

/** As people know it, where it has a lease. */
export function nameOf(address: string, facts: Facts): string {
  return facts.get(leases).find((lease) => lease.address === address)?.name ?? address;
}

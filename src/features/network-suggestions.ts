import ipaddr from 'ipaddr.js';
import { say } from '../core/message.ts';
import type { Known, Suggestion } from '../core/question.ts';
import { firstOf, inNetwork, lastOf, toNumber, toText } from './ipv4.ts';
import {
  cards,
  gateway,
  type Interface,
  interfaces,
  nameservers,
  uplink,
} from './network-facts.ts';

/** Cards that belong to containers and virtual machines of the server. */
const virtual = /^(docker|virbr|br-|veth|vnet|tap|tun|wg|lxc|cni|podman)/;

/** Real cards first, then those of containers and virtual machines. */
export function likelyCards({ facts }: Known): readonly string[] {
  const all = facts.get(cards);
  return [
    ...all.filter((name) => !virtual.test(name)),
    ...all.filter((name) => virtual.test(name)),
  ];
}

/** What is known of each card, beside its name. */
export function cardLabels({ facts }: Known): Readonly<Record<string, string>> {
  return Object.fromEntries(
    facts.get(cards).map((name) => {
      const own = facts.get(interfaces).filter((found) => found.name === name);
      const addresses = own.map(({ address, prefix }) => `${address}/${prefix}`).join(', ');
      const outward = name === facts.get(uplink) ? ', leads to the internet' : '';
      return [name, `${addresses === '' ? 'no address' : addresses}${outward}`];
    }),
  );
}

/**
 * The card that clients boot from, if there can be no doubt: the only one with an address that
 * is not the way to the server's own router. With one card alone, it is that one.
 */
function chosen({ facts, answers }: Known): Interface | undefined {
  const all = facts.get(interfaces).filter(({ name }) => !virtual.test(name));
  const given = answers.interfaceName;
  if (given !== undefined) return facts.get(interfaces).find(({ name }) => name === given);
  const names = new Set(all.map(({ name }) => name));
  const inner = all.filter(({ name }) => names.size === 1 || name !== facts.get(uplink));
  return new Set(inner.map(({ name }) => name)).size === 1 ? inner[0] : undefined;
}

export function fromInterface(value: (found: Interface) => unknown) {
  return (known: Known): Suggestion | null => {
    const found = chosen(known);
    return found === undefined
      ? null
      : { value: value(found), from: say('detected: {name}', { name: found.name }) };
  };
}

/**
 * The half of a network that the server is not in, upper half first, and of that the longest
 * stretch without the router and the name servers: a guess that the plan shows.
 */
export function fromNetwork(value: (range: { first: number; last: number }) => number) {
  return ({ facts, answers }: Known): Suggestion | null => {
    const { address, prefix } = answers;
    if (typeof address !== 'string' || typeof prefix !== 'number') return null;
    if (!ipaddr.IPv4.isValidFourPartDecimal(address) || prefix < 8 || prefix > 29) return null;
    const first = firstOf(address, prefix);
    const last = lastOf(address, prefix);
    const middle = Math.floor((first + last + 1) / 2);
    const server = toNumber(address);
    const half = server >= middle ? { first, last: middle - 1 } : { first: middle, last };
    const router = facts.get(gateway);
    const taken = [
      server,
      ...[...facts.get(nameservers), ...(router === null ? [] : [router])].map(toNumber),
    ]
      .filter((at) => at >= half.first && at <= half.last)
      .sort((a, b) => a - b);
    const edges = [half.first - 1, ...taken, half.last + 1];
    const stretches = edges.slice(1).map((end, index) => ({
      first: (edges[index] ?? end) + 1,
      last: end - 1,
    }));
    const longest = stretches.reduce((best, one) =>
      one.last - one.first > best.last - best.first ? one : best,
    );
    // Enough for a room; whoever has more clients says so.
    const range = { first: Math.max(longest.first, longest.last - 253), last: longest.last };
    return { value: toText(value(range)), from: say('free in the network of the server') };
  };
}

/** Those of the server; without a router, clients reach none outside their own network. */
export function reachableNameservers({ facts, answers }: Known): Suggestion | null {
  const { address, prefix, router } = answers;
  const isInside = (given: string): boolean =>
    typeof address === 'string' && typeof prefix === 'number' && inNetwork(given, address, prefix);
  const found = facts
    .get(nameservers)
    .filter((given) => typeof router === 'string' || isInside(given))
    .slice(0, 3);
  return found.length === 0
    ? null
    : { value: found, from: say("detected: the server's own name servers") };
}

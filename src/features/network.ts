import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { Fact } from '../core/fact.ts';
import { say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import { ask, type Known, type Suggestion } from '../core/question.ts';
import type { ServerTopic } from './feature.ts';
import { broadcastOf, firstOf, inNetwork, lastOf, networkOf, toNumber, toText } from './ipv4.ts';
import { rootDirectory } from './server-facts.ts';
import { ipv4Address } from './values.ts';

export interface Interface {
  readonly name: string;
  readonly address: string;
  readonly prefix: number;
}

/** The server's network cards that have an IPv4 address (ip-address(8), JSON). */
export const interfaces: Fact<readonly Interface[]> = {
  id: 'network/interfaces',
  source: {
    kind: 'command',
    place: 'server',
    argv: ['ip', '-4', '-json', 'address', 'show', 'scope', 'global'],
  },
  otherwise: [],
  parse: (text) => {
    const found = JSON.parse(text === '' ? '[]' : text) as {
      ifname?: string;
      addr_info?: { family?: string; local?: string; prefixlen?: number }[];
    }[];
    return found.flatMap(({ ifname, addr_info }) =>
      (addr_info ?? []).flatMap(({ family, local, prefixlen }) =>
        ifname !== undefined && family === 'inet' && local !== undefined
          ? [{ name: ifname, address: local, prefix: prefixlen ?? 24 }]
          : [],
      ),
    );
  },
};

/** All network cards of the server, with an address or without. */
export const cards: Fact<readonly string[]> = {
  id: 'network/cards',
  source: { kind: 'command', place: 'server', argv: ['ip', '-json', 'link', 'show'] },
  otherwise: [],
  parse: (text) =>
    (JSON.parse(text === '' ? '[]' : text) as { ifname?: string }[]).flatMap(({ ifname }) =>
      ifname === undefined || ifname === 'lo' ? [] : [ifname],
    ),
};

/** The card that leads to the server's own router: seldom the one that clients are wired to. */
export const uplink: Fact<string | null> = {
  id: 'network/uplink',
  source: {
    kind: 'command',
    place: 'server',
    argv: ['ip', '-4', '-json', 'route', 'show', 'default'],
  },
  otherwise: null,
  parse: (text) => {
    const routes = JSON.parse(text === '' ? '[]' : text) as { dev?: string }[];
    return routes[0]?.dev ?? null;
  },
};

/** The gateway of the server itself. */
export const gateway: Fact<string | null> = {
  id: 'network/gateway',
  source: {
    kind: 'command',
    place: 'server',
    argv: ['ip', '-4', '-json', 'route', 'show', 'default'],
  },
  otherwise: null,
  parse: (text) => {
    const routes = JSON.parse(text === '' ? '[]' : text) as { gateway?: string }[];
    return routes[0]?.gateway ?? null;
  },
};

/** The name servers that the server asks, less those that only it can reach (resolv.conf(5)). */
export const nameservers: Fact<readonly string[]> = {
  id: 'network/nameservers',
  source: { kind: 'command', place: 'server', argv: ['cat', '/etc/resolv.conf'] },
  otherwise: [],
  parse: (text) =>
    [...text.matchAll(/^nameserver\s+(\S+)/gm)]
      .flatMap(([, address]) => (address === undefined ? [] : [address]))
      .filter((address) => ipaddr.IPv4.isValidFourPartDecimal(address))
      .filter((address) => !address.startsWith('127.')),
};

/** Cards that belong to containers and virtual machines of the server. */
const virtual = /^(docker|virbr|br-|veth|vnet|tap|tun|wg|lxc|cni|podman)/;

/**
 * The card that clients boot from, if there can be no doubt: the only one with an address that
 * is not the way to the server's own router. With one card alone, it is that one.
 */
function chosen({ facts, answers }: Known): Interface | undefined {
  const all = facts.get(interfaces).filter(({ name }) => !virtual.test(name));
  const given = answers['interfaceName'];
  if (given !== undefined) return facts.get(interfaces).find(({ name }) => name === given);
  const names = new Set(all.map(({ name }) => name));
  const inner = all.filter(({ name }) => names.size === 1 || name !== facts.get(uplink));
  return new Set(inner.map(({ name }) => name)).size === 1 ? inner[0] : undefined;
}

function fromInterface(value: (found: Interface) => unknown) {
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
function fromNetwork(value: (range: { first: number; last: number }) => number) {
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

const answers = z.strictObject({
  interfaceName: ask(
    z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/,
        'is not the name of a network card; `ip link` lists them',
      ),
    {
      title: 'Which network card do the clients boot from?',
      help: 'The card that is wired to them. `ip link` lists the cards of this server.',
      suggest: fromInterface((found) => found.name),
    },
  ),
  address: ask(ipv4Address(), {
    title: 'What is the address of the server on that network?',
    help: 'Clients fetch their kernel and their root from this address.',
    suggest: fromInterface((found) => found.address),
  }),
  prefix: ask(
    z
      .number('is not a number; write how many bits the network has, such as 24')
      .int('is not a whole number; write how many bits the network has, such as 24')
      .min(8, 'is too wide a network; write 8 to 29')
      .max(29, 'leaves no room for clients; write 8 to 29'),
    {
      title: 'How many bits of it name the network?',
      help: '24 is the netmask 255.255.255.0.',
      suggest: fromInterface((found) => found.prefix),
    },
  ),
  rangeFirst: ask(ipv4Address(), {
    title: 'What is the first address that clients may have?',
    help: 'Clients get their addresses from a range that nothing else uses.',
    suggest: fromNetwork(({ first }) => first),
  }),
  rangeLast: ask(ipv4Address(), {
    title: 'What is the last address that clients may have?',
    help: 'There must be at least as many addresses as clients: a lease never ends.',
    suggest: fromNetwork(({ last }) => last),
  }),
  router: ask(ipv4Address().nullable().default(null), {
    title: 'Which router do clients use?',
    help: 'Leave it empty where clients need nothing beyond this network.',
    suggest: ({ facts, answers: given }) => {
      const found = facts.get(gateway);
      const { address, prefix } = given;
      if (found === null || typeof address !== 'string' || typeof prefix !== 'number') return null;
      if (!inNetwork(found, address, prefix)) return null;
      return { value: found, from: say("detected: the server's own router") };
    },
  }),
  nameservers: ask(z.array(ipv4Address()).max(3).default([]), {
    title: 'Which name servers do clients ask?',
    help: 'Up to three addresses. Without one, clients know only the names in /etc/hosts.',
    suggest: ({ facts }) => {
      const found = facts.get(nameservers).slice(0, 3);
      return found.length === 0
        ? null
        : { value: found, from: say("detected: the server's own name servers") };
    },
  }),
  domain: ask(
    z
      .string()
      .max(253)
      .regex(
        /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
        'is not a domain; write one such as lab.example.org',
      )
      .nullable()
      .default(null),
    {
      title: 'Which domain are clients in?',
      help: 'Completes short names: node1 is looked up as node1.lab.example.org.',
    },
  ),
});

export const network: ServerTopic<'network', typeof answers> = {
  id: 'network',
  title: 'Network',
  help: 'The wire that clients boot from.',
  scope: 'server',
  answers,
  facts: [interfaces, cards, uplink, gateway, nameservers, rootDirectory],
  problems: ({ server, clients }, facts) => {
    const { interfaceName, address, prefix, rangeFirst, rangeLast, router } = server.network;
    const problems: Problem[] = [];
    const refuse = (code: string, at: string, summary: string, remedy: string, values = {}) =>
      problems.push({
        code: `network/${code}`,
        at: `server.network.${at}`,
        summary: say(summary, values),
        remedy: say(remedy, values),
      });
    const first = toNumber(rangeFirst);
    const last = toNumber(rangeLast);
    const shown = `${toText(networkOf(address, prefix))}/${prefix}`;
    const card = facts.get(interfaces).filter((candidate) => candidate.name === interfaceName);

    const known = facts.get(cards);
    // What is staged may be meant for a server that is elsewhere.
    if (facts.get(rootDirectory) === '/' && known.length > 0 && !known.includes(interfaceName)) {
      refuse(
        'no-such-card',
        'interfaceName',
        'this server has no network card {name}',
        'choose among {known}',
        { name: interfaceName, known: known.join(', ') },
      );
    }
    const addresses = card.map((found) => found.address);
    const staged = facts.get(rootDirectory) !== '/';
    if (card.length > 0 && !card.some((found) => inNetwork(address, found.address, found.prefix))) {
      refuse(
        'address-elsewhere',
        'address',
        '{address} is not in the network of {name}',
        'give the address that `ip address show {name}` shows: {addresses}',
        { address, name: interfaceName, addresses: addresses.join(', ') },
      );
    } else if (!staged && card.length > 0 && !addresses.includes(address)) {
      refuse(
        'address-not-there',
        'address',
        '{name} does not have the address {address}',
        'give one that it has: {addresses}',
        { address, name: interfaceName, addresses: addresses.join(', ') },
      );
    }
    for (const [at, given] of [
      ['rangeFirst', rangeFirst],
      ['rangeLast', rangeLast],
    ] as const) {
      if (!inNetwork(given, address, prefix)) {
        refuse(
          'range-elsewhere',
          at,
          '{given} is not in the network {shown} of the server',
          'choose an address between {low} and {high}',
          {
            given,
            shown,
            low: toText(firstOf(address, prefix)),
            high: toText(lastOf(address, prefix)),
          },
        );
      } else if (
        toNumber(given) === networkOf(address, prefix) ||
        toNumber(given) === broadcastOf(address, prefix)
      ) {
        refuse(
          'range-not-a-host',
          at,
          '{given} names the network itself, not a machine',
          'choose an address between {low} and {high}',
          {
            given,
            low: toText(firstOf(address, prefix)),
            high: toText(lastOf(address, prefix)),
          },
        );
      }
    }
    if (first > last) {
      refuse(
        'range-backwards',
        'rangeLast',
        'the range ends at {last} before it begins at {first}',
        'swap `network.rangeFirst` and `network.rangeLast`',
        { first: rangeFirst, last: rangeLast },
      );
    }
    for (const [name, given] of [
      ['the server', address],
      ['the router', router],
    ] as const) {
      if (given !== null && toNumber(given) >= first && toNumber(given) <= last) {
        refuse(
          'range-taken',
          'rangeFirst',
          'the range {first} to {last} contains {given}, the address of {name}',
          'begin the range after {given} or end it before',
          { first: rangeFirst, last: rangeLast, given, name },
        );
      }
    }
    for (const [index, client] of clients.entries()) {
      if (client.address === address || (router !== null && client.address === router)) {
        problems.push({
          code: 'network/client-taken',
          at: `clients.${index}.address`,
          summary: say('{given} is the address of the server or its router', {
            given: client.address ?? '',
          }),
          remedy: say('give the client another, or none'),
        });
      }
      const wanted = client.address === undefined ? null : toNumber(client.address);
      if (
        wanted !== null &&
        (wanted === networkOf(address, prefix) || wanted === broadcastOf(address, prefix))
      ) {
        problems.push({
          code: 'network/client-not-a-host',
          at: `clients.${index}.address`,
          summary: say('{given} names the network itself, not a machine', {
            given: client.address ?? '',
          }),
          remedy: say('give the client another, or none'),
        });
      }
      if (client.address !== undefined && !inNetwork(client.address, address, prefix)) {
        problems.push({
          code: 'network/client-elsewhere',
          at: `clients.${index}.address`,
          summary: say('{given} is not in the network {shown} of the server', {
            given: client.address,
            shown,
          }),
          remedy: say('give it an address of that network, or none'),
        });
      }
    }
    return problems;
  },
  steps: () => [],
};

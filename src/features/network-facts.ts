import ipaddr from 'ipaddr.js';
import type { Fact, Source } from '../core/fact.ts';

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

/** Where the server sends what is for elsewhere (ip-route(8), JSON). */
const defaultRoute: Source = {
  kind: 'command',
  place: 'server',
  argv: ['ip', '-4', '-json', 'route', 'show', 'default'],
};

function routeFrom(text: string): { readonly gateway?: string; readonly dev?: string } {
  const routes = JSON.parse(text === '' ? '[]' : text) as { gateway?: string; dev?: string }[];
  return routes[0] ?? {};
}

/** The gateway of the server itself. */
export const gateway: Fact<string | null> = {
  id: 'network/gateway',
  source: defaultRoute,
  otherwise: null,
  parse: (text) => routeFrom(text).gateway ?? null,
};

/** The card that leads there: seldom the one that clients are wired to. */
export const uplink: Fact<string | null> = {
  id: 'network/uplink',
  source: defaultRoute,
  otherwise: null,
  parse: (text) => routeFrom(text).dev ?? null,
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

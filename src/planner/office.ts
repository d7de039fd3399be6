import { layout } from '../core/layout.ts';
import type { Site } from '../features/index.ts';
import { firstOf, lastOf, netmaskOf, toNumber, toText } from '../features/ipv4.ts';
import { toldLines } from '../features/serve/told-dhcp.ts';

/** The DHCP server of others, as a rehearsal plays it. */
export interface Office {
  /** Of its card, with its bits. */
  readonly address: string;
  /** dnsmasq(8). */
  readonly dnsmasq: string;
  /** What it gives addresses between. */
  readonly first: string;
  readonly last: string;
}

/** The card that this server has in a rehearsal (assets/rehearsal/full). */
const card = 'cable';

/**
 * Where a site has another DHCP server, the whole chain needs one: plain, with leases of an hour,
 * and told what the plan has for its administrator. null: the site gives the addresses itself.
 */
export function officeOf(site: Site): Office | null {
  if (site.server.serve.dhcp === 'full') return null;
  const { prefix, rangeFirst, router, nameservers, domain } = site.server.network;
  const { address, last } = placeOf(site);
  const lines = [
    'port=0',
    `interface=${card}`,
    'except-interface=lo',
    'bind-dynamic',
    'dhcp-authoritative',
    `dhcp-range=${rangeFirst},${last},${netmaskOf(prefix)},1h`,
    `dhcp-option=option:router${router === null ? '' : `,${router}`}`,
    `dhcp-option=option:dns-server${nameservers.map((one) => `,${one}`).join('')}`,
    ...(domain === null ? [] : [`dhcp-option=option:domain-name,${domain}`]),
    `dhcp-leasefile=${layout.state}/office.leases`,
  ];
  return {
    address: `${address}/${prefix}`,
    dnsmasq: `${lines.join('\n')}\n${toldLines(site, 'dnsmasq')}`,
    first: rangeFirst,
    last,
  };
}

/** The highest address that nobody has; in a full network the last one of the range. */
function placeOf({ server: { network }, clients }: Site): {
  readonly address: string;
  readonly last: string;
} {
  const { prefix, rangeFirst, rangeLast, router } = network;
  const taken = new Set([network.address, router, ...clients.map(({ address }) => address)]);
  const [low, high] = [toNumber(rangeFirst), toNumber(rangeLast)];
  for (let at = lastOf(network.address, prefix); at >= firstOf(network.address, prefix); at -= 1) {
    // A range may have millions.
    if (at >= low && at <= high) at = low;
    else if (!taken.has(toText(at))) return { address: toText(at), last: rangeLast };
  }
  return { address: rangeLast, last: toText(Math.max(low, high - 1)) };
}

import { script } from '../core/assets.ts';
import type { Fact, Facts } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import { type Message, say } from '../core/message.ts';
import type { Trial, Verdict } from '../core/trial.ts';
import type { Site } from './index.ts';
import { inNetwork, networkOf, toNumber, toText } from './ipv4.ts';
import { cards, interfaces, uplink } from './network-facts.ts';

interface Neighbour {
  readonly address: string;
  readonly mac: string;
}

/** Who has addresses of a range, or why that could not be asked. */
export type Neighbours =
  | { readonly status: 'asked'; readonly asked: number; readonly found: readonly Neighbour[] }
  /** There is no such card here, or it is in another network: what is planned is for elsewhere. */
  | { readonly status: 'elsewhere' }
  | { readonly status: 'no-link' }
  | { readonly status: 'unasked' };

/** Asks the wire, so it is a trial and no check. What our own dnsmasq gave away does not count. */
export function neighboursIn(name: string, first: string, last: string): Fact<Neighbours> {
  return {
    id: `network/neighbours/${name}/${first}/${last}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: [
        'perl',
        script('find-neighbours'),
        name,
        first,
        last,
        { at: { place: 'server', path: `${layout.state}/dnsmasq.leases` } },
      ],
      anyExit: true,
    },
    otherwise: { status: 'unasked' },
    parse: parseNeighbours,
  };
}

/** Reads what `assets/find-neighbours` prints; its header says what each line means. */
export function parseNeighbours(text: string): Neighbours {
  if (/^cannot (card|elsewhere)$/m.test(text)) return { status: 'elsewhere' };
  if (/^cannot link$/m.test(text)) return { status: 'no-link' };
  const asked = /^asked ([0-9]+)$/m.exec(text)?.[1];
  if (asked === undefined) return { status: 'unasked' };
  return {
    status: 'asked',
    asked: Number(asked),
    found: [...text.matchAll(/^neighbour ([0-9.]+) ([0-9a-f:]+)$/gm)].map(
      ([, address = '', mac = '']) => ({ address, mac }),
    ),
  };
}

/** The longest stretch of a range without these addresses; null: there is none. */
export function freeStretch(
  first: string,
  last: string,
  taken: readonly string[],
): { readonly first: string; readonly last: string } | null {
  const edges = [
    toNumber(first) - 1,
    ...taken.map(toNumber).sort((a, b) => a - b),
    toNumber(last) + 1,
  ];
  const stretches = edges.slice(1).map((end, index) => ({
    first: (edges[index] ?? end) + 1,
    last: end - 1,
  }));
  const longest = stretches.reduce((best, one) =>
    one.last - one.first > best.last - best.first ? one : best,
  );
  return longest.last < longest.first
    ? null
    : { first: toText(longest.first), last: toText(longest.last) };
}

const rangeAt = 'server.network.rangeFirst';

function rangeVerdict({ server, clients }: Site, neighbours: Neighbours): Verdict {
  const { interfaceName: name, rangeFirst, rangeLast } = server.network;
  if (neighbours.status === 'no-link') {
    return {
      warning: {
        code: 'network/no-link',
        at: rangeAt,
        summary: say('nothing is plugged into {name}, so nobody could be asked', { name }),
        remedy: say('plug the cable in, and see `ip link show {name}`', { name }),
      },
    };
  }
  if (neighbours.status !== 'asked') return null;
  const listed = new Set(clients.flatMap(({ mac, address }) => [mac, address]));
  const found = neighbours.found.filter(
    ({ address, mac }) => !listed.has(address) && !listed.has(mac),
  );
  const addresses = found.map(({ address }) => address);
  if (found.length > 0) {
    const free = freeStretch(rangeFirst, rangeLast, addresses);
    const { first, last } = free ?? { first: '', last: '' };
    const more = addresses.length - 3;
    const given = { name, list: addresses.slice(0, 3).join(', '), more };
    return {
      warning: {
        code: 'network/range-in-use',
        at: rangeAt,
        summary:
          more > 0
            ? say('{list} and {more} more of the range are in use on {name}', given)
            : say('of the range, {list} is in use on {name}', given),
        remedy:
          free === null
            ? say('choose another range, one that nothing else uses')
            : say('choose another range; {first} to {last} is free', { first, last }),
        detail: found.map(({ address, mac }) => `${address} is ${mac}`).join('\n'),
      },
    };
  }
  const size = toNumber(rangeLast) - toNumber(rangeFirst) + 1;
  return { good: inUseByNobody(size, neighbours.asked) };
}

function inUseByNobody(size: number, asked: number): Message {
  return asked < size
    ? say('{size} addresses; of the first {asked}, none answered just now', { size, asked })
    : say('{size} addresses; none of them answered just now', { size });
}

/** Whether the addresses for clients are free, as the wire says. */
export function rangeTrial(site: Site): Trial {
  const { interfaceName: name, rangeFirst: first, rangeLast: last } = site.server.network;
  const fact = neighboursIn(name, first, last);
  return {
    at: rangeAt,
    title: say('asking on {name} who has {first} to {last}', { name, first, last }),
    fact,
    verdict: (facts) => rangeVerdict(site, facts.get(fact)),
  };
}

/** What address the card has, and where it leads: nothing is served without one, nor to strangers. */
export function cardTrial({ server }: Site): Trial {
  const { interfaceName: name, address, prefix } = server.network;
  return {
    at: 'server.network.interfaceName',
    title: say('looking for the addresses of {name}', { name }),
    fact: interfaces,
    verdict: (facts) => {
      const own = facts.get(interfaces).filter((found) => found.name === name);
      if (own.length > 0 && server.serve.dhcp === 'full' && outward(facts, name)) {
        return {
          warning: {
            code: 'network/outward',
            at: 'server.network.interfaceName',
            summary: say(
              '{name} leads to the internet: other machines there may get their address from this server',
              { name },
            ),
            remedy: say('choose another card, or proxy under Serving'),
          },
        };
      }
      if (own.length > 0) {
        const list = own.map((found) => `${found.address}/${found.prefix}`).join(', ');
        return { good: say('{name} has {list}', { name, list }) };
      }
      if (!facts.has(cards) || !facts.get(cards).includes(name)) return null;
      return {
        warning: {
          code: 'network/no-address',
          at: 'server.network.interfaceName',
          summary: say('{name} has no IPv4 address', { name }),
          remedy: say(
            'give it one for good, and for now `ip address add {address}/{prefix} dev {name}`',
            {
              address,
              prefix,
              name,
            },
          ),
        },
      };
    },
  };
}

function outward(facts: Facts, name: string): boolean {
  return facts.has(uplink) && facts.get(uplink) === name;
}

/** Name servers that clients cannot reach, because they have no way out of their network. */
export function nameserversTrials({ server }: Site): readonly Trial[] {
  const { address, prefix, router, nameservers } = server.network;
  const beyond = nameservers.filter((given) => !inNetwork(given, address, prefix));
  if (router !== null || beyond.length === 0) return [];
  const at = 'server.network.nameservers';
  return [
    {
      at,
      title: say('looking whether clients reach their name servers'),
      // The answers alone decide.
      fact: interfaces,
      verdict: () => ({
        warning: {
          code: 'network/nameserver-beyond',
          at,
          summary: say('clients in {shown} reach {list} only through a router', {
            shown: `${toText(networkOf(address, prefix))}/${prefix}`,
            list: beyond.join(', '),
          }),
          remedy: say('name a router of theirs, or no name server'),
        },
      }),
    },
  ];
}

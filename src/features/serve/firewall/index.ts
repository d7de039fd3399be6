import type { Effect } from '../../../core/effect.ts';
import type { Facts } from '../../../core/fact.ts';
import { type Message, say } from '../../../core/message.ts';
import type { Step, StepId } from '../../../core/plan.ts';
import type { Site } from '../../index.ts';
import { rootDirectory, runsAsRoot } from '../../server-facts.ts';
import { openings, openingWords } from '../openings.ts';
import {
  firewalldZones,
  iptablesDrop,
  liveRuleset,
  mainFile,
  ownRuleset,
  ufwActive,
} from './facts.ts';
import { isPlain, nftEffects, nftLines, ownChain } from './nftables.ts';
import { clientZones, firewalldEffects, isZoneName, ufwEffects } from './others.ts';
import { type ChainName, dropping, type Packet } from './ruleset.ts';

/** What holds clients up on this server, by who is to let them in. */
export interface Firewall {
  /** Chains that the main file of nftables makes. */
  readonly nftables: readonly ChainName[];
  /** Whether ufw is active. */
  readonly ufw: boolean;
  /** The zones that clients arrive in; null: firewalld does not run. */
  readonly firewalld: readonly string[] | null;
  /** What comes from elsewhere, and what a person types against it. */
  readonly byHand: readonly { readonly what: string; readonly lines: readonly string[] }[];
}

const noFirewall: Firewall = { nftables: [], ufw: false, firewalld: null, byHand: [] };

const named = ({ family, table, chain }: ChainName): string => `${family} ${table} ${chain}`;

export function firewallOf(site: Site, facts: Facts): Firewall {
  if (facts.get(rootDirectory) !== '/') return noFirewall;
  const packets = packetsOf(site);
  const ufw = facts.get(ufwActive);
  const zones = facts.get(firewalldZones);
  const firewalld = zones === null ? null : clientZones(site, zones);

  const own = facts.get(ownRuleset);
  const live = dropping(facts.get(liveRuleset), packets, ownChain);
  const atWork = new Set(live.map(named));
  const fromFile = dropping(own.ruleset, packets, ownChain).filter(
    (chain) => isPlain(chain) && (own.atStart || atWork.has(named(chain))),
  );
  const mended = new Set(fromFile.map(named));
  const others = live.filter(
    (chain) => !mended.has(named(chain)) && !(firewalld !== null && chain.table === 'firewalld'),
  );
  // Upper case is how iptables(8) calls it; ufw is made of it.
  const byIptables = (chain: ChainName): boolean =>
    chain.table === 'filter' && chain.chain === 'INPUT';
  const foreign = others.filter((chain) => !byIptables(chain));
  const iptables = !ufw && (facts.get(iptablesDrop) || others.some(byIptables));
  const plainZones = firewalld === null || firewalld.every(isZoneName);
  return {
    nftables: fromFile,
    ufw,
    firewalld: plainZones ? firewalld : null,
    byHand: [
      ...(plainZones ? [] : [{ what: 'zone of firewalld', lines: [] }]),
      ...foreign.map((chain) => ({
        what: `chain ${named(chain)} of nftables`,
        lines: isPlain(chain) ? nftLines(site, [chain]) : [],
      })),
      ...(iptables ? [{ what: 'chain INPUT of iptables', lines: iptablesLines(site) }] : []),
    ],
  };
}

/** The first packets of clients at both ends of the range. */
function packetsOf(site: Site): readonly Packet[] {
  const { interfaceName: card, address, rangeFirst, rangeLast } = site.server.network;
  return openings(site).flatMap(({ protocol, port, from }): readonly Packet[] =>
    from === 'anybody'
      ? [
          {
            ...{ protocol, port, card, source: '0.0.0.0', destination: '255.255.255.255' },
            // RFC 2131 4.1: clients of DHCP have a port of their own.
            sourcePort: port === 67 ? 68 : null,
          },
        ]
      : [rangeFirst, rangeLast].map((source) => ({
          ...{ protocol, port, card, source, destination: address },
          sourcePort: null,
        })),
  );
}

function iptablesLines(site: Site): readonly string[] {
  const card = site.server.network.interfaceName;
  return openings(site).map(
    ({ protocol, port }) => `iptables -I INPUT -i ${card} -p ${protocol} --dport ${port} -j ACCEPT`,
  );
}

/** Who is to let clients in, in words; empty: nobody needs to. */
export function firewallWords(firewall: Firewall): readonly string[] {
  return [
    ...(firewall.nftables.length > 0 ? ['nftables'] : []),
    ...(firewall.ufw ? ['ufw'] : []),
    ...(firewall.firewalld === null ? [] : ['firewalld']),
  ];
}

/** Nothing where there is no firewall that holds clients up, or none that could be told to. */
export function firewallSteps(site: Site, facts: Facts, after: readonly StepId[]): readonly Step[] {
  const firewall = firewallOf(site, facts);
  const { nftables, ufw, firewalld } = firewall;
  const effects: readonly Effect[] = [
    ...(nftables.length > 0 ? nftEffects(site, nftables) : []),
    ...(ufw ? ufwEffects(site) : []),
    ...(firewalld === null ? [] : firewalldEffects(site, firewalld)),
  ];
  if (effects.length === 0) return [];
  return [
    {
      id: 'serve/firewall',
      title: say('Let clients through {firewall}', {
        firewall: firewallWords(firewall).join(' and '),
      }),
      why: say(
        firewalld === null
          ? 'Opened on {card} alone: {ports}. All other rules stay as they are.'
          : 'Opened on {card} alone: {ports}. All other rules stay; what somebody gave firewalld without --permanent is forgotten as it reloads.',
        { card: site.server.network.interfaceName, ports: openingWords(openings(site)) },
      ),
      after,
      effects,
    },
  ];
}

/** What a person has to open, with the lines to type. */
export function firewallNotes(site: Site, facts: Facts): readonly Message[] {
  if (facts.get(rootDirectory) === '/' && facts.has(runsAsRoot) && !facts.get(runsAsRoot)) {
    return [say('Whether a firewall holds clients up is left out here: only root is told.')];
  }
  return firewallOf(site, facts).byHand.map(({ what, lines }) =>
    lines.length === 0
      ? say(
          'The {what} may hold clients up, and sidus does not change it. Open on {card}: {ports}.',
          {
            what,
            card: site.server.network.interfaceName,
            ports: openingWords(openings(site)),
          },
        )
      : say(
          'The {what} may hold clients up, and does not come from {file}: sidus does not change it. Unless it lets them in already, type, and keep where its rules come from: {lines}',
          { what, file: mainFile, lines: lines.join('; ') },
        ),
  );
}

import { script } from '../../../core/assets.ts';
import { type Effect, file, run } from '../../../core/effect.ts';
import type { Site } from '../../index.ts';
import { inNetwork } from '../../ipv4.ts';
import { clientNetwork, openings } from '../openings.ts';
import type { Zone } from './facts.ts';

/** Firewalls with an administrator of their own: ufw and firewalld. */

const firewall = script('firewall');

const follow = (kind: string, path: string, ...more: readonly string[]): Effect =>
  run('server', ['sh', firewall, kind, 'follow', path], {
    unless: {
      kind: 'succeeds',
      place: 'server',
      argv: ['sh', firewall, kind, 'follows', path, ...more],
    },
    rereads: true,
  });

/** A port, and which ends a packet must have. */
interface Way {
  readonly protocol: string;
  readonly port: number;
  readonly source?: string;
  readonly destination?: string;
}

/** Who has no address yet calls to all; later it is as any other. */
function ways(site: Site, destination?: string): readonly Way[] {
  return openings(site).flatMap(({ protocol, port, from }) => [
    ...(from === 'anybody' ? [{ protocol, port, destination: '255.255.255.255' }] : []),
    {
      protocol,
      port,
      source: clientNetwork(site),
      ...(destination === undefined ? {} : { destination }),
    },
  ]);
}

/**
 * Rules that ufw is told by its own command, so that `ufw status` shows them beside all others.
 * The file is ours: it says which of them are.
 */
export function ufwEffects(site: Site): readonly Effect[] {
  const card = site.server.network.interfaceName;
  const rules = ways(site).map(({ protocol, port, source, destination = 'any' }) =>
    [
      `allow in on ${card}`,
      ...(source === undefined ? [] : [`from ${source}`]),
      `to ${destination} port ${port} proto ${protocol}`,
    ].join(' '),
  );
  const path = '/etc/sidus/firewall.ufw';
  return [
    file(
      'server',
      path,
      `# Written by sidus: what it tells ufw(8), with the comment sidus.\n${rules.join('\n')}\n`,
    ),
    follow('ufw', path),
  ];
}

/** The zones that packets of clients arrive in: that of the card, and those of their addresses. */
export function clientZones({ server }: Site, zones: readonly Zone[]): readonly string[] {
  const { interfaceName, address, prefix } = server.network;
  const ofCard =
    zones.find(({ cards }) => cards.includes(interfaceName)) ??
    zones.find(({ isDefault }) => isDefault);
  const bySource = zones.filter(({ sources }) =>
    sources.some((source) => {
      const [, network, bits = '32'] = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/.exec(source) ?? [];
      if (network === undefined) return false;
      return inNetwork(address, network, Math.min(prefix, Number(bits)));
    }),
  );
  const names = [...(ofCard === undefined ? [] : [ofCard]), ...bySource].map(({ name }) => name);
  return [...new Set(names)].sort();
}

/** What firewalld calls a zone. */
export const isZoneName = (name: string): boolean => /^[A-Za-z0-9_-]+$/.test(name);

/**
 * A policy of our own before the zones (firewalld.policy(5)): no zone's file is touched. A zone
 * may have several cards, so the server's address on the right one is named too.
 */
export function firewalldEffects(site: Site, zones: readonly string[]): readonly Effect[] {
  const wanted = ways(site, site.server.network.address).map(
    ({ protocol, port, source, destination }) => {
      const ends = Object.entries({ source, destination }).filter(([, at]) => at !== undefined);
      return {
        xml: [
          '  <rule family="ipv4">',
          ...ends.map(([end, at]) => `    <${end} address="${at}"/>`),
          `    <port port="${port}" protocol="${protocol}"/>`,
          '    <accept/>',
          '  </rule>',
        ],
        words: [
          'rule family="ipv4"',
          ...ends.map(([end, at]) => `${end} address="${at}"`),
          `port port="${port}" protocol="${protocol}" accept`,
        ].join(' '),
      };
    },
  );
  const content = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<policy priority="-1" target="CONTINUE">',
    '  <short>SIDUS</short>',
    '  <description>Written by sidus: what diskless clients ask this server for.</description>',
    ...zones.map((zone) => `  <ingress-zone name="${zone}"/>`),
    '  <egress-zone name="HOST"/>',
    ...wanted.flatMap(({ xml }) => xml),
    '</policy>',
    '',
  ].join('\n');
  const path = '/etc/firewalld/policies/sidus.xml';
  return [
    file('server', path, content),
    follow('firewalld', path, ...zones, '--', ...wanted.map(({ words }) => words)),
  ];
}

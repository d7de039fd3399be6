import type { Fact, Facts } from '../../core/fact.ts';
import { type Message, say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import type { Site } from '../index.ts';
import { rootDirectory } from '../server-facts.ts';
import { type Opening, openings } from './openings.ts';
import { type Holder, type Listener, listeners, unsharedPorts } from './ports.ts';

/** The port of HTTP is asked for, and judged by its own question; who tells the time already may go on. */
function judged(site: Site): readonly Opening[] {
  return openings(site).filter(({ service }) => service !== 'HTTP' && service !== 'NTP');
}

/** What is learnt for `alreadyServed`. */
export function servedPorts(site: Site): Fact<readonly Listener[]> {
  return listeners([...new Set(judged(site).map(({ port }) => port))]);
}

/** Those that a DHCP server has for all cards, whichever it serves. */
export const unsharedDhcp = unsharedPorts([67, 4011]);

interface Found {
  readonly opening: Opening;
  readonly holder: Holder;
  /** It has the port for all cards, so it may serve others than ours. */
  readonly ofAllCards: boolean;
}

/** Who has a port that ours would have, or one of all cards. */
function othersOf(site: Site, facts: Facts): readonly Found[] {
  if (facts.get(rootDirectory) !== '/') return [];
  const { interfaceName: card, address } = site.server.network;
  const found = facts.get(servedPorts(site));
  return judged(site).flatMap((opening) => {
    const here = found.filter(
      (one) =>
        one.protocol === opening.protocol &&
        one.port === opening.port &&
        // What is bound elsewhere is somebody else's service: libvirt's dnsmasq, a second network.
        (one.address === address || (one.address === '*' && (one.card ?? card) === card)),
    );
    const holders = new Map<string | number, Found>();
    for (const { holders: all, address: at, card: bound } of here) {
      // Without a holder it is the kernel's own, such as its NFS server.
      if (all.some(({ unit }) => unit?.startsWith('sidus-') === true)) continue;
      for (const holder of all) {
        if (servesElsewhere(holder, card)) continue;
        const ofAllCards = at === '*' && bound === null;
        const key = holder.unit ?? holder.process;
        const known = holders.get(key)?.ofAllCards ?? true;
        holders.set(key, { opening, holder, ofAllCards: ofAllCards && known });
      }
    }
    return [...holders.values()];
  });
}

/** dhcpd(8) holds the port for all cards, and serves those that its command line names. */
function servesElsewhere({ program, words }: Holder, card: string): boolean {
  if (program !== 'dhcpd') return false;
  const cards = words.slice(1).filter((word, index) => {
    const before = words[index] ?? '';
    return !word.startsWith('-') && !/^-(p|s|cf|lf|pf|tf|user|group|chroot|play)$/.test(before);
  });
  return cards.length > 0 && !cards.includes(card);
}

const isDhcp = ({ service }: Opening): boolean => service === 'DHCP' || service === 'PXE';

/**
 * A DHCP server such as dnsmasq takes its port for all cards also where it serves another, and
 * shares it with ours when it was told `bind-dynamic` or `bind-interfaces` (its `make_fd`).
 */
function mayServeElsewhere({ opening, holder, ofAllCards }: Found): boolean {
  return ofAllCards && isDhcp(opening) && holder.program !== 'dhcpd';
}

/** What another program serves where the site would: each with what ends it. */
export function alreadyServed(site: Site, facts: Facts): readonly Problem[] {
  const unshared = facts.get(unsharedDhcp) ?? [];
  return othersOf(site, facts).flatMap((found) => {
    if (!mayServeElsewhere(found)) return [taken(found, site)];
    return unshared.includes(found.opening.port) ? [unsharedProblem(found, site)] : [];
  });
}

/** Who may give addresses beside ours, and may as well not: the wire is asked by others only. */
export function alreadyServedNotes(site: Site, facts: Facts): readonly Message[] {
  if (!facts.has(servedPorts(site))) return [];
  const unshared = facts.get(unsharedDhcp) ?? [];
  return othersOf(site, facts)
    .filter((found) => mayServeElsewhere(found) && !unshared.includes(found.opening.port))
    .map((found) =>
      found.holder.program === 'dnsmasq'
        ? say(
            '{program} has UDP port {port} of all cards, and shares it. Unless it leaves {card} alone already, tell it `no-dhcp-interface={card}`.',
            valuesOf(found, site),
          )
        : say(
            '{program} has UDP port {port} of all cards. See that it leaves {card} alone: two DHCP servers on one network disturb everybody there.',
            valuesOf(found, site),
          ),
    );
}

function valuesOf({ opening, holder }: Found, { server: { network } }: Site) {
  return {
    program: holder.program ?? `process ${holder.process}`,
    protocol: opening.protocol.toUpperCase(),
    port: opening.port,
    card: network.interfaceName,
    address: `${network.address}/${network.prefix}`,
    process: holder.process,
    unit: holder.unit ?? '',
  };
}

/** Whom it ends with, all else that a server does goes on: these do nothing but serve such a port. */
const pureServers: readonly string[] = [
  'isc-dhcp-server.service',
  'kea-dhcp4-server.service',
  'udhcpd.service',
  'tftpd-hpa.service',
  'atftpd.service',
  'nfs-ganesha.service',
];

type Kind = 'pure' | 'process' | 'systemd' | 'dnsmasq' | 'networkd' | 'manager' | 'other';

function kindOf({ unit, process }: Holder): Kind {
  if (unit === null) return process === 1 ? 'systemd' : 'process';
  if (pureServers.includes(unit)) return 'pure';
  if (unit === 'dnsmasq.service') return 'dnsmasq';
  if (unit === 'systemd-networkd.service') return 'networkd';
  return unit === 'NetworkManager.service' ? 'manager' : 'other';
}

/** Another card may be right as well; but a program that has them all leaves no other. */
function unsharedProblem(found: Found, site: Site): Problem {
  const values = valuesOf(found, site);
  return {
    code: 'serve/port-unshared',
    at: 'server.serve.dhcp',
    summary: say(
      '{program} has UDP port {port} of all cards, and shares it with no other server',
      values,
    ),
    remedy:
      kindOf(found.holder) === 'dnsmasq'
        ? say(
            "run `printf '%s\\n' bind-dynamic no-dhcp-interface={card} >/etc/dnsmasq.d/beside-sidus.conf && systemctl restart {unit}`, or choose existing",
            values,
          )
        : say(
            'let it serve its own cards alone (dnsmasq: `bind-dynamic`), or choose existing',
            values,
          ),
  };
}

function taken(found: Found, site: Site): Problem {
  const values = valuesOf(found, site);
  const kind = kindOf(found.holder);
  if (isDhcp(found.opening)) {
    return {
      code: 'serve/already-served',
      at: 'server.serve.dhcp',
      summary: say('{program} has UDP port {port} of {card}: it serves DHCP there', values),
      remedy:
        kind === 'pure'
          ? say(
              'end it with `systemctl disable --now {unit}`, bind it to another card, or choose existing',
              values,
            )
          : kind === 'dnsmasq'
            ? say(
                'run `echo no-dhcp-interface={card} >/etc/dnsmasq.d/beside-sidus.conf && systemctl restart {unit}`, or choose existing',
                values,
              )
            : kind === 'networkd'
              ? say(
                  'set `DHCPServer=no` for {card} below /etc/systemd/network, then run `networkctl reload`, or choose existing',
                  values,
                )
              : kind === 'manager'
                ? say(
                    'in `nmtui` make the connection of {card} manual with {address}, not shared, and activate it again, or choose existing',
                    values,
                  )
                : kind === 'process'
                  ? say(
                      'end it with `kill {process}`, bind it to another card, or choose existing',
                      values,
                    )
                  : kind === 'systemd'
                    ? say(
                        'systemd holds it for another: see for which with `systemctl list-sockets`, then disable that one',
                      )
                    : say(
                        'choose another card or existing, or have {unit} leave {card} alone: it may do more than that',
                        values,
                      ),
    };
  }
  return {
    code: 'serve/already-served',
    summary: say('{program} has {protocol} port {port} of {card}', values),
    remedy:
      kind === 'pure'
        ? say('end it with `systemctl disable --now {unit}`, or bind it to another address', values)
        : kind === 'dnsmasq'
          ? site.server.serve.dhcp === 'existing'
            ? say(
                'take enable-tftp out of /etc/dnsmasq.conf and the files of /etc/dnsmasq.d, then run `systemctl restart {unit}`',
                values,
              )
            : found.ofAllCards
              ? say(
                  "run `printf '%s\\n' bind-dynamic no-dhcp-interface={card} >/etc/dnsmasq.d/beside-sidus.conf && systemctl restart {unit}`",
                  values,
                )
              : say(
                  'run `echo no-dhcp-interface={card} >/etc/dnsmasq.d/beside-sidus.conf && systemctl restart {unit}`',
                  values,
                )
          : kind === 'systemd'
            ? say(
                'systemd holds it for another: see for which with `systemctl list-sockets`, then disable that one',
              )
            : kind === 'process'
              ? say('end it with `kill {process}`, or bind it to another address', values)
              : say(
                  'choose another card, or have {unit} leave {card} alone: it may do more than that',
                  values,
                ),
  };
}

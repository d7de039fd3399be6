import type { Fact, Facts } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import type { Site } from '../index.ts';
import { rootDirectory } from '../server-facts.ts';
import { type Opening, openings } from './openings.ts';

/** A port that somebody on the server listens on. */
export interface Listener {
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
  /** '*' for all addresses. */
  readonly address: string;
  /** The one card that it is bound to; null: none. */
  readonly card: string | null;
  /** Those that hold it: none where the kernel does, or where only root is told. */
  readonly holders: readonly Holder[];
}

export interface Holder {
  readonly process: number;
  /** Its name, unless that is none that should be shown. */
  readonly program: string | null;
  /** The service of the system that it belongs to. */
  readonly unit: string | null;
  readonly words: readonly string[];
}

/**
 * Who listens on these ports (ss(8)). A process may call itself anything, also with line breaks
 * in it: which ports are taken is read from a list without names, and what processes say of
 * themselves stands behind NUL, which no name holds.
 */
export function listeners(ports: readonly number[]): Fact<readonly Listener[]> {
  return {
    id: `serve/served-ports/${ports.join(',')}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: [
        'sh',
        '-c',
        `ss -Hlntu "$1" && printf '\\0' && named=$(ss -Hlntup "$1") && printf '%s\\n' "$named" || exit 1
for process in $(printf '%s\\n' "$named" | grep -o 'pid=[0-9]*' | sort -u | cut -d= -f2); do
  printf '\\0%s\\0' "$process"
  cat "/proc/$process/comm"; printf '\\0'
  cat "/proc/$process/cgroup"; printf '\\0'
  tr '\\0' '\\n' <"/proc/$process/cmdline"
done 2>/dev/null
:`,
        'listeners',
        `( ${ports.map((port) => `sport = :${port}`).join(' or ')} )`,
      ],
    },
    otherwise: [],
    parse: parseListeners,
  };
}

export function parseListeners(text: string): readonly Listener[] {
  const [sockets = '', named = '', ...told] = text.split('\0');
  const holders = new Map<string, Holder>();
  for (let at = 0; at + 3 < told.length; at += 4) {
    const [process = '', name = '', groups = '', words = ''] = told.slice(at, at + 4);
    holders.set(process, {
      process: Number(process),
      program: /^[\w.+-]{1,15}\n?$/.test(name) ? name.trim() : null,
      unit: unitIn(groups),
      words: words.split('\n').filter((word) => word !== ''),
    });
  }
  const found = [...new Set(sockets.split('\n'))].flatMap((line) => {
    const [protocol, , , , local = ''] = line.split(/\s+/);
    const [, address = '', card = null, port = ''] =
      /^(.+?)(?:%([\w.-]+))?:(\d+)$/.exec(local) ?? [];
    if ((protocol !== 'udp' && protocol !== 'tcp') || port === '') return [];
    const socket: Omit<Listener, 'holders'> = { protocol, address, card, port: Number(port) };
    return [{ ...socket, key: `${protocol} ${local}` }];
  });
  const held = processesOf(named, new Set(found.map(({ key }) => key)));
  return found.map(({ key, address, protocol, card, port }) => ({
    ...{ protocol, card, port },
    address: address === '0.0.0.0' ? '*' : address,
    holders: [...(held.get(key) ?? [])].flatMap((one) => holders.get(one) ?? []),
  }));
}

/** By socket. What stands on a line of its own because of a name belongs to the socket before. */
function processesOf(
  named: string,
  sockets: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const held = new Map<string, Set<string>>();
  let socket = '';
  for (const line of named.split('\n')) {
    const [protocol, , , , local] = line.split(/\s+/);
    const key = `${protocol} ${local}`;
    if (sockets.has(key)) socket = key;
    const processes = held.get(socket) ?? new Set();
    for (const [, process = ''] of line.matchAll(/pid=(\d+),fd=\d+/g)) processes.add(process);
    held.set(socket, processes);
  }
  return held;
}

/** cgroups(7): the second version's one line, or systemd's own of the first. Of a user's services none. */
function unitIn(groups: string): string | null {
  const service =
    /^(?:0:|\d+:name=systemd):\/system\.slice\/(?:[^/]+\.slice\/)*([A-Za-z0-9:_.@\\-]+\.service)(?:\/|$)/m;
  return service.exec(groups)?.[1] ?? null;
}

/** The port of HTTP is asked for, and judged by its own question. */
function judged(site: Site): readonly Opening[] {
  return openings(site).filter(({ service }) => service !== 'HTTP');
}

/** What is learnt for `alreadyServed`. */
export function servedPorts(site: Site): Fact<readonly Listener[]> {
  return listeners([...new Set(judged(site).map(({ port }) => port))]);
}

/** What another program serves where the site would: each with what ends it. */
export function alreadyServed(site: Site, facts: Facts): readonly Problem[] {
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
    const holders = new Map<number, Holder>();
    for (const { holders: all } of here) {
      // Without a holder it is the kernel's own, such as its NFS server.
      if (all.some(({ unit }) => unit?.startsWith('sidus-') === true)) continue;
      for (const one of all) if (!servesElsewhere(one, card)) holders.set(one.process, one);
    }
    const units = new Map([...holders.values()].map((one) => [one.unit ?? one.process, one]));
    return [...units.values()].map((holder) => taken(opening, holder, card));
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

function taken({ service, protocol, port }: Opening, holder: Holder, card: string): Problem {
  const { process, unit } = holder;
  const values = {
    program: holder.program ?? `process ${process}`,
    protocol: protocol.toUpperCase(),
    port,
    card,
    process,
    unit: unit ?? '',
  };
  if (service === 'DHCP') {
    return {
      code: 'serve/already-served',
      at: 'server.serve.dhcp',
      summary: say('{program} has UDP port 67 of {card}: it serves DHCP there', values),
      remedy:
        unit === null
          ? say('end it with `kill {process}`, bind it to another card, or choose existing', values)
          : say(
              'end it with `systemctl disable --now {unit}`, bind it to another card, or choose existing',
              values,
            ),
    };
  }
  return {
    code: 'serve/already-served',
    summary: say('{program} has {protocol} port {port} of {card}', values),
    remedy:
      unit !== null
        ? say('end it with `systemctl disable --now {unit}`, or bind it to another address', values)
        : process === 1
          ? say(
              'systemd holds it for another: see for which with `systemctl list-sockets`, then disable that one',
            )
          : say('end it with `kill {process}`, or bind it to another address', values),
  };
}

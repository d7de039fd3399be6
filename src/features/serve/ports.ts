import type { Fact } from '../../core/fact.ts';

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

/**
 * Those of these UDP ports that a program has for all cards and shares with nobody: no second
 * server can have them for one card. Asked with a socket that would share the port, and that only
 * the loopback card leads to. null: only root may ask.
 */
export function unsharedPorts(ports: readonly number[]): Fact<readonly number[] | null> {
  return {
    id: `serve/unshared-ports/${ports.join(',')}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: [
        'perl',
        '-MSocket',
        '-MErrno',
        '-e',
        `for my $port (@ARGV) {
  socket(my $one, PF_INET, SOCK_DGRAM, 0) or exit 1;
  setsockopt($one, SOL_SOCKET, 25, "lo\\0") or exit 1; # SO_BINDTODEVICE
  setsockopt($one, SOL_SOCKET, $_, 1) or exit 1 for SO_REUSEADDR, SO_REUSEPORT;
  next if bind($one, sockaddr_in($port, INADDR_ANY));
  exit 1 unless $!{EADDRINUSE};
  print "$port\\n";
}`,
        ...ports.map(String),
      ],
    },
    otherwise: null,
    parse: (text) => [...text.matchAll(/^\d{1,5}$/gm)].map(Number),
  };
}

import type { Fact, Facts } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import type { Known, Suggestion } from '../../core/question.ts';
import type { Site } from '../index.ts';
import { rootDirectory } from '../server-facts.ts';

/** What clients ask for kernels. Port 80 may be somebody's web server; nobody is known for this one. */
export const usualPort = 7069;

/** Where our own service is at work already, and who listens on which address. */
export interface Listeners {
  /** ADDRESS:PORT of the running service; null: it does not run. */
  readonly ours: string | null;
  readonly others: readonly {
    /** '0.0.0.0' for every address. */
    readonly address: string;
    readonly port: number;
    /** A program; null: only root is told. */
    readonly program: string | null;
  }[];
}

export const listeners: Fact<Listeners> = {
  id: 'serve/listeners',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      // In a chroot systemctl(1) says yes to everything.
      'if [ -d /run/systemd/system ] && systemctl is-active --quiet sidus-http.service; then sed -n "s/^ExecStart=.* -p \\([0-9.:]*\\) .*/ours \\1/p" "$1"; fi; exec ss -Hltnp',
      'listeners',
      '/etc/systemd/system/sidus-http.service',
    ],
  },
  otherwise: { ours: null, others: [] },
  parse: parseListeners,
};

/** ss(8): `LISTEN 0 9 192.168.67.1%lan0:7069 0.0.0.0:* users:(("nginx",pid=1,fd=6))`, of IPv4. */
export function parseListeners(text: string): Listeners {
  const ours = /^ours ([0-9.]+:[0-9]+)$/m.exec(text)?.[1] ?? null;
  const others = [...text.matchAll(/^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+(.*)$/gm)].flatMap(
    ([, local = '', port = '', rest = '']) => {
      const address = local.replace(/%.*$/, '');
      // `*` is IPv6 and IPv4; `[::]` is IPv6 alone.
      if (address !== '*' && !/^[0-9.]+$/.test(address)) return [];
      const program = /users:\(\("([^"]*)"/.exec(rest)?.[1] ?? null;
      return [{ address: address === '*' ? '0.0.0.0' : address, port: Number(port), program }];
    },
  );
  return { ours, others };
}

/** Who else listens there already; null: nobody, as far as is known. */
function holderOf({ ours, others }: Listeners, address: string, port: number): string | null {
  if (ours === `${address}:${port}`) return null;
  const found = others.find(
    (one) => one.port === port && (one.address === '0.0.0.0' || one.address === address),
  );
  return found === undefined ? null : (found.program ?? 'another program');
}

/** The first port from the usual one on that nobody has; null: the usual one. */
export function freePort({ facts }: Known): Suggestion | null {
  if (!facts.has(listeners) || facts.get(rootDirectory) !== '/') return null;
  const found = facts.get(listeners);
  // Whichever address it is: the card is another topic's answer.
  const taken = (port: number): string | null => {
    if (found.ours?.endsWith(`:${port}`) === true) return null;
    const other = found.others.find((one) => one.port === port && !one.address.startsWith('127.'));
    return other === undefined ? null : (other.program ?? 'another program');
  };
  const program = taken(usualPort);
  if (program === null) return null;
  for (let port = usualPort + 1; port < usualPort + 100; port += 1) {
    if (taken(port) === null) {
      return { value: port, from: say('{program} has {port}', { program, port: usualPort }) };
    }
  }
  return null;
}

export function portProblems(site: Site, facts: Facts): readonly Problem[] {
  const { address } = site.server.network;
  const port = site.server.serve.httpPort;
  if (!facts.has(listeners) || facts.get(rootDirectory) !== '/') return [];
  const program = holderOf(facts.get(listeners), address, port);
  if (program === null) return [];
  const free = freePort({ facts, answers: {} })?.value ?? usualPort;
  return [
    {
      code: 'serve/port-taken',
      at: 'server.serve.httpPort',
      summary: say('{program} listens on port {port} already', { program, port }),
      remedy: say('choose another with `--set serve.httpPort={free}`', { free: Number(free) }),
    },
  ];
}

import { script } from '../../core/assets.ts';
import { file, run } from '../../core/effect.ts';
import type { Fact, Facts } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Step, StepId } from '../../core/plan.ts';
import type { Site } from '../index.ts';
import { sizeOf, toNumber } from '../ipv4.ts';
import { rootDirectory } from '../server-facts.ts';

const ownFile = '/etc/nfs.conf.d/sidus.conf';

/**
 * `[nfsd] threads` of nfs.conf(5), as its files together say it, the last one first, and ours left
 * out: what we have written for another site must not stay for ever.
 */
export const configuredThreads: Fact<number> = {
  id: 'serve/configured-threads',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      `for file in /etc/nfs.conf /etc/nfs.conf.d/*.conf; do
  [ "$file" = "$1" ] || [ ! -r "$file" ] || { printf '[none]\\n'; cat -- "$file"; echo; }
done`,
      'threads',
      ownFile,
    ],
  },
  otherwise: 0,
  parse: (text) => {
    let section = '';
    let threads = 0;
    for (const line of text.split('\n')) {
      section = /^\s*\[\s*([^\]"]*?)\s*\]/.exec(line)?.[1]?.toLowerCase() ?? section;
      const given = /^\s*threads\s*=\s*"?(\d{1,5})"?\s*(?:[#;].*)?$/i.exec(line)?.[1];
      if (section === 'nfsd' && given !== undefined) threads = Number(given);
    }
    return threads;
  },
};

export const threadFacts: readonly Fact<unknown>[] = [configuredThreads];

/** How many machines may come at once: one for each address that could be given. */
export function possibleClients(site: Site): number {
  const { prefix, rangeFirst, rangeLast } = site.server.network;
  // Another server's range is not known, and those that are listed are never all that may come.
  if (site.server.serve.dhcp !== 'full') return sizeOf(prefix) - 3;
  const [first, last] = [toNumber(rangeFirst), toNumber(rangeLast)];
  const outside = site.clients.filter(({ address }) => {
    const number = address === undefined ? first : toNumber(address);
    return number < first || number > last;
  });
  return last - first + 1 + outside.length;
}

/**
 * A thread answers one call at a time, and most calls of a class that is switched on together
 * are answered from the server's memory: one thread for two clients is plenty, and fewer than
 * sixteen, which Debian 13 starts with, save nothing. Each takes a megabyte for its largest
 * answer (svc_rqst of the kernel), so there are 128 at most.
 */
export function threadsFor(clients: number): number {
  return Math.min(128, Math.max(16, Math.ceil(clients / 16) * 8));
}

/**
 * Never fewer than others have configured: whoever serves more than clients of ours knows why.
 * And a server that runs with more keeps them until it starts again (assets/nfs-threads).
 */
export function threadsStep(site: Site, facts: Facts, after: readonly StepId[]): Step {
  const staged = facts.get(rootDirectory) !== '/';
  const clients = possibleClients(site);
  const others = staged ? 0 : facts.get(configuredThreads);
  const threads = String(Math.max(threadsFor(clients), others));
  const call = ['sh', script('nfs-threads')] as const;
  return {
    id: 'serve/nfs-threads',
    title: say('Give the NFS server {threads} threads', { threads }),
    why: say('For up to {clients} clients at once. A server that runs is not restarted.', {
      clients,
    }),
    after,
    effects: [
      file(
        'server',
        ownFile,
        `# Written by sidus; read after nfs.conf.\n[nfsd]\nthreads=${threads}\n`,
      ),
      ...(staged
        ? []
        : [
            run('server', [...call, 'give', threads], {
              unless: { kind: 'succeeds', place: 'server', argv: [...call, 'enough', threads] },
            }),
          ]),
    ],
  };
}

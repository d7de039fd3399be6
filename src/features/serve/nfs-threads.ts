import { script } from '../../core/assets.ts';
import { file, run } from '../../core/effect.ts';
import type { Fact, Facts } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Step, StepId } from '../../core/plan.ts';
import type { Site } from '../index.ts';
import { sizeOf, toNumber } from '../ipv4.ts';
import { nfsServer } from '../seen-clients.ts';
import { rootDirectory } from '../server-facts.ts';

/** `[nfsd] threads` of nfs.conf(5), as all its files together say it, and ours among them. */
export const configuredThreads: Fact<number> = {
  id: 'serve/configured-threads',
  source: { kind: 'command', place: 'server', argv: ['nfsconf', '--get', 'nfsd', 'threads'] },
  otherwise: 0,
  parse: (text) => (/^\d{1,5}\n?$/.test(text) ? Number(text) : 0),
};

export const threadFacts: readonly Fact<unknown>[] = [configuredThreads, nfsServer];

/** How many machines may come at once: one for each address that could be given. */
export function possibleClients(site: Site): number {
  const { prefix, rangeFirst, rangeLast } = site.server.network;
  const [first, last] = [toNumber(rangeFirst), toNumber(rangeLast)];
  const outside = site.clients.filter(({ address }) => {
    const number = address === undefined ? first : toNumber(address);
    return number < first || number > last;
  });
  if (site.server.serve.dhcp === 'full') return last - first + 1 + outside.length;
  // Another server's range is not known: those that are listed, or else the whole network.
  return site.clients.length > 0 ? site.clients.length : sizeOf(prefix) - 3;
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

/** Never fewer than there are: whoever serves more than clients of ours knows why. */
export function threadsStep(site: Site, facts: Facts, after: readonly StepId[]): Step {
  const staged = facts.get(rootDirectory) !== '/';
  const clients = possibleClients(site);
  const now = staged
    ? 0
    : Math.max(facts.get(configuredThreads), facts.get(nfsServer).threads ?? 0);
  const threads = String(Math.max(threadsFor(clients), now));
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
        '/etc/nfs.conf.d/sidus.conf',
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

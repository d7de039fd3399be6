import { script } from '../../core/assets.ts';
import type { Fact } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import type { Trial, Verdict } from '../../core/trial.ts';
import type { Site } from '../index.ts';
import { inNetwork, sizeOf, toNumber } from '../ipv4.ts';
import { type Mount, mountsOf } from './mounts.ts';

/** What a server says of a directory that it should export. */
export type ExportAnswer =
  | {
      readonly status: 'there' | 'kerberos' | 'file' | 'absent';
      readonly address: string;
      /** NFS 3: who may mount it, in exports(5)'s words; none: everybody, or it was not said. */
      readonly to: readonly string[];
      /** NFS 3: some of what there is instead. */
      readonly offers: readonly string[];
    }
  | { readonly status: 'denied' | 'version' | 'silent'; readonly words: string }
  | { readonly status: 'unasked' };

export function exportAnswer({ version, server, path }: Mount): Fact<ExportAnswer> {
  return {
    id: `homes/export/${version}/${server}/${path}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: ['perl', script('ask-homes'), version, server, path],
      patience: 40,
      anyExit: true,
    },
    otherwise: { status: 'unasked' },
    parse: parseExportAnswer,
  };
}

/** Reads what `assets/ask-homes` prints; its header says what each line means. */
export function parseExportAnswer(text: string): ExportAnswer {
  const [, status = '', words = ''] = /^status (\S+) ?(.*)$/m.exec(text) ?? [];
  switch (status) {
    case 'there':
    case 'kerberos':
    case 'file':
    case 'absent': {
      const all = (word: string): readonly string[] =>
        [...text.matchAll(new RegExp(`^${word} (.+)$`, 'gm'))].map(([, found = '']) => found);
      return { status, address: all('address')[0] ?? '', to: all('to'), offers: all('offers') };
    }
    case 'denied':
    case 'version':
    case 'silent':
      return { status, words };
    default:
      return { status: 'unasked' };
  }
}

const aNumber = /^(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}|\d{1,3}(?:\.\d{1,3}){3}))?$/;

/** Whether it is known that an address is in none of these; a name may be anybody's. */
export function leavesOut(to: readonly string[], address: string): boolean {
  return (
    to.length > 0 &&
    to.every((one) => {
      const [, network, bits = '32'] = aNumber.exec(one) ?? [];
      if (network === undefined) return false;
      const size = bits.includes('.') ? 2 ** 32 - toNumber(bits) : sizeOf(Number(bits));
      return Math.floor(toNumber(network) / size) !== Math.floor(toNumber(address) / size);
    })
  );
}

function verdictOf(at: string, mount: Mount, site: Site, answer: ExportAnswer): Verdict {
  const { server, path, version, security } = mount;
  const given = { server, path, version: version === 'nfs4' ? '4.1' : '3' };
  const warning = (
    code: Problem['code'],
    summary: Problem['summary'],
    remedy: Problem['remedy'],
  ): Verdict => ({ warning: { code, at, summary, remedy } });
  const { address: own, prefix, router, nameservers, rangeFirst } = site.server.network;

  switch (answer.status) {
    case 'unasked':
      return null;
    case 'silent':
      return warning(
        'homes/server-silent',
        say('{server} does not answer: {words}', { server, words: answer.words }),
        version === 'nfs4'
          ? say('look at its name, its NFS service and its firewall: TCP port 2049')
          : say('look at its name and its firewall: NFS 3 needs TCP ports 111, 2049 and mountd’s'),
      );
    case 'version':
      return warning(
        'homes/other-version',
        say('{server} does not speak NFS {version}: {words}', { ...given, words: answer.words }),
        version === 'nfs4'
          ? say('choose NFS 3, or have NFS 4.1 switched on there')
          : say('choose NFS 4, or have NFS 3 switched on there'),
      );
    case 'denied':
      return warning(
        'homes/export-denied',
        say('{server} answers, and not this server: {words}', { server, words: answer.words }),
        say('see that {path} is exported to the clients; they may be asked more kindly', { path }),
      );
    case 'file':
      return warning(
        'homes/export-no-directory',
        say('{path} of {server} is no directory', given),
        say('name the directory that the homes are in'),
      );
    case 'absent':
      return answer.offers.length > 0
        ? warning(
            'homes/not-exported',
            say('{server} exports no {path}, but {list}', {
              ...given,
              list: answer.offers.join(', '),
            }),
            say('name one of those, or have {path} exported to the clients', { path }),
          )
        : warning(
            'homes/not-exported',
            say('{server} shows this server no {path}', given),
            say(
              'look at the path, and whether it is exported to the clients; NFS 4 may leave out the beginning of a path',
            ),
          );
    case 'kerberos':
      if (security !== 'sys') break;
      return warning(
        'homes/only-kerberos',
        say('{server} gives {path} only to users with a Kerberos ticket', given),
        say('choose krb5, krb5i or krb5p, or have sec=sys exported there'),
      );
    case 'there':
      if (!leavesOut(answer.to, rangeFirst)) break;
      return warning(
        'homes/not-for-clients',
        say('{server} exports {path} to {list}, and clients are at {first}', {
          ...given,
          list: answer.to.slice(0, 3).join(', '),
          first: rangeFirst,
        }),
        say('have it exported to the clients, from {first} on', { first: rangeFirst }),
      );
  }
  const { address } = answer;
  if (router === null && aNumber.test(address) && !inNetwork(address, own, prefix)) {
    return warning(
      'homes/server-beyond',
      say('clients reach {server} ({address}) only through a router', { server, address }),
      say('name a router of theirs, or a server in their network'),
    );
  }
  if (nameservers.length === 0 && !aNumber.test(server)) {
    return warning(
      'homes/server-unnamed',
      say('clients have no name server to ask for {server}', { server }),
      say('write {address} instead, or name a name server', { address }),
    );
  }
  return {
    good:
      answer.status === 'kerberos'
        ? say('{path} is there, for users with a ticket', given)
        : answer.to.length > 0
          ? say('{path} is there, for {list}', { path, list: answer.to.slice(0, 3).join(', ') })
          : say('{path} is there, by NFS {version}', given),
  };
}

/** Whether what clients shall mount is there. What this server exports is its own to know. */
export function exportTrials(
  site: Site,
  name: string,
  given: Parameters<typeof mountsOf>[0],
): readonly Trial[] {
  const mounts = mountsOf(given);
  const ofHomes = mounts.length - given.homes.shares.length;
  return mounts.flatMap((mount, index): readonly Trial[] => {
    if (mount.server === '' || (index < ofHomes && given.homes.kind === 'here')) return [];
    const at = `trees.${name}.homes.${index < ofHomes ? 'path' : 'shares'}`;
    const fact = exportAnswer(mount);
    return [
      {
        at,
        title: say('asking {server} for {path}', { server: mount.server, path: mount.path }),
        fact,
        verdict: (facts) => verdictOf(at, mount, site, facts.get(fact)),
      },
    ];
  });
}

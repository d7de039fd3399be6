import type { Fact } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import { addressOf, nfsConnections } from './seen-clients.ts';

/** What names a version, on the server and among those whom it serves: asked before one is deleted. */

/** One entry of the kernel's table of NFS 4 clients. */
export interface NfsIdentity {
  /** Its directory below /proc/fs/nfsd/clients. */
  readonly entry: string;
  readonly address: string;
  /** It renewed its lease in time. One that did not may be switched off, or come back. */
  readonly renews: boolean;
  /** What it runs, as our boot script told the server; null: it is none of ours, or runs a draft. */
  readonly root: { readonly tree: string; readonly version: number; readonly mac: string } | null;
}

export interface NfsIdentities {
  /** null: the kernel's NFS server does not run, and knows nobody. */
  readonly threads: number | null;
  /** After a start its clients have 90 s to come back: until then the table is not whole. */
  readonly whole: boolean;
  readonly clients: readonly NfsIdentity[];
}

/** nfsd(7): `clients/N/info` of each client, `v4_end_grace` since Linux 3.18. */
export const nfsIdentities: Fact<NfsIdentities> = {
  id: 'clients/identities',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      `cd /proc/fs/nfsd && cat threads && {
  [ ! -r v4_end_grace ] || printf 'grace ended: %s\\n' "$(cat v4_end_grace)"
  for d in clients/*/; do [ ! -r "$d/info" ] || { printf 'entry: %s\\n' "$d" && cat "$d/info"; }; done
} 2>/dev/null
:`,
      'identities',
    ],
  },
  otherwise: { threads: null, whole: true, clients: [] },
  parse: (text) => ({
    threads: /^[1-9]\d*\n/.test(text) ? Number.parseInt(text, 10) : null,
    whole: !/^grace ended: N/m.test(text),
    clients: text
      .split(/^entry: clients\//m)
      .slice(1)
      .flatMap((info): readonly NfsIdentity[] => {
        const value = (key: string): string =>
          new RegExp(`^${key}: "?(.*?)"?$`, 'm').exec(info)?.[1] ?? '';
        const entry = /^\d+/.exec(info)?.[0];
        const address = addressOf(value('address'));
        if (entry === undefined || address === null) return [];
        const [, tree, version, mac = ''] =
          /[ /]sidus:([a-z][a-z0-9-]{0,31}):([1-9]\d{0,8}):([0-9a-f]{12})(?:\/|$)/.exec(
            value('name'),
          ) ?? [];
        const renews = !/^(unconfirmed|courtesy|expirable)$/.test(value('status'));
        const root = tree === undefined ? null : { tree, version: Number(version), mac };
        return [{ entry, address, renews, root }];
      }),
  }),
};

/** As `nfsConnections`, told apart from nobody having looked: null. */
export const connectionsKnown: Fact<readonly string[] | null> = {
  ...nfsConnections,
  id: 'clients/connections-known',
  otherwise: null,
};

export interface Nfs3Mount {
  readonly address: string;
  readonly path: string;
}

/**
 * Who mounted what by NFS 3, as mountd(8) writes it down. It keeps those who are long gone, since
 * a client whose power is cut says nothing: nobody is missing, and some are too many.
 */
export const nfs3Mounts: Fact<readonly Nfs3Mount[]> = {
  id: 'clients/nfs3-mounts',
  source: {
    kind: 'command',
    place: 'server',
    argv: ['sh', '-c', 'cat /var/lib/nfs/rmtab 2>/dev/null || :', 'rmtab'],
  },
  otherwise: [],
  parse: (text) =>
    text.split('\n').flatMap((line) => {
      const [, address, path] = /^(\S+?):(\/.*):0x[0-9a-f]+$/i.exec(line) ?? [];
      return address === undefined || path === undefined ? [] : [{ address, path }];
    }),
};

/** One line of proc_pid_mountinfo(5), as far as it says what is mounted where. */
export interface Mounted {
  readonly device: string;
  /** The directory of its own file system that is mounted. */
  readonly from: string;
  readonly at: string;
}

export interface MountsOnServer {
  /** Where the trees lie, with what --root puts before it. */
  readonly trees: string;
  readonly mounted: readonly Mounted[];
  /** In other mount namespaces: rehearsals and containers have their own. */
  readonly elsewhere: readonly Mounted[];
}

export const serverMounts: Fact<MountsOnServer> = {
  id: 'server/mounts',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      `printf '%s\\n' "$1" && cat /proc/self/mountinfo && echo elsewhere
# Of all processes: one that stands for its namespace may end before it is asked.
cat /proc/[0-9]*/mountinfo 2>/dev/null | sort -u`,
      'mounts',
      { at: { place: 'server', path: layout.trees } },
    ],
  },
  otherwise: { trees: layout.trees, mounted: [], elsewhere: [] },
  parse: (text) => {
    const [trees = layout.trees, ...lines] = text.split('\n');
    const plain = (word: string): string =>
      word.replace(/\\([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      );
    const read = (line: string): readonly Mounted[] => {
      const [, , device, from, at] = line.split(' ');
      if (device === undefined || from === undefined || at === undefined) return [];
      return [{ device, from: plain(from), at: plain(at) }];
    };
    const end = lines.indexOf('elsewhere');
    const [own, others] = end < 0 ? [lines, []] : [lines.slice(0, end), lines.slice(end + 1)];
    return { trees, mounted: own.flatMap(read), elsewhere: others.flatMap(read) };
  },
};

export interface NamedInBootFile {
  /** Below the TFTP directory. */
  readonly file: string;
  readonly tree: string;
  readonly version: number;
}

/** Which boot files name which version; those that lie beside a version's kernel name their own. */
export const namedInBootFiles: Fact<readonly NamedInBootFile[]> = {
  id: 'serve/named-in-boot-files',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      `cd "$1" 2>/dev/null || exit 0
grep -rIoE --exclude-dir=sidus -e 'sidus/[a-z][a-z0-9-]*/[1-9][0-9]*/' -e '/[a-z][a-z0-9-]*/versions/[1-9][0-9]*' -e '/[a-z][a-z0-9-]*/images/[1-9][0-9]*' . || :`,
      'boot-files',
      { at: { place: 'server', path: layout.tftp } },
    ],
  },
  otherwise: [],
  parse: (text) => {
    const found = text.split('\n').flatMap((line): readonly NamedInBootFile[] => {
      const [, file = '', tree, version] =
        /^\.\/(.+?):(?:sidus\/|\/)([a-z][a-z0-9-]*)(?:\/(?:versions|images))?\/(\d{1,9})\/?$/.exec(
          line,
        ) ?? [];
      return tree === undefined ? [] : [{ file, tree, version: Number(version) }];
    });
    return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
  },
};

/** Numbers of versions whose deletion was begun, and is not over (assets/delete-version). */
export function halfDeleted(tree: string): Fact<readonly number[]> {
  return {
    id: `tree/${tree}/half-deleted`,
    source: { kind: 'list', at: { place: 'server', path: `${layout.trees}/${tree}/versions` } },
    otherwise: [],
    parse: (text) =>
      [...text.matchAll(/^\.([1-9][0-9]{0,8})\.gone$/gm)]
        .map(([, number]) => Number(number))
        .sort((a, b) => a - b),
  };
}

/** Bytes of each version of a tree. What a snapshot shares with others is counted in each. */
export function versionSizes(tree: string): Fact<ReadonlyMap<number, number>> {
  return {
    id: `tree/${tree}/sizes`,
    source: {
      kind: 'command',
      place: 'server',
      argv: [
        'sh',
        '-c',
        // One by one: du counts what it has seen only once.
        'cd "$1" 2>/dev/null || exit 0; for d in [1-9]*; do [ ! -d "$d" ] || du -sx -B1 -- "$d"; done 2>/dev/null; :',
        'sizes',
        { at: { place: 'server', path: `${layout.trees}/${tree}/versions` } },
      ],
      patience: 300,
    },
    otherwise: new Map(),
    parse: (text) =>
      new Map(
        [...text.matchAll(/^(\d+)\t([1-9]\d{0,8})$/gm)].map(([, bytes, version]) => [
          Number(version),
          Number(bytes),
        ]),
      ),
  };
}

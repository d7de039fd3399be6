import type { Fact } from '../core/fact.ts';
import { imageName } from '../core/form.ts';
import { layout } from '../core/layout.ts';

/** What lies at the trees' place, of the site or not, learnt without walking any tree. */

export interface TreeOnDisk {
  readonly name: string;
  /** The suite of its draft; null: there is none. */
  readonly draft: string | null;
  /** Oldest first. */
  readonly versions: readonly VersionOnDisk[];
  /** The version that the boot files name. */
  readonly current: number | null;
  /** The highest number ever given, also to a version that is gone; 0: none. */
  readonly last: number;
}

export interface VersionOnDisk {
  readonly version: number;
  /** When it was published, as an ISO date. */
  readonly date: string;
  readonly kernel: string | null;
  /** Whether its image lies beside it, whole. */
  readonly image: boolean;
}

export interface OnDisk {
  /** Ours, by name. */
  readonly trees: readonly TreeOnDisk[];
  /** Directories beside ours that hold a root filesystem themselves: made by hand. */
  readonly byHand: readonly string[];
}

/** Two commands over all trees: what lies where, with its time and its link, and the suites. */
export const treesOnDisk: Fact<OnDisk> = {
  id: 'tree/on-disk',
  source: {
    kind: 'command',
    place: 'server',
    argv: [
      'sh',
      '-c',
      `{
  cd "$2/sidus" && find ./*/current -maxdepth 0 -printf '%p\\t%T@\\t%l\\n'
  cd "$1" && {
    find ./*/versions/[1-9]*/etc/sidus/version ./*/versions/[1-9]*/vmlinuz \\
      ./*/images/[1-9]*/${imageName} \\
      ./*/etc/debian_version ./*/etc/os-release -maxdepth 0 -printf '%p\\t%T@\\t%l\\n'
    grep -D skip -Hs -m 1 '' ./*/draft/etc/sidus/suite ./*/last-version
  }
} 2>/dev/null
:`,
      'trees',
      { at: { place: 'server', path: layout.trees } },
      { at: { place: 'server', path: layout.tftp } },
    ],
  },
  otherwise: { trees: [], byHand: [] },
  parse: (text) => {
    const lines = text.split('\n');
    const trees = new Map<string, { draft: string | null; current: number | null; last: number }>();
    const versions = new Map<string, VersionOnDisk>();
    const kernels = new Map<string, string>();
    const images = new Set<string>();
    const byHand = new Set<string>();
    const noted = (name: string) => {
      const known = trees.get(name) ?? { draft: null, current: null, last: 0 };
      trees.set(name, known);
      return known;
    };
    for (const line of lines) {
      const [path = '', time = '', target = ''] = line.split('\t');
      const [, name = '', rest = ''] = /^\.\/([^/]+)\/(.*)$/.exec(path) ?? [];
      if (rest === 'etc/debian_version' || rest === 'etc/os-release') byHand.add(name);
      if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) continue;
      const [, number = '', file] =
        /^versions\/([1-9][0-9]{0,8})\/(etc\/sidus\/version|vmlinuz)$/.exec(rest) ?? [];
      const imaged = /^images\/([1-9][0-9]{0,8})\/[^/]+$/.exec(rest)?.[1];
      if (imaged !== undefined) images.add(`${name}/${imaged}`);
      const suite = /^draft\/etc\/sidus\/suite:([a-z0-9.-]+)$/.exec(rest)?.[1];
      if (suite !== undefined) noted(name).draft = suite;
      const last = /^last-version:([0-9]{1,9})$/.exec(rest)?.[1];
      if (last !== undefined) noted(name).last = Number(last);
      if (rest === 'current' && /^[1-9][0-9]{0,8}$/.test(target)) {
        noted(name).current = Number(target);
      }
      if (file === 'vmlinuz') kernels.set(`${name}/${number}`, target);
      if (file === 'etc/sidus/version') {
        noted(name);
        const date = new Date(Math.floor(Number(time)) * 1000).toISOString();
        versions.set(`${name}/${number}`, {
          version: Number(number),
          date,
          kernel: null,
          image: false,
        });
      }
    }
    return {
      trees: [...trees]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, known]) => ({
          name,
          ...known,
          versions: [...versions]
            .filter(([key]) => key.startsWith(`${name}/`))
            .map(([key, version]) => ({
              ...version,
              kernel: kernelIn(kernels.get(key) ?? ''),
              image: images.has(key),
            }))
            .sort((one, other) => one.version - other.version),
        })),
      byHand: [...byHand].filter((name) => !trees.has(name)).sort(),
    };
  },
};

function kernelIn(path: string): string | null {
  return /vmlinuz-([^/]+)$/.exec(path)?.[1] ?? null;
}

export interface RootByHand {
  readonly directory: string;
  /** In words, such as 'Debian 12.15'. */
  readonly release: string | null;
  readonly suite: string | null;
  readonly kernel: string | null;
}

/** Which of these directories hold the root filesystem of a system, and of which. */
export function rootsByHand(directories: readonly string[]): Fact<readonly RootByHand[]> {
  return {
    id: `tree/by-hand/${directories.join('\n')}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: [
        'sh',
        '-c',
        // A link that leads out of the tree would show the server's own release.
        `n=0
for d do
  n=$((n + 1))
  [ -f "$d/etc/debian_version" ] || [ -f "$d/usr/lib/os-release" ] || [ -f "$d/etc/os-release" ] || continue
  echo "root $n"
  if [ -f "$d/etc/debian_version" ] && [ ! -h "$d/etc/debian_version" ]; then
    IFS= read -r version <"$d/etc/debian_version" || :
    printf 'debian %s\\n' "$version"
  fi
  for f in usr/lib/os-release etc/os-release; do
    [ -f "$d/$f" ] && [ ! -h "$d/$f" ] || continue
    grep -hE '^(ID|VERSION_CODENAME|PRETTY_NAME)=' -- "$d/$f"
    break
  done
  for k in "$d"/boot/vmlinuz-*; do
    [ ! -e "$k" ] || printf 'kernel %s\\n' "\${k##*/vmlinuz-}"
  done | sort -V | tail -n 1
done
:`,
        'roots',
        ...directories.map((path) => ({ at: { place: 'server' as const, path } })),
      ],
    },
    otherwise: [],
    parse: (text) =>
      text
        .split(/^root (?=\d+$)/m)
        .slice(1)
        .flatMap((part) => {
          const directory = directories[Number.parseInt(part, 10) - 1];
          if (directory === undefined) return [];
          const value = (pattern: RegExp): string | null => pattern.exec(part)?.[1] ?? null;
          const debian = value(/^debian ([\w./+-]{1,40})$/m);
          const pretty = value(/^PRETTY_NAME="?([^"\n]{1,80}?)"?$/m);
          const isDebian = (value(/^ID="?([a-z0-9._-]+)"?$/m) ?? 'debian') === 'debian';
          const own = debian === null || !isDebian ? null : `Debian ${debian}`;
          return [
            {
              directory,
              release: own !== null && /\d/.test(own) ? own : (pretty ?? own),
              suite: value(/^VERSION_CODENAME="?([a-z0-9._-]+)"?$/m),
              kernel: value(/^kernel (\S+)$/m),
            },
          ];
        }),
  };
}

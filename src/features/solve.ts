import { distance } from 'fastest-levenshtein';
import { exclusionExpression, isExclusion, type Suite } from './package-names.ts';

/** Whether packages would install together in a new tree, as apt itself says. */
export type Solve =
  | {
      readonly status: 'ok';
      readonly packages: number;
      readonly downloadBytes: number;
      readonly installedBytes: number;
    }
  | { readonly status: 'unknown'; readonly names: readonly UnknownName[] }
  /** The mirror, not the site, stands in the way. */
  | { readonly status: 'mirror'; readonly detail: string }
  | { readonly status: 'conflict'; readonly detail: string }
  /** The question could not be asked: no apt, a directory that cannot be written. */
  | { readonly status: 'unchecked'; readonly detail: string };

/** A name that cannot be installed, with the packages that may have been meant. */
export interface UnknownName {
  readonly name: string;
  readonly nearest: readonly string[];
}

export interface SolveRequest {
  /** Holds the package lists between solves, 150 MB. One for each suite, or they evict each other. */
  readonly directory: string;
  readonly suite: Suite;
  readonly architecture: string;
  readonly names: readonly string[];
  readonly exclude: readonly string[];
  readonly recommends: boolean;
}

const nearestLimit = 5;

/**
 * The packages of every tree, as an apt pattern: what `mmdebstrap --variant=important` adds to the
 * essential ones, less what is kept out. That variant itself fails with "no installation
 * candidate" once a pin keeps out one of its own, such as nano. So a tree is built with
 * `--variant=essential --include=<this>`, an `--include` of its own, for its commas.
 */
export function basePattern(
  suite: Suite,
  architecture: string,
  exclude: readonly string[],
): string {
  const bad = exclude.find((name) => !isExclusion(name));
  if (bad !== undefined) throw new TypeError(`not an exclusion: ${JSON.stringify(bad)}`);
  const kept = exclude.map((name) => `?name("${exclusionExpression(name)}")`);
  const less = kept.length === 0 ? '' : `,?not(?or(${['?false', ...kept].join(',')}))`;
  return (
    `?narrow(?or(?archive(^${suite}$),?codename(^${suite}$)),?architecture(${architecture}),` +
    `?or(?priority(required),?priority(important)),?not(?essential)${less})`
  );
}

/** What follows `sh assets/solve`. The script refuses names that could be orders to apt. */
export function solveArguments(request: SolveRequest): readonly string[] {
  const { directory, suite, architecture } = request;
  return [
    ...(request.recommends ? ['--recommends'] : []),
    '--base',
    basePattern(suite, architecture, request.exclude),
    directory,
    suite,
    architecture,
    ...request.names,
  ];
}

/** Standard input of `assets/solve`: deb822 sources, then apt preferences, which may be empty. */
export function solveInput(sources: string, preferences: string): string {
  return `${sources.trimEnd()}\n--- preferences ---\n${preferences}`;
}

function nearest(name: string, candidates: readonly string[]): readonly string[] {
  const limit = Math.max(2, Math.floor(name.length * 0.4));
  return candidates
    .map((candidate) => {
      const steps = distance(name, candidate);
      // A slip of the finger, a family such as openssh-*, then what merely looks alike.
      const close = steps <= 1 || candidate.startsWith(`${name}-`);
      const tier = close
        ? 0
        : steps <= 2
          ? 1
          : candidate.includes(name)
            ? 2
            : steps <= limit
              ? 3
              : 4;
      return { candidate, steps, tier };
    })
    .filter(({ tier }) => tier < 4)
    .sort((a, b) => a.tier - b.tier || a.steps - b.steps || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, nearestLimit)
    .map(({ candidate }) => candidate);
}

function parseSize(line: string | undefined): Solve {
  const size = /^size download (\d+) installed (\d+) packages (\d+)$/.exec(line ?? '');
  if (size === null) return { status: 'unchecked', detail: 'The sizes are missing.' };
  return {
    status: 'ok',
    packages: Number(size[3]),
    downloadBytes: Number(size[1]),
    installedBytes: Number(size[2]),
  };
}

/** Reads what `assets/solve` prints; its header says what each line means. */
export function parseSolve(stdout: string): Solve {
  const lines = stdout.split('\n');
  const after = (start: string): readonly string[] =>
    lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
  const [, word = '', words = ''] = /^status (\S+) ?(.*)$/.exec(lines[0] ?? '') ?? [];
  // The first line says it in one sentence, the others are apt's own.
  const detail = [...new Set([words, ...after('detail ')])].join('\n').trim();

  switch (word) {
    case 'ok':
      return parseSize(lines[1]);
    case 'unknown-names': {
      const candidates = after('candidate ');
      const providers = new Map(
        after('provider ').map((line) => {
          const [name = '', ...rest] = line.split(' ');
          return [name, rest.slice(0, nearestLimit)] as const;
        }),
      );
      const names = words
        .split(' ')
        .map((name) => ({ name, nearest: providers.get(name) ?? nearest(name, candidates) }));
      return { status: 'unknown', names };
    }
    case 'mirror-unreachable':
      return { status: 'mirror', detail };
    case 'conflict':
      return { status: 'conflict', detail };
    case 'unchecked':
      return { status: 'unchecked', detail };
    default:
      return { status: 'unchecked', detail: 'The check ended without an answer.' };
  }
}

import type { Attributes } from './effect.ts';
import type { Outcome } from './event.ts';
import type { Plan } from './plan.ts';

/**
 * What a run wrote down before it changed something of the server, so that it can be taken back:
 * the lines of runs/ID/originals.jsonl. Several lines may be about one thing; the first says how
 * it was before the run.
 */
export type Original =
  | PathOriginal
  | DirectoryOriginal
  | UnitOriginal
  | PackagesOriginal
  | SettingsOriginal;

/** What lies at a path: enough to tell whether somebody changed it, and to make it so again. */
export interface PathState extends Attributes {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Of a file. */
  readonly sha256: string | null;
  /** Of a link. */
  readonly target: string | null;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** A file or link that was made, changed or removed. */
export interface PathOriginal {
  readonly what: 'path';
  readonly path: string;
  /** null: nothing was there. */
  readonly before: PathState | null;
  /** Where the file of before is kept; null: there was none. */
  readonly copy: string | null;
  /** What the run was about to leave there; null: nothing. 'secrets': some more of them. */
  readonly wrote: PathState | null | 'secrets';
  /** The name of the secret. */
  readonly secret?: string;
  /** Directories above it that were not there, the uppermost first. */
  readonly made: readonly string[];
  /** Of a part of a file: what it was before, null for nothing, and what it was about to be. */
  readonly block?: {
    readonly marker: string;
    readonly before: string | null;
    readonly wrote: string | null;
  };
}

export interface DirectoryOriginal {
  readonly what: 'directory';
  readonly path: string;
  /** Where a link led to a directory, of that one. */
  readonly before: PathState | null;
  /** What the run was about to give it; null: it was about to remove it. */
  readonly wrote: Attributes | null;
  readonly made: readonly string[];
}

export interface UnitOriginal {
  readonly what: 'unit';
  readonly name: string;
  /** As systemctl(1) is-enabled says it, 'not-found' among them. */
  readonly enabled: string;
  readonly active: boolean;
  /** The run was about to change it; otherwise it only looked, before packages bring such units. */
  readonly changed: boolean;
}

export interface PackagesOriginal {
  readonly what: 'packages';
  /** Named in the plan, and not there before; the run was about to install them. */
  readonly missing: readonly string[];
  /** Every package that was there. */
  readonly installed: readonly string[];
  /** The run was about to remove these, which were there. */
  readonly removed: readonly string[];
}

/** /etc before packages came or went, and what they changed in it beside the steps of the plan. */
export interface SettingsOriginal {
  readonly what: 'settings';
  /** Where the copy of /etc is kept. */
  readonly copy: string;
  /** Written once they have come; null: not yet. */
  readonly changed: readonly { readonly path: string; readonly now: PathState | null }[] | null;
}

/** A run of the past, with all that undo asks of it. */
export interface PastRun {
  readonly id: string;
  readonly plan: Plan;
  /** 'broken-off': its engine is gone, and it said nothing of an end. */
  readonly outcome: Outcome | 'broken-off';
  readonly originals: readonly Original[];
}

/** How the things stand now that runs changed. */
export interface Present {
  /** By path; null: nothing is there. Directories that runs made or changed are among them. */
  readonly paths: Readonly<Record<string, PathState | null>>;
  /** By path, then by marker; null: no such part. */
  readonly blocks: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
  /** Names in directories that runs made; null: there is none. */
  readonly entries: Readonly<Record<string, readonly string[] | null>>;
  /**
   * Directories of versions and of their images, such as 'minimal/versions/1', below the trees'
   * place: what is put back may name others, which somebody deleted since.
   */
  readonly versions: readonly string[];
  /** Words of kept exports and boot files, by the path of the copy. */
  readonly kept: Readonly<Record<string, string>>;
  /**
   * 'ours': nothing in secrets.json was changed but by these runs; 'around': somebody added some;
   * 'changed': somebody changed those that were there before.
   */
  readonly secrets: 'ours' | 'around' | 'changed';
  /** By the kept copy of /etc: what is no longer as in it, `was` null where it is new. */
  readonly settings: Readonly<
    Record<
      string,
      readonly {
        readonly path: string;
        readonly was: PathState | null;
        readonly now: PathState | null;
      }[]
    >
  >;
}

/** Whether two are the same to whoever reads them; how old they are does not count. */
export function isAlike(one: PathState | null, other: PathState | null): boolean {
  if (one === null || other === null) return one === other;
  if (one.kind !== other.kind) return false;
  if (one.kind === 'link') return one.target === other.target;
  return (
    one.mode === other.mode &&
    one.owner === other.owner &&
    one.group === other.group &&
    one.sha256 === other.sha256
  );
}

import type { Place, PlacePath } from './place.ts';
import type { Argv, Text } from './text.ts';

/** Who owns a file and what may be done with it. Names are those of the place itself. */
export interface Attributes {
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
}

/**
 * The closed union of what a plan can do. Adding a kind costs four places (here, `describe`,
 * `inspect`, `perform`), and the compiler lists them.
 */
export type Effect =
  | FileEffect
  | BlockEffect
  | AbsentEffect
  | DirectoryEffect
  | LinkEffect
  | CopyEffect
  | SecretEffect
  | PackagesEffect
  | UnitEffect
  | RunEffect
  | PublishEffect
  | SettingsEffect;

export interface FileEffect extends Attributes {
  readonly kind: 'file';
  readonly place: Place;
  readonly path: string;
  readonly content: Text;
}

/** Lines of ours between two marker comments, in a file that belongs to someone else. */
export interface BlockEffect {
  readonly kind: 'block';
  readonly place: Place;
  readonly path: string;
  readonly marker: string;
  /** null: they and their markers shall not be there. */
  readonly content: string | null;
}

export interface AbsentEffect {
  readonly kind: 'absent';
  readonly place: Place;
  readonly path: string;
  /** It is a directory, which goes if nothing is in it, and stays otherwise. */
  readonly emptyDirectory?: true;
}

export interface DirectoryEffect extends Attributes {
  readonly kind: 'directory';
  readonly place: Place;
  readonly path: string;
}

/** A symbolic link, replaced in one rename. */
export interface LinkEffect {
  readonly kind: 'link';
  readonly place: Place;
  readonly path: string;
  readonly target: string;
}

/** From place to place: a kernel to the TFTP directory. Links at `from` are followed inside it. */
export interface CopyEffect extends Attributes {
  readonly kind: 'copy';
  readonly from: PlacePath;
  readonly place: Place;
  readonly path: string;
  /** When it was last modified, in milliseconds since 1970: an original is put back as it was. */
  readonly modified?: number;
}

/** A secret: where nobody gave it made once, kept in secrets.json, never made again. */
export interface SecretEffect {
  readonly kind: 'secret';
  readonly place: 'server';
  readonly name: string;
  /** It is somebody's, so nothing is made up: it must have been given, now or before. */
  readonly given?: true;
  /**
   * Undo: it shall be as in this copy of secrets.json on the server, and not there where it is not
   * in it; null: there was no such file. The other secrets are somebody's.
   */
  readonly before?: string | null;
}

export interface PackagesEffect {
  readonly kind: 'packages';
  readonly place: Place;
  readonly names: readonly string[];
  readonly recommends: boolean;
  /** They shall not be there, nor their settings; only on the server, and nothing else goes with them. */
  readonly purged?: true;
  /** Some of them take these along: they are copied away before. Only with `purged`. */
  readonly edited?: EditedSettings;
}

/** Paths below /etc that were there before packages came, and that somebody worked on since. */
export interface EditedSettings {
  readonly paths: readonly string[];
  /** The directory on the server where they are kept, each under its whole path. */
  readonly at: string;
}

export interface UnitEffect {
  readonly kind: 'unit';
  readonly place: Place;
  readonly name: string;
  readonly state: 'enabled' | 'disabled' | 'masked';
  /** Only on the server: a tree runs nothing while it is built. null leaves it as it is. */
  readonly running: 'started' | 'stopped' | null;
  /** Restart it when an effect before it in this step changed something. */
  readonly restartWhenChanged: boolean;
}

export interface RunEffect {
  readonly kind: 'run';
  readonly place: Place;
  readonly argv: Argv;
  /** How to tell that it need not run; null: trust the journal. */
  readonly unless: Check | null;
  readonly stdin?: Text;
  readonly progress?: 'apt' | 'mmdebstrap' | 'copy';
  /**
   * It makes a service read its files again, and does nothing else: when undo has put these
   * files back, it runs once more.
   */
  readonly rereads?: true;
}

/** Makes a numbered version of the draft. A number is never used again (design.md 4, versions). */
export interface PublishEffect {
  readonly kind: 'publish';
  readonly place: Place;
  readonly tree: string;
  readonly version: number;
}

/**
 * /etc as it is in a copy that a run kept before it installed packages. They bring accounts and
 * files with them, and some take along what was not theirs: nfs-kernel-server that is purged
 * takes /etc/exports, whoever wrote it (its postrm).
 */
export interface SettingsEffect {
  readonly kind: 'settings';
  readonly place: 'server';
  /** The copy, on the server. */
  readonly from: string;
  /** Changed by the packages when they came: become what they were. */
  readonly back: readonly string[];
  /** Came with the packages: shall not be there. */
  readonly gone: readonly string[];
  /**
   * Whatever else is in the copy and not in /etc was taken along, and comes back; but not these,
   * which somebody else removed, or another step.
   */
  readonly except: readonly string[];
  /** These too, but as they were when the packages went. */
  readonly edited: EditedSettings;
}

/** How to tell, without changing anything, that a command need not run. */
export type Check =
  | { readonly kind: 'exists'; readonly at: PlacePath }
  | { readonly kind: 'succeeds'; readonly place: Place; readonly argv: Argv };

type Owned = Partial<Attributes>;
const attributes = (given: Owned, mode: number): Attributes => ({
  mode: given.mode ?? mode,
  owner: given.owner ?? 'root',
  group: given.group ?? 'root',
});

export function file(place: Place, path: string, content: Text, given: Owned = {}): FileEffect {
  return { kind: 'file', place, path, content, ...attributes(given, 0o644) };
}

export function givenSecret(name: string): SecretEffect {
  return { kind: 'secret', place: 'server', name, given: true };
}

export function directory(place: Place, path: string, given: Owned = {}): DirectoryEffect {
  return { kind: 'directory', place, path, ...attributes(given, 0o755) };
}

export function absent(place: Place, path: string): AbsentEffect {
  return { kind: 'absent', place, path };
}

export function noEmptyDirectory(place: Place, path: string): AbsentEffect {
  return { kind: 'absent', place, path, emptyDirectory: true };
}

export function purged(names: readonly string[], edited?: EditedSettings): PackagesEffect {
  const effect = { kind: 'packages', place: 'server', names, recommends: false } as const;
  return { ...effect, purged: true, ...(edited === undefined ? {} : { edited }) };
}

export function link(place: Place, path: string, target: string): LinkEffect {
  return { kind: 'link', place, path, target };
}

export function copy(
  from: PlacePath,
  place: Place,
  path: string,
  given: Owned & Pick<CopyEffect, 'modified'> = {},
): CopyEffect {
  const { modified } = given;
  const owned = attributes(given, 0o644);
  return {
    kind: 'copy',
    from,
    place,
    path,
    ...owned,
    ...(modified === undefined ? {} : { modified }),
  };
}

export function packages(
  place: Place,
  names: readonly string[],
  recommends = false,
): PackagesEffect {
  return { kind: 'packages', place, names, recommends };
}

export function unit(
  place: Place,
  name: string,
  state: UnitEffect['state'],
  given: Partial<Pick<UnitEffect, 'running' | 'restartWhenChanged'>> = {},
): UnitEffect {
  return {
    kind: 'unit',
    place,
    name,
    state,
    running: given.running ?? null,
    restartWhenChanged: given.restartWhenChanged ?? false,
  };
}

export function run(
  place: Place,
  argv: Argv,
  given: Partial<Pick<RunEffect, 'unless' | 'stdin' | 'progress' | 'rereads'>> = {},
): RunEffect {
  const { unless = null, ...rest } = given;
  return { kind: 'run', place, argv, unless, ...rest };
}

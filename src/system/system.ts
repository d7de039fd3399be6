import type { Attributes } from '../core/effect.ts';
import type { Place, PlacePath } from '../core/place.ts';
import type { Argv } from '../core/text.ts';

/** What lies at a path, without following a link there. */
export interface Entry extends Attributes {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly size: number;
  /** Where a link points. */
  readonly target: string | null;
}

export interface Ran {
  /** 128 + the signal's number when a signal ended it; 127 when there is no such command. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly stdin?: string;
  readonly line?: (line: string, from: 'stdout' | 'stderr') => void;
  readonly signal?: AbortSignal;
  /** Seconds, after which it is killed. */
  readonly patience?: number;
  /** In a process and mount namespace of its own: nothing it starts or mounts outlives it. Trees always are. */
  readonly confined?: boolean;
  /** Services that packages bring are not started. Only with `confined`. */
  readonly heldServices?: boolean;
  /** A network namespace with nothing but its own loopback. Trees and workshops only. */
  readonly privateNetwork?: boolean;
  /** /dev/kvm and /dev/net/tun inside. Workshops only. */
  readonly devices?: boolean;
  /** The package archives of a suite, shared by its trees, on /var/cache/apt/archives. */
  readonly packageCache?: string;
  readonly binds?: readonly {
    readonly from: PlacePath;
    readonly to: string;
    readonly readOnly: boolean;
  }[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Lines are handed over and not kept: for long output. */
  readonly unbuffered?: boolean;
}

export interface Holder {
  readonly pid: number;
  /** Clock ticks since the machine started (proc(5) stat, field 22): tells a pid from its reuse. */
  readonly startTime: string;
  readonly command: string;
  readonly since: string;
}

/**
 * The only door to the machine. Paths are those of the place; the system finds the place on disk
 * and never follows a link out of a tree. Expected faults arrive as ProblemError.
 */
export interface System {
  readonly kind: 'host' | 'pretend' | 'fake';
  /** '/' or the directory of --root that everything is put under. */
  readonly root: string;
  readonly isRoot: boolean;
  /** null: nothing is there. */
  stat(place: Place, path: string): Promise<Entry | null>;
  /** Text of a file, following links inside the place; null: nothing is there. */
  read(place: Place, path: string): Promise<string | null>;
  /** Names in a directory, sorted; null: there is none. */
  list(place: Place, path: string): Promise<readonly string[] | null>;
  /** SHA-256 in hexadecimal of a file, following links inside the place; null: nothing is there. */
  hash(place: Place, path: string): Promise<string | null>;
  /** Whole or not at all; makes the directories above it. */
  write(place: Place, path: string, content: string, attributes: Attributes): Promise<void>;
  /** Adds to the end and waits until the disk has it. */
  append(place: Place, path: string, content: string, mode: number): Promise<void>;
  makeDirectory(place: Place, path: string, attributes: Attributes): Promise<void>;
  link(place: Place, path: string, target: string): Promise<void>;
  /** A file or link; not a directory. */
  remove(place: Place, path: string): Promise<void>;
  copy(from: PlacePath, place: Place, path: string, attributes: Attributes): Promise<void>;
  exec(place: Place, argv: Argv, options?: ExecOptions): Promise<Ran>;
  /** null: nobody gave or made it. */
  secret(name: string): Promise<string | null>;
  /** Whether it is kept on this server, as it is: not only given for this run, or given anew. */
  secretIsKept(name: string): Promise<boolean>;
  keepSecret(name: string, value: string): Promise<void>;
  /** Unguessable text of letters and digits. */
  randomText(length: number): string;
  /** Takes the site's lock. Throws a ProblemError that names the holder. */
  lock(command: string): Promise<() => Promise<void>>;
  /** Who holds it now; null: nobody who is alive. */
  lockHolder(): Promise<Holder | null>;
  now(): Date;
}

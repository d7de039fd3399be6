import type {
  DirectoryAnswer,
  DirectoryLogin,
  DirectoryQuestion,
  LoginAnswer,
} from '../core/directory.ts';
import type { Attributes } from '../core/effect.ts';
import { say } from '../core/message.ts';
import type { Place, PlacePath } from '../core/place.ts';
import { ProblemError } from '../core/problem.ts';
import type { Argv } from '../core/text.ts';

/** What lies at a path, without following a link there. */
export interface Entry extends Attributes {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly size: number;
  /** Where a link points. */
  readonly target: string | null;
  /** When it was last modified, in whole milliseconds since 1970. */
  readonly modified: number;
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
  /** The run whose engine this is; null: a shell in a tree, or a client that boots. */
  readonly run: string | null;
}

/** What the second one is told. */
export function locked(holder: Holder): ProblemError {
  return new ProblemError({
    code: 'run/locked',
    summary: say('another run is at work here: `{command}`, process {pid}, since {since}', {
      command: holder.command,
      pid: holder.pid,
      since: holder.since,
    }),
    remedy:
      holder.run === null
        ? say('wait until it is done, then run the same command again')
        : say('see it with `sidus attach`, or end it with `sidus stop`; then run this again'),
  });
}

/** Lines that were added to a file. */
export interface Added {
  readonly text: string;
  /** The byte behind them: where to go on reading. */
  readonly next: number;
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
  /** null: nothing is there. `followLast`: of what a link there leads to, inside the place. */
  stat(place: Place, path: string, followLast?: boolean): Promise<Entry | null>;
  /** Text of a file, following links inside the place; null: nothing is there. */
  read(place: Place, path: string): Promise<string | null>;
  /**
   * Lines from a byte of a file on, not always all at once; none: `next` is `offset`. Whole lines
   * only: one that is still being written comes when it is whole. null: nothing is there.
   */
  readFrom(place: Place, path: string, offset: number): Promise<Added | null>;
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
  /** One with something in it stays. Says whether nothing is there any more. */
  removeEmptyDirectory(place: Place, path: string): Promise<boolean>;
  /** With `modified`, it seems to be as old as that: milliseconds since 1970. */
  copy(
    from: PlacePath,
    place: Place,
    path: string,
    attributes: Attributes & { readonly modified?: number },
  ): Promise<void>;
  exec(place: Place, argv: Argv, options?: ExecOptions): Promise<Ran>;
  /** null: nobody gave or made it. */
  secret(name: string): Promise<string | null>;
  /** Whether it is kept on this server, as it is: not only given for this run, or given anew. */
  secretIsKept(name: string): Promise<boolean>;
  /** null: it is kept no longer. */
  keepSecret(name: string, value: string | null): Promise<void>;
  /** A secret for as long as this lasts, and for the engines that it launches; it is kept nowhere. */
  giveSecret(name: string, value: string): void;
  /** Asks a directory, seconds at most. What goes wrong is in the answer; secrets come from here. */
  askDirectory(question: DirectoryQuestion, signal?: AbortSignal): Promise<DirectoryAnswer>;
  /** Looks for a user in a directory, and tries their password, which is kept nowhere. */
  tryLogin(
    question: DirectoryQuestion,
    login: DirectoryLogin,
    signal?: AbortSignal,
  ): Promise<LoginAnswer>;
  /** Unguessable text of letters and digits. */
  randomText(length: number): string;
  /** Takes the site's lock, for the engine of a run or for something else. Throws `locked`. */
  lock(command: string, run?: string): Promise<() => Promise<void>>;
  /** Who holds it now; null: nobody who is alive. */
  lockHolder(): Promise<Holder | null>;
  /**
   * Starts the engine of a run as a process of its own, which outlives this one. Settles once it
   * holds the lock or has said something. A machine in memory has one process: it calls `here`.
   */
  launch(run: string, here: () => Promise<unknown>): Promise<void>;
  now(): Date;
  /** Lets a moment pass, such as between two looks. */
  pause(milliseconds: number): Promise<void>;
}

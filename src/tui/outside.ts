import type { Preferences } from '../core/preferences.ts';
import type { Rehearsal, RehearsalEvent, VirtualClient } from '../rehearsal/virtual-client.ts';
import type { Session } from '../runner/session.ts';

/** What screens may do outside: the only things main.ts hands over. */
export interface Outside {
  /** On a server in memory: said on every screen. */
  readonly pretending: boolean;
  readonly version: string;
  /** An ordinary user only looks around. */
  readonly isRoot: boolean;
  /** Neither mirror nor network is asked anything. */
  readonly offline: boolean;
  /** By the server's clock; a pretended one has its own. */
  now(): Date;
  /** The root of --root, '/' otherwise. */
  readonly root: string;
  open(root: string): Opened;
  /** The presets that come with sidus: their names. */
  presets(): Promise<readonly string[]>;
  /** The text of a preset; null: there is none. */
  preset(name: string): Promise<string | null>;
  /** Throws where there is a file already: nothing of anybody's is overwritten. */
  writeNewFile(path: string, text: string): Promise<void>;
  readonly preferences: Preferences;
}

/** A server at a root, and what can be done with it. */
export interface Opened {
  readonly session: Session;
  boot(client: VirtualClient, emit: (event: RehearsalEvent) => void): Promise<Rehearsal>;
  /** A shell in the cord of a draft, at this terminal. Its exit status. */
  shell(tree: string, argv: readonly string[]): Promise<number>;
}

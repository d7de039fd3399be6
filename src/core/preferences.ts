import type { Problem } from './problem.ts';

/** Answers that a person has not acted on yet. They hold no secrets: those have no answers. */
export interface Draft {
  readonly schema: 1;
  readonly savedAt: string;
  /** '/' or the directory of --root; 'pretend' for a server in memory. */
  readonly root: string;
  readonly preset: string | null;
  readonly tree: string;
  readonly answers: unknown;
  readonly screen: string;
  /** Topics that were confirmed. */
  readonly done: readonly string[];
}

/** null: as the terminal seems to want it. */
export interface Look {
  readonly unicode: boolean | null;
  readonly colour: boolean | null;
}

export interface Remembered {
  /** By root. */
  readonly drafts: Readonly<Record<string, Draft>>;
  readonly look: Look;
  readonly lastTree: string | null;
  /** What went wrong with remembering; nothing else is kept from going on. */
  readonly said: readonly Problem[];
  /** The newest draft of the person behind sudo, a real one before a pretended one. It is theirs: never written to. */
  readonly offered: Draft | null;
}

/** What is a person's own, and no part of any site. */
export interface Preferences {
  /** To be called first. */
  load(): Promise<Remembered>;
  /** In a moment: who types does not wait for a disk. */
  keep(draft: Draft): void;
  forget(root: string): Promise<void>;
  keepLook(look: Look): void;
  flush(): Promise<void>;
  /** For the ways out of the program. */
  flushNow(): void;
  /** Hears of what goes wrong after `load`, once. */
  listen(listener: (problem: Problem) => void): void;
}

import type { Problem } from './problem.ts';

/** stub */
export interface Draft {
  readonly schema: 1;
  readonly savedAt: string;
  readonly root: string;
  readonly preset: string | null;
  readonly tree: string;
  readonly answers: unknown;
  readonly screen: string;
  readonly done: readonly string[];
}
export interface Look {
  readonly unicode: boolean | null;
  readonly colour: boolean | null;
}
export interface Preferences {
  load(): Promise<{
    readonly drafts: Readonly<Record<string, Draft>>;
    readonly look: Look;
    readonly lastTree: string | null;
    readonly said: readonly Problem[];
    readonly offered: Draft | null;
  }>;
  keep(draft: Draft): void;
  forget(root: string): Promise<void>;
  keepLook(look: Look): void;
  flush(): Promise<void>;
  flushNow(): void;
}

import type { Session } from '../runner/session.ts';
import type { Boot, LoginInDraft } from './boot.ts';

/** What a command may do outside: the only things main.ts hands over. */
export interface Outside {
  /** Standard output. */
  say(text: string): void;
  /** Standard error. */
  complain(text: string): void;
  /** null: there is no such file. Throws a ProblemError when it is too large. */
  readFile(path: string): Promise<string | null>;
  writeFile(path: string, text: string): Promise<void>;
  readStdin(): Promise<string>;
  /** The presets that come with sidus: name and text. */
  preset(name: string): Promise<string | null>;
  presets(): Promise<readonly string[]>;
  /** Whether standard output is a terminal that can redraw a line. */
  readonly terminal: boolean;
  /** A line that a person types; null: there is nobody to ask. */
  ask(question: string): Promise<string | null>;
  /** The same, of what nobody may see; '': nothing was typed, or Ctrl-C. */
  askUnseen(question: string): Promise<string | null>;
  /** Colour, where it is wanted: never the only sign of anything. */
  paint(colour: 'red' | 'green' | 'yellow', text: string): string;
  /** Aborted by Ctrl-C, by TERM, and when the terminal goes. */
  readonly signal: AbortSignal;
  /** Whoever watches a run leaves it at once: the terminal goes, or a second Ctrl-C. */
  readonly leave: AbortSignal;
  open(given: Opening): Opened;
  /** Screens, on a terminal that can show them: their exit code. null: there is no such terminal. */
  screens(given: Opening, first: FirstScreen): Promise<number | null>;
  readonly isRoot: boolean;
  /** Of this sidus. */
  readonly version: string;
  /** As it was typed, for the lock and the journal. */
  readonly commandLine: string;
}

export interface Opening {
  readonly root: string;
  readonly cache: string | null;
  readonly secrets: Readonly<Record<string, string>>;
  /** In memory, changing nothing; with a word of the command that shall fail, or null. */
  readonly pretend: { readonly failing: string | null } | null;
}

export interface Opened {
  readonly session: Session;
  readonly boot: Boot;
  readonly loginInDraft: LoginInDraft;
  /** A shell in the cord of a draft, at this terminal. Its exit status. */
  shell(tree: string, argv: readonly string[]): Promise<number>;
}

/** Which screen comes first, and what it begins with. */
export type FirstScreen =
  /** The dashboard where there is a tree, the wizard otherwise. */
  | { readonly kind: 'home' }
  | { readonly kind: 'start' }
  | {
      readonly kind: 'answers';
      readonly preset: string | null;
      readonly answers: unknown;
      readonly original: string | null;
    }
  | { readonly kind: 'dashboard' }
  | { readonly kind: 'attach'; readonly run: string | null };

import type { Progress } from '../core/event.ts';
import { rootWords } from '../planner/quote.ts';
import type { Session } from '../runner/session.ts';
import type { Boot, LoginInDraft } from './boot.ts';
import type { Opening, Outside } from './outside.ts';
import type { ProgressStyle } from './printer.ts';

/** What every command takes (design.md 6). */
export interface CommonOptions {
  readonly json?: boolean;
  readonly root?: string;
  readonly cache?: string;
  readonly secrets?: string;
  readonly progress?: ProgressStyle;
  readonly pretend?: boolean;
  readonly fail?: string;
}

/** What every command is given. */
export interface Common {
  readonly outside: Outside;
  readonly root: string;
  /** What `session` was opened with: screens open it again. */
  readonly opening: Opening;
  readonly session: Session;
  readonly boot: Boot;
  readonly loginInDraft: LoginInDraft;
  shell(tree: string, argv: readonly string[]): Promise<number>;
}

/** What a remedy is pasted with where --root was given; it is empty where it was not. */
export function rootOption({ root }: Pick<Common, 'root'>): string {
  return rootWords(root);
}

export const exit = {
  done: 0,
  failed: 1,
  wrong: 2,
  pending: 3,
  bug: 70,
  hungUp: 129,
  cancelled: 130,
} as const;

/** The exit code of what came of a run. */
export function exitOfRun({ outcome, problem }: Pick<Progress, 'outcome' | 'problem'>): number {
  if (outcome === 'ok') return exit.done;
  if (problem?.code === 'run/bug') return exit.bug;
  return outcome === 'cancelled' ? exit.cancelled : exit.failed;
}

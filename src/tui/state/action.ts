import type { Finding } from '../../core/client-report.ts';
import type { DirectoryLogin, DirectoryQuestion, LoginAnswer } from '../../core/directory.ts';
import type { Event } from '../../core/event.ts';
import type { Facts } from '../../core/fact.ts';
import type { Message } from '../../core/message.ts';
import type { Overview } from '../../core/overview.ts';
import type { Plan } from '../../core/plan.ts';
import type { Draft } from '../../core/preferences.ts';
import type { Problem } from '../../core/problem.ts';
import type { Rehearsal, RehearsalEvent } from '../../rehearsal/virtual-client.ts';
import type { KeyPress } from '../key-press.ts';
import type { Opening } from './opening.ts';
import type { Look, Planned, Start, State, Tried } from './state.ts';

/** What happened: a key, or an answer to a wish. */
export type Action =
  | { readonly type: 'key'; readonly key: KeyPress }
  | { readonly type: 'opened'; readonly screen: 'dashboard' }
  | { readonly type: 'look-kept'; readonly look: Look }
  | { readonly type: 'answers-given'; readonly opening: Extract<Opening, { kind: 'answers' }> }
  | { readonly type: 'resized'; readonly columns: number; readonly rows: number }
  | { readonly type: 'tick'; readonly now: number }
  | { readonly type: 'start-known'; readonly start: Partial<Start> }
  /** More of them, by which answers are found out: who types goes on. */
  | { readonly type: 'found-out'; readonly root: string; readonly facts: Facts }
  | { readonly type: 'facts-known'; readonly root: string; readonly facts: Facts }
  | { readonly type: 'checked'; readonly revision: number; readonly problems: readonly Problem[] }
  | { readonly type: 'tried'; readonly at: string; readonly tried: Tried | null }
  | { readonly type: 'offered'; readonly id: string; readonly names: readonly string[] | null }
  | { readonly type: 'kept'; readonly at: number }
  | { readonly type: 'not-kept'; readonly problem: Problem }
  | { readonly type: 'noticed'; readonly notice: Message | Problem }
  | { readonly type: 'file-saved'; readonly path: string }
  | { readonly type: 'file-refused'; readonly problem: Problem }
  /** `revision`: of the answers that it was made of; null for a chore. */
  | { readonly type: 'site-planned'; readonly plan: Planned; readonly revision: number | null }
  /** A rehearsal needs something first. */
  | { readonly type: 'preparation-planned'; readonly plan: Planned }
  | {
      readonly type: 'run-begun';
      readonly run: string;
      readonly plan: Plan;
      readonly durations: ReadonlyMap<string, number>;
      readonly attached: boolean;
    }
  | {
      readonly type: 'login-tried';
      readonly attempt: number;
      readonly user: string;
      readonly answer: LoginAnswer;
    }
  | { readonly type: 'begin-refused'; readonly problems: readonly Problem[] }
  /** `run`: whose they are; those of another than the one on the screen are dropped. */
  | { readonly type: 'events'; readonly run: string; readonly events: readonly Event[] }
  | {
      readonly type: 'rehearsal-begun';
      readonly boot: number;
      readonly tree: string;
      readonly version: number;
    }
  | {
      readonly type: 'rehearsal-events';
      readonly boot: number;
      readonly events: readonly RehearsalEvent[];
    }
  | {
      readonly type: 'rehearsed';
      readonly boot: number;
      readonly rehearsal: Rehearsal;
      readonly findings: readonly Finding[];
    }
  | { readonly type: 'rehearsal-failed'; readonly problem: Problem }
  | { readonly type: 'overlooked'; readonly overview: Overview };

/** What the reducer wants done outside; the conductor does it and answers with actions. */
export type Wish =
  | { readonly wish: 'look-around' }
  /** To the dashboard, if there is a tree. */
  | { readonly wish: 'find-home' }
  | { readonly wish: 'gather-facts'; readonly root: string }
  /** Look at the answers as they are now, on the outside. */
  | { readonly wish: 'check-answers' }
  | { readonly wish: 'offer'; readonly path: string }
  | {
      readonly wish: 'try-login';
      readonly root: string;
      readonly question: DirectoryQuestion;
      readonly login: DirectoryLogin;
      readonly attempt: number;
    }
  | {
      readonly wish: 'give-secret';
      readonly root: string;
      readonly name: string;
      readonly value: string;
    }
  | { readonly wish: 'keep-answers'; readonly draft: Draft }
  | { readonly wish: 'set-aside'; readonly draft: Draft }
  | { readonly wish: 'forget-answers'; readonly root: string }
  | { readonly wish: 'keep-look' }
  | { readonly wish: 'make-plan' }
  | { readonly wish: 'make-chore'; readonly chore: Chore }
  | { readonly wish: 'begin-run'; readonly plan: Plan; readonly root: string }
  | { readonly wish: 'attach'; readonly run: string | null }
  | { readonly wish: 'stop-run'; readonly how: 'after-step' | 'now' }
  | { readonly wish: 'rehearse'; readonly tree: string }
  | { readonly wish: 'stop-rehearsal' }
  | { readonly wish: 'shell'; readonly tree: string; readonly root: string }
  | { readonly wish: 'save-file'; readonly path: string; readonly text: string }
  | { readonly wish: 'overlook' }
  | { readonly wish: 'redraw' }
  | { readonly wish: 'exit'; readonly code: number; readonly words: readonly string[] };

/** Small plans of an administrator, reached from the dashboard. */
export type Chore =
  | { readonly kind: 'publish'; readonly tree: string }
  | { readonly kind: 'switch'; readonly tree: string; readonly version: number }
  | { readonly kind: 'delete'; readonly tree: string; readonly version: number }
  | { readonly kind: 'apply' };

export interface Step {
  readonly state: State;
  readonly wishes: readonly Wish[];
}

export const to = (state: State, ...wishes: readonly Wish[]): Step => ({ state, wishes });

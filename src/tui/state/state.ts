import type { Finding } from '../../core/client-report.ts';
import type { Progress } from '../../core/event.ts';
import type { Facts } from '../../core/fact.ts';
import type { Message } from '../../core/message.ts';
import type { Overview } from '../../core/overview.ts';
import type { Plan, StepId } from '../../core/plan.ts';
import type { Draft } from '../../core/preferences.ts';
import type { Problem } from '../../core/problem.ts';
import type { Report } from '../../core/report.ts';
import type { Verdict } from '../../core/trial.ts';
import type { Site } from '../../features/index.ts';
import type { Completed } from '../../planner/complete.ts';
import type { FileChange } from '../../planner/difference.ts';
import type { HostRow } from '../../planner/host-check.ts';
import type { Rehearsal, Stage } from '../../rehearsal/virtual-client.ts';
import type { TextEdit } from '../text-edit.ts';
import type { LogWindow } from './log-window.ts';
import type { Trying } from './login.ts';
import type { AskedSecret } from './secret.ts';

export interface Look {
  readonly unicode: boolean;
  readonly colour: boolean;
}

export type ScreenName =
  | 'start'
  | 'presets'
  | 'questions'
  | 'plan'
  | 'run'
  | 'failure'
  | 'rehearsal'
  | 'done'
  | 'dashboard';

/** What lies over a screen; Esc takes it away. */
export type Overlay =
  | { readonly kind: 'keys'; readonly top: number }
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'topics'; readonly index: number }
  | { readonly kind: 'picker'; readonly picker: Picker }
  | { readonly kind: 'quit'; readonly index: number }
  | { readonly kind: 'stop'; readonly index: number }
  | { readonly kind: 'login'; readonly trying: Trying }
  | { readonly kind: 'secret'; readonly asked: AskedSecret }
  | {
      /** A path that something is saved under. */
      readonly kind: 'save';
      readonly what: 'script' | 'answers';
      readonly edit: TextEdit;
      readonly problem: Problem | null;
    };

/** Choosing from a list, or making one. */
export interface Picker {
  /** Of the question. */
  readonly path: string;
  readonly several: boolean;
  readonly filter: TextEdit;
  /** Taken when the filter was last touched: they stand first, and stay there while one chooses. */
  readonly first: readonly string[];
  /** Of the rows shown. */
  readonly index: number;
}

/** What the wizard edits, and how it stands. */
export interface Wizard {
  readonly root: string;
  /** 'trees': a rehearsal of a preset, which serves nobody. */
  readonly scope: 'all' | 'trees';
  readonly preset: string | null;
  readonly tree: string;
  readonly base: unknown;
  readonly baseName: Message;
  /** The text that `base` came from, for its comments. */
  readonly original: string | null;
  readonly own: unknown;
  /** Which form, by its path, and inside it which records. */
  readonly stack: readonly Place[];
  /** Topics that a person has been through. */
  readonly seen: readonly string[];
  /** The field being typed into; null: the question in focus takes no text. */
  readonly edit: TextEdit | null;
  /** null: not gathered yet. */
  readonly facts: Facts | null;
  readonly completed: Completed | null;
  /** What the answers together have wrong, as far as that was looked at. */
  readonly siteProblems: readonly Problem[];
  /** By the path of the answer. */
  readonly trials: Readonly<Record<string, Tried>>;
  /** Names that the outside offers, by the id of their fact; null: being asked. */
  readonly offers: Readonly<Record<string, readonly string[] | null>>;
  /** Its trees are built as these answers want them, and a client was booted or left out. */
  readonly built: boolean;
  /** Counts changes of answers: what was found out for an older one is dropped. */
  readonly revision: number;
}

/** A form of questions, or the list of its records where `list` is a question's key. */
export interface Place {
  readonly path: string;
  readonly list: string | null;
  readonly focus: number;
}

export type Tried = { readonly title: Message; readonly verdict: Verdict | 'asking' };

export interface Start {
  /** null: being looked at. */
  readonly rows: readonly HostRow[] | null;
  readonly presets: readonly PresetChoice[];
  /** Answers of earlier, the newest first. */
  readonly drafts: readonly KeptAnswers[];
  /** There is a site here already. */
  readonly site: { readonly text: string; readonly trees: readonly string[] } | null;
  readonly index: number;
}

/** `borrowed`: of the person behind sudo; it is theirs, and never written to. */
export interface KeptAnswers {
  readonly draft: Draft;
  readonly borrowed: boolean;
}

export interface PresetChoice {
  readonly name: string;
  readonly about: string;
  readonly text: string;
}

/** A plan that is being looked at. */
export interface Planned {
  /**
   * 'build': the tree of the answers, before anything is served. 'site': all of the answers.
   * 'chore': of an administrator. 'rehearsal': what a virtual client needs first.
   */
  readonly purpose: 'build' | 'site' | 'chore' | 'rehearsal';
  /** Which tree it is about. */
  readonly tree: string | null;
  /** null: being made. */
  readonly plan: Plan | null;
  readonly site: Site | null;
  readonly problems: readonly Problem[];
  readonly report: Report | null;
  readonly changes: Readonly<Record<string, FileChange>>;
  /** Seconds that each step took before, where known. */
  readonly durations: ReadonlyMap<string, number>;
  readonly sizes: { readonly download: number; readonly installed: number } | null;
  /** Rows that are folded open. */
  readonly open: readonly string[];
  readonly index: number;
  readonly typed: TextEdit | null;
}

/** What a run is for, and where: fixed when it is asked for, whatever is looked at later. */
export interface Aim {
  readonly purpose: Planned['purpose'];
  readonly root: string;
  readonly tree: string | null;
}

export interface Running {
  readonly aim: Aim;
  readonly run: string;
  readonly plan: Plan;
  readonly progress: Progress;
  readonly log: LogWindow;
  /** Milliseconds of the server's clock. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly stepStartedAt: number | null;
  readonly took: Readonly<Record<StepId, number>>;
  readonly durations: ReadonlyMap<string, number>;
  readonly silentSeconds: number;
  readonly lastLines: readonly string[];
  readonly stopping: 'after-step' | 'now' | null;
  /** Only looked at: what comes after it is not this screen's business. */
  readonly attached: boolean;
  /** The whole screen for the log. */
  readonly wholeLog: boolean;
  /** Of the list of steps. */
  readonly index: number;
}

export interface Rehearsing {
  /** Which boot: what an earlier one still says is not shown. */
  readonly boot: number;
  readonly tree: string;
  readonly version: number | null;
  readonly stages: readonly { readonly stage: Stage; readonly seconds: number }[];
  readonly console: LogWindow;
  readonly notes: readonly Message[];
  readonly startedAt: number;
  readonly result: { readonly rehearsal: Rehearsal; readonly findings: readonly Finding[] } | null;
  readonly problem: Problem | null;
  readonly index: number;
}

export interface State {
  readonly size: { readonly columns: number; readonly rows: number };
  readonly look: Look;
  readonly pretending: boolean;
  readonly isRoot: boolean;
  readonly version: string;
  /** The root of --root; '/' is the server itself. */
  readonly root: string;
  /** Milliseconds of the server's clock. */
  readonly now: number;
  /** When the answers were last kept; null: nothing to keep yet. */
  readonly savedAt: number | null;
  /** Whether answers can be kept at all. */
  readonly keeping: boolean;
  readonly screen: ScreenName;
  readonly overlay: Overlay | null;
  /** Said in the reserved line until the next key. */
  readonly notice: Message | Problem | null;
  readonly start: Start;
  readonly wizard: Wizard | null;
  readonly planned: Planned | null;
  readonly running: Running | null;
  /** A run was asked for, and has not begun: not asked for twice. */
  readonly beginning: Aim | null;
  readonly rehearsing: Rehearsing | null;
  /** How many wizards were begun: what was found out for another is dropped. */
  readonly began: number;
  /** Of the menus of failure and done. */
  readonly menuIndex: number;
  /** Lines that the window over a long screen was moved by. */
  readonly scroll: number;
  readonly overview: Overview | null;
  readonly dashboardIndex: number;
}

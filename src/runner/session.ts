import type { DirectoryLogin, DirectoryQuestion, LoginAnswer } from '../core/directory.ts';
import { advance, type Event, nothingYet, type Progress } from '../core/event.ts';
import type { Fact, Facts } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { Original, PastRun, Present } from '../core/original.ts';
import type { OverviewRun } from '../core/overview.ts';
import type { Plan, StepId } from '../core/plan.ts';
import { ProblemError } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { type Holder, locked, type System } from '../system/system.ts';
import { askToStop, executeRun, keepRequest, planOf, type Stop, sayNoSpace } from './engine.ts';
import { follow } from './follow.ts';
import { gather } from './gather.ts';
import { missingSecrets, notGiven } from './given-secrets.ts';
import { pastRuns, presentOf } from './history.ts';
import { inspectPlan } from './inspect.ts';
import { type Removal, removalOf } from './installed.ts';
import {
  type Asked,
  brokenSteps,
  finishedSteps,
  mayHaveBeenDone,
  noteWorkByHand,
  readJournal,
  runDirectory,
  workedOnSince,
} from './journal.ts';
import { type LastRuns, lastRuns } from './last-runs.ts';
import { pastDurations } from './past-durations.ts';
import { nextRunId } from './run-id.ts';

/**
 * All that the program can do. Every screen and every command is a client of this, so that
 * neither can do more than the other.
 */
export class Session {
  readonly #system: System;
  readonly #signal: AbortSignal | undefined;
  #values: ReadonlyMap<string, unknown> = new Map();
  /** Counts how often all was forgotten: what was being learnt meanwhile is of before. */
  #forgotten = 0;

  /** `signal` breaks off what only looks; a run is given its own. */
  constructor(system: System, signal?: AbortSignal) {
    this.#system = system;
    this.#signal = signal;
  }

  /** Learns these facts beside those already known. */
  async gather(wanted: readonly Fact<unknown>[]): Promise<Facts> {
    const begun = this.#forgotten;
    const { facts, values } = await gather(wanted, this.#system, this.#values, this.#signal);
    this.#unlessStopped();
    // Another question may have been answered meanwhile.
    if (begun === this.#forgotten) this.#values = new Map([...this.#values, ...values]);
    return facts;
  }

  /** These facts as they are now, and nothing kept: for what changes by itself. */
  async look(wanted: readonly Fact<unknown>[]): Promise<Facts> {
    const { facts } = await gather(wanted, this.#system, undefined, this.#signal);
    this.#unlessStopped();
    return facts;
  }

  /** What was being looked at when a person stopped it was not seen. */
  #unlessStopped(): void {
    if (this.#signal?.aborted === true) {
      throw new ProblemError({
        code: 'request/stopped',
        summary: say('stopped before anything was changed'),
        remedy: say('run the same command again'),
      });
    }
  }

  /** Makes the next `gather` look again: after a run the world is another. */
  forget(): void {
    this.#forgotten += 1;
    this.#values = new Map();
  }

  async inspect(plan: Plan): Promise<Report> {
    const journal = await readJournal(this.#system);
    return inspectPlan(plan, this.#system, finishedSteps(plan, journal), brokenSteps(journal));
  }

  /** Whether a draft was worked on since its last version was made, as far as the journal knows. */
  async draftIsAhead(plan: Plan, tree: string): Promise<boolean> {
    return workedOnSince(await readJournal(this.#system), tree, buildSteps(plan, tree));
  }

  /** As `draftIsAhead`, of several trees, reading the journal once. */
  async draftsAhead(plan: Plan, trees: readonly string[]): Promise<readonly string[]> {
    const lines = (await readJournal(this.#system)).split('\n');
    return trees.filter((tree) => {
      const own = lines.filter((line) => line.includes(`/${tree}/`)).join('\n');
      return workedOnSince(own, tree, buildSteps(plan, tree));
    });
  }

  /** Says that somebody works on a draft by hand, before they do. */
  noteWorkByHand(tree: string): Promise<void> {
    return noteWorkByHand(tree, this.#system);
  }

  /** Of these steps, those that were ever done, or may have been by a run that died in them. */
  async everDone<T extends Asked>(wanted: readonly T[]): Promise<readonly T[]> {
    if (wanted.length === 0) return [];
    const lines = (await readJournal(this.#system)).split('\n');
    return wanted.filter((one) => {
      const named = [`"${one.step.id}"`, `"${one.since}"`];
      const own = lines.filter((line) => named.some((name) => line.includes(name))).join('\n');
      return mayHaveBeenDone(own, one);
    });
  }

  /**
   * Starts a run in an engine of its own, and returns its id. Throws a ProblemError when another
   * holds the lock.
   */
  async begin(plan: Plan, command: string): Promise<string> {
    const system = this.#system;
    if (plan.root !== system.root) {
      throw new ProblemError({
        code: 'plan/other-root',
        summary: say('the plan is for {root}', { root: plan.root }),
        remedy: say('run it with `--root {root}`, or make it again', { root: plan.root }),
      });
    }
    const holder = await system.lockHolder();
    if (holder !== null) throw locked(holder);
    const missing = await this.missingSecrets(plan);
    if (missing.length > 0) throw new ProblemError(...missing.map(notGiven));
    const last = (await this.runs()).at(-1) ?? null;
    const run = nextRunId(last, system.now(), system.randomText(4));
    await sayNoSpace(async () => {
      await keepRequest({ plan, command }, run, system);
      await system.launch(run, () => this.execute(run, new AbortController().signal));
    });
    return run;
  }

  /** The secrets of a plan that somebody has to give first: `giveSecret`. */
  missingSecrets(plan: Plan): Promise<readonly string[]> {
    return missingSecrets(plan, this.#system);
  }

  /** A secret for this session and the runs that it begins; what rests on it is looked at again. */
  giveSecret(name: string, value: string): void {
    this.#system.giveSecret(name, value);
    this.forget();
  }

  /** Looks for a user in a directory, and tries their password, which is kept nowhere. */
  tryLogin(question: DirectoryQuestion, login: DirectoryLogin): Promise<LoginAnswer> {
    return this.#system.tryLogin(question, login, this.#signal);
  }

  /** What an engine does: the whole of a run, in this process. */
  execute(run: string, signal: AbortSignal): Promise<Progress> {
    return executeRun(run, this.#system, signal);
  }

  /** Hands over what happens in a run, from its beginning to its end or until `signal`. */
  follow(run: string, emit: (event: Event) => void, signal: AbortSignal): Promise<Progress> {
    return follow(run, this.#system, emit, signal);
  }

  /** Asks the engine of a run to end. The end itself is seen by following. */
  async stop(run: string, how: Stop): Promise<void> {
    if ((await this.running()) !== run) {
      throw new ProblemError({
        code: 'run/not-at-work',
        summary: say('the run {run} is not at work', { run }),
        remedy: say('see with `sidus status` how the site stands'),
      });
    }
    await sayNoSpace(() => askToStop(run, how, this.#system));
  }

  /** How the plan stands after a run, with what came of it. */
  async conclude(plan: Plan, progress: Progress): Promise<Report> {
    this.forget();
    const report = await this.inspect(plan);
    return {
      ...report,
      steps: report.steps.map((step) => ({ ...step, state: progress.steps[step.id] ?? null })),
      outcome: progress.outcome,
      problem: progress.problem,
    };
  }

  /**
   * A whole run: begun, followed and concluded; `signal` stops it. Throws a ProblemError when
   * another run holds the lock; all else is in the report.
   */
  async apply(
    plan: Plan,
    command: string,
    emit: (event: Event) => void,
    signal: AbortSignal,
  ): Promise<Report> {
    const run = await this.begin(plan, command);
    // One that has just ended needs no stop.
    const stop = (): void => void this.stop(run, 'now').catch(() => undefined);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await this.conclude(plan, await this.follow(run, emit, new AbortController().signal));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** The ids of the runs so far, oldest first. */
  async runs(): Promise<readonly string[]> {
    return (await this.#system.list('server', layout.runs)) ?? [];
  }

  /** The runs so far, oldest first, with the originals that they kept. */
  history(): Promise<readonly PastRun[]> {
    return pastRuns(this.#system);
  }

  /** How the things stand now that these originals are about. */
  present(originals: readonly Original[]): Promise<Present> {
    return presentOf(originals, this.#system);
  }

  /** What would go from the server with these packages, where only `before` was there; null: unknown. */
  removal(wanted: readonly string[], before: readonly string[]): Promise<Removal | null> {
    return removalOf(wanted, before, this.#system);
  }

  /** The last few runs, and what is at work now; those known to have ended are not read again. */
  lastRuns(known: readonly OverviewRun[] = []): Promise<LastRuns> {
    return lastRuns(this.#system, known);
  }

  planOf(runId: string): Promise<Plan | null> {
    return planOf(runId, this.#system);
  }

  /** How far a run came, by its own events. */
  async progressOf(runId: string): Promise<Progress> {
    const text = (await this.#system.read('server', `${runDirectory(runId)}/events.jsonl`)) ?? '';
    let progress: Progress = nothingYet;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      try {
        progress = advance(progress, JSON.parse(line) as Event);
      } catch {
        // The torn last line of an engine that was killed.
      }
    }
    return progress;
  }

  /** The run that is at work now; null: none. */
  async running(): Promise<string | null> {
    return (await this.lockHolder())?.run ?? null;
  }

  /** Whether the engine of a run is alive. */
  async engineOf(run: string): Promise<boolean> {
    return (await this.running()) === run;
  }

  /** Seconds that steps took, by `stepKind` and by id, in the newest runs that did them. */
  pastDurations(): Promise<ReadonlyMap<string, number>> {
    return pastDurations(this.#system);
  }

  now(): Date {
    return this.#system.now();
  }

  lockHolder(): Promise<Holder | null> {
    return this.#system.lockHolder();
  }
}

/** The steps that build a draft: its version comes after them. */
function buildSteps(plan: Plan, tree: string): readonly StepId[] {
  return plan.steps.find(({ id }) => id === `tree/${tree}/version`)?.after ?? [];
}

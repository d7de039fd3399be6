import { advance, type Event, nothingYet, type Progress } from '../core/event.ts';
import type { Fact, Facts } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { OverviewRun } from '../core/overview.ts';
import type { Plan } from '../core/plan.ts';
import { ProblemError } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import type { Holder, System } from '../system/system.ts';
import { gather } from './gather.ts';
import { inspectPlan } from './inspect.ts';
import {
  brokenSteps,
  doneSince,
  finishedSteps,
  Journal,
  readJournal,
  runDirectory,
} from './journal.ts';
import { type LastRuns, lastRuns } from './last-runs.ts';
import { Originals } from './originals.ts';
import { fileProblem, run } from './run.ts';

/**
 * All that the program can do. Every screen and every command is a client of this, so that
 * neither can do more than the other.
 */
export class Session {
  readonly #system: System;
  readonly #signal: AbortSignal | undefined;
  #values: ReadonlyMap<string, unknown> = new Map();

  /** `signal` breaks off what only looks; a run is given its own. */
  constructor(system: System, signal?: AbortSignal) {
    this.#system = system;
    this.#signal = signal;
  }

  /** Learns these facts beside those already known. */
  async gather(wanted: readonly Fact<unknown>[]): Promise<Facts> {
    const { facts, values } = await gather(wanted, this.#system, this.#values, this.#signal);
    this.#unlessStopped();
    this.#values = values;
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
    this.#values = new Map();
  }

  async inspect(plan: Plan): Promise<Report> {
    const journal = await readJournal(this.#system);
    return inspectPlan(plan, this.#system, finishedSteps(plan, journal), brokenSteps(journal));
  }

  /** Whether a draft was worked on since its last version was made, as far as runs know. */
  async draftIsAhead(plan: Plan, tree: string): Promise<boolean> {
    const version = `tree/${tree}/version` as const;
    const steps = plan.steps.find(({ id }) => id === version)?.after ?? [];
    return doneSince(await readJournal(this.#system), version, new Set(steps));
  }

  /** As `draftIsAhead`, of several trees, reading the journal once. */
  async draftsAhead(plan: Plan, trees: readonly string[]): Promise<readonly string[]> {
    const lines = (await readJournal(this.#system)).split('\n');
    return trees.filter((tree) => {
      const version = `tree/${tree}/version` as const;
      const steps = plan.steps.find(({ id }) => id === version)?.after ?? [];
      const own = lines.filter((line) => line.includes(`/${tree}/`)).join('\n');
      return doneSince(own, version, new Set(steps));
    });
  }

  /** Runs a plan. Throws a ProblemError when another run holds the lock; all else is in the report. */
  async apply(
    plan: Plan,
    command: string,
    emit: (event: Event) => void,
    signal: AbortSignal,
  ): Promise<Report> {
    const system = this.#system;
    if (plan.root !== system.root) {
      throw new ProblemError({
        code: 'plan/other-root',
        summary: say('the plan is for {root}', { root: plan.root }),
        remedy: say('run it with `--root {root}`, or make it again', { root: plan.root }),
      });
    }
    const release = await this.#sayNoSpace(() => system.lock(command));
    const id = `${system.now().toISOString().replaceAll(':', '-').slice(0, 19)}-${system.randomText(4)}`;
    const journal = new Journal(system, id);
    let progress: Progress = nothingYet;
    try {
      await this.#sayNoSpace(() =>
        system.append(
          'server',
          `${runDirectory(id)}/plan.json`,
          `${JSON.stringify(plan, null, 1)}\n`,
          0o600,
        ),
      );
      await this.#sayNoSpace(async () =>
        run({
          plan,
          system,
          run: id,
          again: command,
          finished: async () => finishedSteps(plan, await readJournal(system)),
          broken: brokenSteps(await readJournal(system)),
          originals: new Originals(system, id),
          signal,
          emit: (event) => {
            progress = advance(progress, event);
            emit(event);
            return journal.write(event);
          },
        }),
      );
    } finally {
      this.forget();
      try {
        await this.#sayNoSpace(() => journal.close());
      } finally {
        await release();
      }
    }
    const report = await this.inspect(plan);
    return {
      ...report,
      steps: report.steps.map((step) => ({ ...step, state: progress.steps[step.id] ?? null })),
      outcome: progress.outcome,
      problem: progress.problem,
    };
  }

  /** A disk that is too full even for our own records is no bug of ours. */
  async #sayNoSpace<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const problem = fileProblem(error);
      throw problem?.code === 'run/no-space' ? new ProblemError(problem) : error;
    }
  }

  /** The ids of the runs so far, oldest first. */
  async runs(): Promise<readonly string[]> {
    return (await this.#system.list('server', layout.runs)) ?? [];
  }

  /** The last few runs, and what is at work now; those known to have ended are not read again. */
  lastRuns(known: readonly OverviewRun[] = []): Promise<LastRuns> {
    return lastRuns(this.#system, known);
  }

  async planOf(runId: string): Promise<Plan | null> {
    const text = await this.#system.read('server', `${runDirectory(runId)}/plan.json`);
    return text === null ? null : (JSON.parse(text) as Plan);
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

  lockHolder(): Promise<Holder | null> {
    return this.#system.lockHolder();
  }
}

import type { Event } from '../core/event.ts';
import { say } from '../core/message.ts';
import { fingerprint, type Plan, type Step, type StepId } from '../core/plan.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import { secretsIn } from '../core/text.ts';
import type { System } from '../system/system.ts';
import type { Measured } from './command-progress.ts';
import { inspect, inspectStep, isSettled } from './inspect.ts';
import type { Originals } from './originals.ts';
import { perform } from './perform.ts';

export interface Running {
  readonly plan: Plan;
  readonly system: System;
  readonly run: string;
  /** The command that a person types to go on, for the remedies. */
  readonly again: string;
  /** Mutable on purpose: a step that runs takes the finish from those that follow it. */
  readonly finished: () => Promise<ReadonlyMap<StepId, string>>;
  /** Begun by an earlier run and never finished. */
  readonly broken?: ReadonlySet<StepId>;
  readonly originals: Originals;
  /** Settles once the event is kept. */
  emit(event: Event): Promise<void>;
  readonly signal: AbortSignal;
  /** Asked before each step: whether somebody wants the run to end there. */
  readonly endsHere?: () => Promise<boolean>;
}

type Said<T = Event> = T extends Event ? Omit<T, 'at'> : never;

/**
 * Does the steps of a plan **one after the other, deliberately**: what a person reads while it
 * runs is what happens, and a failure leaves a clear line between done and not done.
 */
export async function run(given: Running): Promise<void> {
  const { plan, system, signal } = given;
  const tell = (event: Said): Promise<void> =>
    given.emit({ ...event, at: system.now().toISOString() } as Event);

  await tell({ type: 'run-started', run: given.run, steps: plan.steps.map(({ id }) => id) });
  for (const step of plan.steps) {
    if (signal.aborted || (await given.endsHere?.()) === true) {
      return tell({ type: 'run-finished', outcome: 'cancelled' });
    }
    const standing = await inspectStep(step, system);
    const broken = given.broken?.has(step.id) === true;
    if (!broken && isSettled(step, standing, await given.finished())) {
      await tell({ type: 'step-skipped', step: step.id, reason: 'already-so' });
      continue;
    }
    await tell({ type: 'step-started', step: step.id });
    const problem = await performStep(step, broken, given, tell);
    if (problem !== null) {
      await tell({
        type: 'step-failed',
        step: step.id,
        problem: withCommand(problem, given.again),
      });
      return tell({ type: 'run-finished', outcome: signal.aborted ? 'cancelled' : 'failed' });
    }
    await tell({ type: 'step-done', step: step.id, fingerprint: fingerprint(step) });
  }
  await tell({ type: 'run-finished', outcome: 'ok' });
}

/** Remedies name the command that goes on as `{again}`: only here is it known. */
function withCommand(problem: Problem, again: string): Problem {
  const { remedy } = problem;
  return { ...problem, remedy: { ...remedy, values: { ...remedy.values, again } } };
}

async function performStep(
  step: Step,
  /** What it had changed before it broke off may still wait for a restart. */
  changedOnce: boolean,
  { system, originals, signal }: Running,
  tell: (event: Said) => Promise<void>,
): Promise<Problem | null> {
  const redaction = new Redaction(step, system);
  const silence = new Silence((silentSeconds) => {
    void tell({ type: 'heartbeat', step: step.id, silentSeconds });
  });
  let measured: Measured | null = null;
  const hearing = {
    clean: (line: string): string => redaction.clean(line),
    line: (line: string): void => {
      silence.broken();
      void tell({ type: 'output', step: step.id, line });
    },
    progress: (now: Measured): void => {
      silence.broken();
      if (measured?.done === now.done && measured.total === now.total) return;
      measured = now;
      void tell({ type: 'progress', step: step.id, ...now });
    },
  };
  try {
    let changedBefore = changedOnce;
    for (const effect of step.effects) {
      if (signal.aborted) return stopped();
      // Looked at again, because an effect before it may have made it so, or no longer so.
      if ((await inspect(effect, system)) === 'so') {
        if (changedOnce) await originals.keepAfter(effect);
        if (effect.kind !== 'unit' || !effect.restartWhenChanged || !changedBefore) continue;
      }
      await redaction.learn();
      await originals.keep(effect);
      const problem = await perform(effect, { system, hearing, signal, changedBefore });
      if (problem !== null) {
        // Packages that came half-way changed things: told now, before somebody else works there.
        await originals.keepAfter(effect).catch(() => undefined);
        return problem;
      }
      await originals.keepAfter(effect);
      changedBefore = true;
    }
    return null;
  } catch (error) {
    if (error instanceof ProblemError) return error.problems[0] ?? null;
    const expected = fileProblem(error);
    if (expected !== null) return expected;
    throw error;
  } finally {
    silence.end();
  }
}

function stopped(): Problem {
  return {
    code: 'run/stopped',
    summary: say('the run was stopped'),
    remedy: say('run `{again}` to go on: finished steps are not repeated'),
  };
}

/** Faults of the disk that are no bug of ours. */
export function fileProblem(error: unknown): Problem | null {
  const { code, path } = error as { code?: string; path?: string };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      code: 'run/no-space',
      summary: say('the disk is full'),
      remedy: say('make room (`df -h` shows where), then run the same command again'),
    };
  }
  if (
    code === 'EROFS' ||
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EISDIR' ||
    code === 'ENOENT'
  ) {
    return {
      code: 'run/cannot-write',
      summary: say('{path} cannot be written: {code}', { path: path ?? 'a file', code }),
      remedy: say('see what `ls -ld {path}` and `findmnt -T {path}` say of it', {
        path: path ?? '/',
      }),
    };
  }
  return null;
}

/** Takes the secrets of a step out of what its commands print. */
class Redaction {
  readonly #names: readonly string[];
  readonly #system: System;
  #values: readonly string[] = [];

  constructor(step: Step, system: System) {
    this.#system = system;
    this.#names = step.effects.flatMap((effect) =>
      effect.kind === 'file'
        ? secretsIn(effect.content)
        : effect.kind === 'run' && effect.stdin !== undefined
          ? secretsIn(effect.stdin)
          : [],
    );
  }

  /** Asked again before each effect: the one before may have made a secret. */
  async learn(): Promise<void> {
    const values = await Promise.all(this.#names.map((name) => this.#system.secret(name)));
    this.#values = values.filter((value): value is string => value !== null && value !== '');
  }

  clean(line: string): string {
    return this.#values.reduce((text, value) => text.replaceAll(value, '[secret]'), line);
  }
}

/** Says every ten seconds that a command is silent, so that nobody takes it for dead. */
class Silence {
  #since = Date.now();
  readonly #timer: NodeJS.Timeout;

  constructor(say: (seconds: number) => void) {
    this.#timer = setInterval(() => {
      const seconds = Math.round((Date.now() - this.#since) / 1000);
      if (seconds >= 10) say(seconds);
    }, 10_000);
    this.#timer.unref();
  }

  broken(): void {
    this.#since = Date.now();
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

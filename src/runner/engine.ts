import { setMaxListeners } from 'node:events';
import { advance, nothingYet, type Progress } from '../core/event.ts';
import { layout } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { Plan } from '../core/plan.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import type { System } from '../system/system.ts';
import { brokenSteps, finishedSteps, Journal, readJournal, runDirectory } from './journal.ts';
import { type LeftSettings, Originals, originalsIn, originalsPath } from './originals.ts';
import { fileProblem, run } from './run.ts';

/** When an engine ends that was asked to. */
export type Stop = 'after-step' | 'now';

/** How often the engine looks whether it was asked to stop. */
const lookEvery = 250;

const ownersOnly = { mode: 0o600, owner: 'root', group: 'root' } as const;

export interface Request {
  readonly plan: Plan;
  /** The command that a person typed, and types again to go on. */
  readonly command: string;
}

/** Writes down what a run is to do. Whole or not at all: a run that has a directory has its plan. */
export async function keepRequest(
  { plan, command }: Request,
  id: string,
  system: System,
): Promise<void> {
  const directory = runDirectory(id);
  const text = `${JSON.stringify(plan, null, 1)}\n`;
  await system.write('server', `${directory}/plan.json`, text, ownersOnly);
  await system.write('server', `${directory}/command`, command, ownersOnly);
}

export async function planOf(id: string, system: System): Promise<Plan | null> {
  const text = await system.read('server', `${runDirectory(id)}/plan.json`);
  return text === null ? null : (JSON.parse(text) as Plan);
}

/** The copy of /etc of the run before, if that did the same plan and died while packages came. */
async function unfinishedSettings(plan: Plan, system: System): Promise<LeftSettings | null> {
  const now = system.now().getTime();
  const ids = (await system.list('server', layout.runs)) ?? [];
  const told = await Promise.all(
    ids.slice(-5).map(async (id) => ({
      id,
      same: JSON.stringify(await planOf(id, system)) === JSON.stringify(plan),
      settings: originalsIn((await system.read('server', originalsPath(id))) ?? '').flatMap(
        (one) => (one.what === 'settings' ? [one] : []),
      ),
    })),
  );
  const at = told.findLastIndex(({ settings }) => settings.length > 0);
  const [last, ...after] = at < 0 ? [] : told.slice(at);
  const left = last?.settings.at(-1);
  if (last?.same !== true || left === undefined || left.changed !== null) return null;
  const spans = await Promise.all([last, ...after].map(({ id }) => spanOf(id, system)));
  return {
    copy: left.copy,
    idle: spans.flatMap((span, nth) => {
      const from = span?.last ?? 0;
      const to = spans.slice(nth + 1).find((one) => one !== null)?.first ?? now;
      return span !== null && to > from ? [{ from, to }] : [];
    }),
  };
}

/** When the first and the last event of a run were, in milliseconds since 1970; null: it has none. */
async function spanOf(id: string, system: System) {
  const text = (await system.read('server', `${runDirectory(id)}/events.jsonl`)) ?? '';
  const times = [...text.matchAll(/"at":"(\d{4}-[^"]+)"\}$/gm)].map(([, at = '']) =>
    Date.parse(at),
  );
  const [first, last] = [times[0], times.at(-1)];
  return first === undefined || last === undefined ? null : { first, last };
}

/** Leaves word for the engine, which looks before each step and a few times a second. */
export function askToStop(id: string, how: Stop, system: System): Promise<void> {
  return system.write('server', `${runDirectory(id)}/stop`, how, ownersOnly);
}

/**
 * What the engine of a run does, in a process of its own. All that comes of it is in the events,
 * faults of ours too, which are thrown all the same.
 */
export async function executeRun(
  id: string,
  system: System,
  signal: AbortSignal,
): Promise<Progress> {
  const directory = runDirectory(id);
  const plan = await planOf(id, system);
  if (plan === null || (await system.stat('server', `${directory}/events.jsonl`)) !== null) {
    throw new ProblemError({
      code: 'run/not-to-begin',
      summary: say('{id} is no run that waits for its engine', { id }),
      remedy: say('begin one with `sidus apply`, or go on with `sidus resume`'),
    });
  }
  const command = (await system.read('server', `${directory}/command`)) ?? 'sidus resume';
  const journal = new Journal(system, id);
  let progress: Progress = nothingYet;
  const asked = async (): Promise<string | null> => system.read('server', `${directory}/stop`);
  const stop = new AbortController();
  // Each command listens.
  setMaxListeners(0, stop.signal);
  const stopNow = (): void => stop.abort();
  signal.addEventListener('abort', stopNow, { once: true });
  if (signal.aborted) stopNow();
  const looking = setInterval(() => {
    asked()
      .then((how) => how === 'now' && stopNow())
      .catch(() => undefined);
  }, lookEvery);
  let release = async (): Promise<void> => undefined;
  try {
    release = await system.lock(command, id);
    await run({
      plan,
      system,
      run: id,
      again: command,
      finished: async () => finishedSteps(plan, await readJournal(system)),
      broken: brokenSteps(await readJournal(system)),
      originals: new Originals(system, id, plan, await unfinishedSettings(plan, system)),
      signal: stop.signal,
      endsHere: async () => (await asked()) !== null,
      emit: (event) => {
        progress = advance(progress, event);
        return journal.write(event);
      },
    });
    await journal.close();
  } catch (error) {
    const expected = problemOf(error);
    const problem = expected ?? bug(error, id, system);
    const event = { type: 'run-failed', problem, at: system.now().toISOString() } as const;
    progress = advance(progress, event);
    // What was said before comes first, if there is room for it.
    await journal.close().catch(() => undefined);
    try {
      await journal.lastWord(event);
    } catch {
      throw expected === null ? error : new ProblemError(expected);
    }
    if (expected === null) throw error;
  } finally {
    clearInterval(looking);
    signal.removeEventListener('abort', stopNow);
    // Not before: whoever reads takes an engine without the lock for gone.
    await release();
  }
  return progress;
}

/** null: nobody expected it. */
function problemOf(error: unknown): Problem | null {
  if (error instanceof ProblemError) return error.problems[0] ?? null;
  return noSpace(error);
}

function bug(error: unknown, id: string, system: System): Problem {
  const root = system.root === '/' ? '' : system.root;
  return {
    code: 'run/bug',
    summary: say('sidus has a bug: {message}', {
      message: error instanceof Error ? error.message : String(error),
    }),
    remedy: say('send {log} with what you did; `sidus resume` may go on', {
      log: `${root}${runDirectory(id)}/engine.log`,
    }),
  };
}

function noSpace(error: unknown): Problem | null {
  const problem = fileProblem(error);
  return problem?.code === 'run/no-space' ? problem : null;
}

/** A disk that is too full even for our own records is no bug of ours. */
export async function sayNoSpace<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const problem = noSpace(error);
    throw problem === null ? error : new ProblemError(problem);
  }
}

import { advance, type Event, nothingYet, type Progress } from '../core/event.ts';
import { layout } from '../core/layout.ts';
import { type Message, say } from '../core/message.ts';
import type { OverviewRun, OverviewRunning } from '../core/overview.ts';
import type { Plan } from '../core/plan.ts';
import type { System } from '../system/system.ts';
import { runDirectory } from './journal.ts';

export interface LastRuns {
  /** Newest first. */
  readonly runs: readonly OverviewRun[];
  readonly running: OverviewRunning | null;
}

/** How many runs a person is told of. */
const count = 5;

/** The last runs. Those of `before` that have ended are not read again: they cannot change. */
export async function lastRuns(
  system: System,
  before: readonly OverviewRun[] = [],
): Promise<LastRuns> {
  const names = (await system.list('server', layout.runs)) ?? [];
  // After the list: a run in it that nobody holds any more has written all it will ever write.
  const holder = await system.lockHolder();
  const ids = names.filter((name) => beginningOf(name) !== null).slice(-count);
  const runs: OverviewRun[] = [];
  for (const id of ids.reverse()) {
    const known = before.find((run) => run.id === id);
    const holds = holder?.run === id;
    const ended = known !== undefined && !['running', 'broken-off'].includes(known.outcome);
    runs.push(ended ? known : await runNow(id, holds, known, system));
  }
  return {
    runs,
    running:
      holder === null
        ? null
        : { run: holder.run, command: holder.command, since: holder.since, pid: holder.pid },
  };
}

/** A run is named by when it began, in UTC. null: another name. */
function beginningOf(id: string): string | null {
  const [, day, hour, minute, second] =
    /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)(?:-|$)/.exec(id) ?? [];
  return day === undefined ? null : `${day}T${hour}:${minute}:${second}Z`;
}

async function runNow(
  id: string,
  holds: boolean,
  known: OverviewRun | undefined,
  system: System,
): Promise<OverviewRun> {
  const events = (await readable(system, `${runDirectory(id)}/events.jsonl`)) ?? '';
  const { outcome, problem, steps } = progressIn(events);
  const states = Object.values(steps);
  const plan = known ?? (await planOf(id, system));
  return {
    id,
    title: plan.title,
    outcome: outcome ?? (holds ? 'running' : 'broken-off'),
    at: beginningOf(id) ?? '',
    done: states.filter((state) => state === 'done' || state === 'skipped').length,
    steps: states.length > 0 ? states.length : plan.steps,
    problem,
  };
}

async function planOf(
  id: string,
  system: System,
): Promise<{ readonly title: Message; readonly steps: number }> {
  try {
    const text = await readable(system, `${runDirectory(id)}/plan.json`);
    const { title, steps } = JSON.parse(text ?? '') as Plan;
    return { title, steps: steps.length };
  } catch {
    // Killed while it was written, or not for this user to read.
    return { title: say('a run'), steps: 0 };
  }
}

async function readable(system: System, path: string): Promise<string | null> {
  try {
    return await system.read('server', path);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'EACCES' || code === 'EPERM') return null;
    throw error;
  }
}

/**
 * How far a run came, by its events. What commands printed makes megabytes of them: of those
 * lines none is parsed.
 */
export function progressIn(text: string): Progress {
  let progress = nothingYet;
  for (const line of text.split('\n')) {
    if (line === '' || /"type":"(output|heartbeat|progress)"/.test(line.slice(0, 64))) continue;
    try {
      progress = advance(progress, JSON.parse(line) as Event);
    } catch {
      // The torn last line of an engine that was killed.
    }
  }
  return progress;
}

import { layout } from '../core/layout.ts';
import type { StepId } from '../core/plan.ts';
import type { System } from '../system/system.ts';
import { runDirectory } from './journal.ts';

/** How many runs are looked at, the newest first. */
const runsLookedAt = 20;

/** A step's id without the name of its tree: what one tree took is a guess for another. */
export function stepKind(id: string): string {
  const parts = id.split('/');
  return parts.length < 3 ? id : [parts[0], ...parts.slice(2)].join('/');
}

/** Seconds from the start of each step of one run to its end, for those that were done. */
export function durationsIn(events: string): ReadonlyMap<StepId, number> {
  const started = new Map<StepId, number>();
  const durations = new Map<StepId, number>();
  for (const line of stepLines(events)) {
    let event: { type: string; step: StepId; at: string };
    try {
      event = JSON.parse(line);
    } catch {
      // The torn last line of an engine that was killed.
      continue;
    }
    const begun = started.get(event.step);
    if (event.type === 'step-started') started.set(event.step, Date.parse(event.at));
    if (event.type === 'step-done' && begun !== undefined) {
      const seconds = (Date.parse(event.at) - begun) / 1000;
      // A clock that was set meanwhile says nothing.
      if (seconds >= 0) durations.set(event.step, seconds);
    }
  }
  return durations;
}

/** Lines about steps, without a look at the flood of output between them. */
function* stepLines(events: string): Iterable<string> {
  // Inside a text the quotes would be escaped.
  const mark = '"type":"step-';
  for (let at = events.indexOf(mark); at >= 0; at = events.indexOf(mark, at)) {
    const end = events.indexOf('\n', at);
    yield events.slice(events.lastIndexOf('\n', at) + 1, end < 0 ? undefined : end);
    if (end < 0) return;
    at = end;
  }
}

/** Over several runs, the newest first: the newest that did a step counts, by its id and by its kind. */
export function newestDurations(
  runs: Iterable<ReadonlyMap<StepId, number>>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const run of runs) {
    const before = new Set(found.keys());
    for (const [id, seconds] of run) {
      for (const key of [id, stepKind(id)]) if (!before.has(key)) found.set(key, seconds);
    }
  }
  return found;
}

export async function pastDurations(system: System): Promise<ReadonlyMap<string, number>> {
  const ids = (await system.list('server', layout.runs)) ?? [];
  const runs: ReadonlyMap<StepId, number>[] = [];
  for (const id of ids.slice(-runsLookedAt).reverse()) {
    runs.push(durationsIn(await textOf(`${runDirectory(id)}/events.jsonl`, system)));
  }
  return newestDurations(runs);
}

/** To an ordinary user, who may not read them, there were no runs. */
async function textOf(path: string, system: System): Promise<string> {
  try {
    return (await system.read('server', path)) ?? '';
  } catch (error) {
    if ((error as { code?: string }).code === 'EACCES') return '';
    throw error;
  }
}

import { advance, type Event, nothingYet, type Progress } from '../core/event.ts';
import { say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import type { System } from '../system/system.ts';
import { runDirectory } from './journal.ts';

/** Milliseconds between two looks at what was added. */
const lookEvery = 100;

/** How often to look whether an engine that said its last word has gone, and how many times. */
const lettingGo = { every: 20, times: 500 } as const;

/**
 * Hands over the events of a run from its beginning, and goes on as they come, until its last
 * one or until `signal`. An engine that is gone without a last word is given one.
 */
export async function follow(
  run: string,
  system: System,
  emit: (event: Event) => void,
  signal: AbortSignal,
): Promise<Progress> {
  const path = `${runDirectory(run)}/events.jsonl`;
  const isAlive = async (): Promise<boolean> => (await system.lockHolder())?.run === run;
  let progress: Progress = nothingYet;
  let next = 0;
  const tell = (event: Event): void => {
    progress = advance(progress, event);
    emit(event);
  };
  while (!signal.aborted) {
    // Asked before reading: what it said last is read before it is missed.
    const wasAlive = await isAlive();
    for (;;) {
      const added = await system.readFrom('server', path, next);
      if (added === null || added.next === next) break;
      next = added.next;
      for (const event of eventsIn(added.text)) tell(event);
      if (signal.aborted) return progress;
    }
    if (progress.outcome !== null) {
      // What is done next, such as a client's boot, finds no lock.
      for (
        let look = 0;
        look < lettingGo.times && !signal.aborted && (await isAlive());
        look += 1
      ) {
        await system.pause(lettingGo.every);
      }
      return progress;
    }
    if (!wasAlive) {
      const problem = await engineGone(run, system);
      tell({ type: 'run-failed', problem, at: system.now().toISOString() });
      return progress;
    }
    await system.pause(lookEvery);
  }
  return progress;
}

/** The events in lines of events.jsonl; a line that a power cut tore is none. */
export function eventsIn(text: string): readonly Event[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Event];
    } catch {
      return [];
    }
  });
}

async function engineGone(run: string, system: System): Promise<Problem> {
  // What it could write nowhere else comes when it has let go of the lock.
  await system.pause(lookEvery);
  const log = await system.read('server', `${runDirectory(run)}/engine.log`);
  // Its first line says only what was started.
  const detail = (log ?? '').split('\n').slice(1).join('\n');
  return {
    code: 'run/engine-gone',
    summary: say('the engine of the run is gone without a last word'),
    remedy: say('go on with `sidus resume`: finished steps are not repeated'),
    ...(detail === '' ? {} : { detail }),
  };
}

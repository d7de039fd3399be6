import type { Event } from '../core/event.ts';
import { layout } from '../core/layout.ts';
import { fingerprint, type Plan, type Step, type StepId } from '../core/plan.ts';
import type { System } from '../system/system.ts';

/** Which steps were begun and finished, over all runs; the events of one run lie with it. */
const journalPath = `${layout.state}/journal.jsonl`;

/**
 * The steps that are finished, with their fingerprints. A step is finished only if the last
 * thing the journal says of it is `step-done`: `step-started` takes that back, also from the
 * steps that follow it, or a run that died in between would leave them as they were.
 */
export function finishedSteps(plan: Plan, journal: string): ReadonlyMap<StepId, string> {
  const followers = new Map<StepId, StepId[]>();
  for (const step of plan.steps) {
    for (const id of step.follows ?? []) {
      followers.set(id, [...(followers.get(id) ?? []), step.id]);
    }
  }
  const done = new Map<StepId, string>();
  const undo = (id: StepId): void => {
    done.delete(id);
    for (const follower of followers.get(id) ?? []) if (done.has(follower)) undo(follower);
  };
  for (const line of journal.split('\n')) {
    const entry = parseEntry(line);
    if (entry?.type === 'step-started') undo(entry.step);
    if (entry?.type === 'step-done') done.set(entry.step, entry.fingerprint);
  }
  return done;
}

/**
 * The steps that were begun and never finished: they are not settled even where all looks so,
 * because a run that died between a file and the restart of its service left the service as it was.
 */
export function brokenSteps(journal: string): ReadonlySet<StepId> {
  const broken = new Set<StepId>();
  for (const line of journal.split('\n')) {
    const entry = parseEntry(line);
    if (entry?.type === 'step-started') broken.add(entry.step);
    if (entry?.type === 'step-done') broken.delete(entry.step);
  }
  return broken;
}

type Entry =
  | { readonly type: 'step-started'; readonly step: StepId }
  | { readonly type: 'step-done'; readonly step: StepId; readonly fingerprint: string }
  /** A shell was opened in a draft: no step, but work on it all the same. */
  | { readonly type: 'draft-opened'; readonly step: StepId };

/** What stands in the journal for work on a draft by hand. */
const byHand = (tree: string): StepId => `tree/${tree}/by-hand`;

/** Written before a shell opens: whoever kills it must not hide what was done in it. */
export async function noteWorkByHand(tree: string, system: System): Promise<void> {
  const entry = { at: system.now().toISOString(), type: 'draft-opened', step: byHand(tree) };
  await system.append('server', journalPath, `\n${JSON.stringify(entry)}\n`, 0o644);
}

/**
 * Whether a draft was worked on since its last version was made: by one of the steps that build it,
 * or by hand in a shell of ours. What was edited there without one is not seen.
 */
export function workedOnSince(journal: string, tree: string, build: readonly StepId[]): boolean {
  return doneSince(journal, `tree/${tree}/version`, new Set([...build, byHand(tree)]));
}

/** A step, and the one before which it can have been of no use. */
export interface Asked {
  readonly step: Pick<Step, 'id' | 'effects'>;
  readonly since: StepId;
}

/**
 * Whether a step was ever done as it is here, or a run died in the middle of it since `since` was
 * done: what it was to do is then not known, and may have been this.
 */
export function mayHaveBeenDone(journal: string, { step, since }: Asked): boolean {
  const wanted = fingerprint(step);
  let begun = false;
  let died = false;
  for (const line of journal.split('\n')) {
    const entry = parseEntry(line);
    if (entry?.type === 'step-done' && entry.step === since) begun = died = false;
    if (entry?.step !== step.id) continue;
    if (entry.type === 'step-done' && entry.fingerprint === wanted) return true;
    died ||= begun && entry.type === 'step-started';
    begun = entry.type === 'step-started';
  }
  return died || begun;
}

/** Whether any of these steps was done since `last` was. */
function doneSince(journal: string, last: StepId, steps: ReadonlySet<StepId>): boolean {
  let since = false;
  for (const line of journal.split('\n')) {
    const entry = parseEntry(line);
    if (entry?.type === 'step-done' && entry.step === last) since = false;
    else if (entry !== null && steps.has(entry.step)) since = true;
  }
  return since;
}

/** null: another kind of event, or the torn last line of an engine that was killed. */
function parseEntry(line: string): Entry | null {
  if (line === '') return null;
  try {
    const found = JSON.parse(line) as Entry;
    return ['step-started', 'step-done', 'draft-opened'].includes(found.type) ? found : null;
  } catch {
    return null;
  }
}

export async function readJournal(system: System): Promise<string> {
  return (await system.read('server', journalPath)) ?? '';
}

export const runDirectory = (run: string): string => `${layout.runs}/${run}`;

/** Writes events: steps at once and synced, the flood of output a quarter of a second at a time. */
export class Journal {
  readonly #system: System;
  readonly #run: string;
  #begun = false;
  #events = '';
  #log = '';
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(system: System, run: string) {
    this.#system = system;
    this.#run = run;
  }

  /** Settles once the event is on disk, if it is one that resume rests on. */
  async write(event: Event): Promise<void> {
    this.#events += `${JSON.stringify(event)}\n`;
    if (event.type === 'output') this.#log += `${event.at} ${event.step}: ${event.line}\n`;
    switch (event.type) {
      case 'output':
      case 'progress':
      case 'heartbeat':
        this.#timer ??= setTimeout(() => {
          this.#timer = null;
          this.#flush().catch(() => undefined);
        }, 250);
        return;
      case 'step-started':
      case 'step-done':
        await this.#flush();
        // The first line of a run stands clear of one that an engine died in.
        await this.#system.append(
          'server',
          journalPath,
          `${this.#begun ? '' : '\n'}${JSON.stringify(event)}\n`,
          0o644,
        );
        this.#begun = true;
        return;
      default:
        await this.#flush();
    }
  }

  /** After a fault of the journal itself: clear of a line that was torn, and of what failed before. */
  async lastWord(event: Event): Promise<void> {
    await this.#writing.catch(() => undefined);
    const path = `${runDirectory(this.#run)}/events.jsonl`;
    await this.#system.append('server', path, `\n${JSON.stringify(event)}\n`, 0o600);
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#flush();
  }

  #flush(): Promise<void> {
    const events = this.#events;
    const log = this.#log;
    this.#events = '';
    this.#log = '';
    const directory = runDirectory(this.#run);
    this.#writing = this.#writing.then(async () => {
      if (events !== '') {
        await this.#system.append('server', `${directory}/events.jsonl`, events, 0o600);
      }
      if (log !== '') await this.#system.append('server', `${directory}/full.log`, log, 0o600);
    });
    return this.#writing;
  }
}

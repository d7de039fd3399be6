import { whereIs } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { Place } from '../core/place.ts';
import type { Problem } from '../core/problem.ts';
import type { Argv, Word } from '../core/text.ts';
import type { ExecOptions, System } from '../system/system.ts';
import type { Measured, ProgressReader } from './command-progress.ts';
import { explain } from './explain.ts';

export interface Hearing {
  /** The line without the secrets of this step. */
  clean(line: string): string;
  line(line: string): void;
  progress(measured: Measured): void;
}

export interface Performing {
  readonly system: System;
  readonly hearing: Hearing;
  readonly signal: AbortSignal;
  /** Something before this effect, in the same step, was changed in this run. */
  readonly changedBefore: boolean;
}

/** Runs a command, hands its lines on, and keeps the last ones for when it fails. */
export async function command(
  place: Place,
  argv: Argv,
  options: ExecOptions,
  reader: ProgressReader | null,
  { system, hearing, signal }: Performing,
): Promise<Problem | null> {
  const tail: string[] = [];
  const ran = await system.exec(place, argv, {
    ...options,
    signal,
    unbuffered: true,
    line: (raw) => {
      const line = hearing.clean(raw);
      const measured = reader?.(line) ?? null;
      if (measured !== null) hearing.progress(measured);
      if (/^(dlstatus|pmstatus):/.test(line)) return;
      tail.push(line);
      if (tail.length > 40) tail.shift();
      hearing.line(line);
    },
  });
  if (ran.code === 0) return null;
  if (signal.aborted) {
    return {
      code: 'run/stopped',
      summary: say('the step was stopped'),
      remedy: say('run `{again}` to go on: finished steps are not repeated'),
    };
  }
  if (ran.stderr !== '' && tail.length === 0) {
    tail.push(...hearing.clean(ran.stderr).trimEnd().split('\n'));
  }
  return explain(argv.map(shown).join(' '), ran.code, tail);
}

function shown(word: Word): string {
  if (typeof word === 'string') return word;
  if ('asset' in word) return word.asset;
  return 'cache' in word ? word.cache : whereIs(word.at.place) + word.at.path;
}

import type { Place } from '../core/place.ts';
import type { MemorySystem } from './memory.ts';
import type { ExecOptions, Ran } from './system.ts';

/** A line that a command prints, after so many seconds of its own time; null: only time passes. */
export interface Spoken {
  readonly after: number;
  readonly line: string | null;
  readonly from?: 'stdout' | 'stderr';
}

/**
 * What a command says while it works, and how long that takes. What it returns is how it ended;
 * nothing: its model is asked, and only now changes the world, so that a command that is broken
 * off has changed nothing.
 */
export type Speech = Generator<Spoken, Partial<Ran> | undefined, undefined>;

export type Speaker = (
  world: MemorySystem,
  place: Place,
  words: readonly string[],
  options: ExecOptions,
) => Speech | null;

/** Ends as the model does. */
export function* tells(spoken: Iterable<Spoken>): Speech {
  yield* spoken;
  return undefined;
}

/** Lines that come at once. */
export const atOnce = (lines: readonly string[]): readonly Spoken[] =>
  lines.map((line) => ({ after: 0, line }));

export const said = (after: number, line: string | null = null): Spoken => ({ after, line });

/** Words as apt shows lists of packages: 79 columns, two spaces before them. */
export function wrapped(names: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = ' ';
  for (const name of names) {
    if (line.length + name.length + 1 > 78) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${name}`;
  }
  return [...lines, line];
}

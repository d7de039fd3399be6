import type { Attributes } from '../core/effect.ts';
import type { Place } from '../core/place.ts';
import type { MemorySystem } from './memory.ts';
import type { ExecOptions, Ran } from './system.ts';

export interface Node extends Attributes {
  readonly kind: 'file' | 'directory' | 'link';
  readonly content: string;
  /** Milliseconds since 1970, where somebody said so. Otherwise nothing here has an age. */
  readonly modified?: number;
}

export type Model = (
  world: MemorySystem,
  place: Place,
  words: readonly string[],
  options: ExecOptions,
) => Partial<Ran> | undefined;

/** Lets whoever else is at work go on. */
export function aTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function only({ mode, owner, group }: Attributes): Attributes {
  return { mode, owner, group };
}

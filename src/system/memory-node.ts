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

/** Key of a path below `root` with links followed inside it; the last one only when asked. */
export function keyOf(
  nodes: ReadonlyMap<string, Node>,
  root: string,
  path: string,
  followLast: boolean,
): string {
  let todo = path.split('/').filter((part) => part !== '' && part !== '.');
  let walked: string[] = [];
  for (let links = 0; todo.length > 0; ) {
    const [part, ...rest] = todo as [string, ...string[]];
    todo = rest;
    if (part === '..') {
      walked = walked.slice(0, -1);
      continue;
    }
    const node = nodes.get([root, ...walked, part].join('/'));
    if (node?.kind !== 'link' || (todo.length === 0 && !followLast)) {
      walked.push(part);
      continue;
    }
    links += 1;
    if (links > 40) throw Object.assign(new Error(`too many links at ${path}`), { code: 'ELOOP' });
    if (node.content.startsWith('/')) walked = [];
    todo = [...node.content.split('/').filter((p) => p !== '' && p !== '.'), ...todo];
  }
  return [root, ...walked].join('/') || '/';
}

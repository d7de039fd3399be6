import type { Place } from '../core/place.ts';
import type { MemorySystem, Model } from './memory.ts';
import type { ExecOptions, Ran } from './system.ts';

/** What models of commands are made with. */

export type Work = (
  world: MemorySystem,
  root: string,
  words: readonly string[],
  options: ExecOptions,
) => Partial<Ran> | undefined;

const owned = { owner: 'root', group: 'root' } as const;

export function put(world: MemorySystem, key: string, content: string, mode = 0o644): void {
  world.put(key, { kind: 'file', content, mode, ...owned });
}

export function putLink(world: MemorySystem, key: string, target: string): void {
  world.put(key, { kind: 'link', content: target, mode: 0o777, ...owned });
}

export function putDirectory(world: MemorySystem, key: string): void {
  world.put(key, { kind: 'directory', content: '', mode: 0o755, ...owned });
}

export function textOf(world: MemorySystem, key: string): string {
  return world.nodes.get(key)?.content ?? '';
}

/** The words after a command's first words; null: it is another command. `asset:` names a script of ours. */
export function restOf(command: string, words: readonly string[]): readonly string[] | null {
  const wanted = command.split(' ');
  return wanted.every((word, index) => words[index] === word) ? words.slice(wanted.length) : null;
}

export function model(command: string, work: Work): Model {
  return (world, place: Place, words, options) => {
    const rest = restOf(command, words);
    return rest === null ? undefined : work(world, world.directory(place), rest, options);
  };
}

/** A command that only says something. */
export const says = (command: string, stdout: string): Model => model(command, () => ({ stdout }));

/** A command that changes what no plan looks at. */
export const quiet = (command: string): Model =>
  model(command, (world) => {
    world.change(command);
    return {};
  });

/** The names that dpkg knows as installed in a tree. */
export function installedIn(world: MemorySystem, root: string): ReadonlySet<string> {
  const status = textOf(world, `${root}/var/lib/dpkg/status`);
  return new Set([...status.matchAll(/^Package: (\S+)$/gm)].map(([, name = '']) => name));
}

export function suiteOf(world: MemorySystem, root: string): string {
  return textOf(world, `${root}/etc/sidus/suite`).trim() || 'trixie';
}

export function option(words: readonly string[], name: string): string | undefined {
  return words.includes(name) ? words[words.indexOf(name) + 1] : undefined;
}

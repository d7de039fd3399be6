import type { MemorySystem, Model } from './memory.ts';
import { model } from './modelling.ts';

/** What goes when packages go, for the undo of a pretended run: the names and nothing else. */

const after = (words: readonly string[]): readonly string[] => words.slice(words.indexOf('--') + 1);

const there = (world: MemorySystem, words: readonly string[]): readonly string[] =>
  after(words).filter((name) => world.serverPackages.has(name));

/** As `find -printf` says it, without ages: nothing in memory has one. */
export function foundBelow(world: MemorySystem, directory: string): string {
  const kinds = { file: 'f', directory: 'd', link: 'l' } as const;
  return [...world.nodes]
    .filter(([key]) => key.startsWith(`${directory}/`))
    .map(([key, { kind, mode, owner, group, content }]) =>
      [
        ...[key.slice(directory.length + 1), kinds[kind]],
        ...[`${mode.toString(8)} ${owner} ${group}`, `${Buffer.byteLength(content)} 0`],
        ...[kind === 'link' ? content : '', '0', ''],
      ].join('\0'),
    )
    .join('');
}

export const removalModels: readonly Model[] = [
  model('cp --archive', (world, _, words) => {
    const [from = '', to = ''] = after(words);
    world.change(`copy ${from}`);
    for (const [key, node] of [...world.nodes]) {
      if (key === from || key.startsWith(`${from}/`)) world.put(to + key.slice(from.length), node);
    }
    return {};
  }),
  model('find', (world, _, [directory = '']) => ({ stdout: foundBelow(world, directory) })),
  model('apt-mark showauto', () => ({})),
  model('apt-get --simulate purge', (world, _, words) => ({
    stdout: there(world, words)
      .map((name) => `Purg ${name} [1.0]\n`)
      .join(''),
  })),
  model('apt-get purge', (world, _, words) => {
    const names = there(world, words);
    world.change(`purge ${names.join(' ')}`);
    for (const name of names) world.serverPackages.delete(name);
    const removed = names.map((name) => `Removing ${name} ...\nPurging configuration files ...\n`);
    return { stdout: removed.join('') };
  }),
];

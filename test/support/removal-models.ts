import { foundBelow } from '../../src/system/believable-removal.ts';
import type { MemorySystem, Model } from '../../src/system/memory.ts';
import type { Ran } from '../../src/system/system.ts';
import type { FakeSystem } from './fake-system.ts';

/**
 * What packages of the server bring and take along: the traits of nfs-kernel-server and
 * nfs-common (their postinst and postrm) that an undo must know.
 */

/** Installed because another needs them. */
const automatic = ['nfs-common'];

export function withDependencies(world: FakeSystem, names: readonly string[]): readonly string[] {
  const needed = names.includes('nfs-kernel-server') && !world.serverPackages.has('nfs-common');
  return needed ? ['nfs-common', ...names] : names;
}

export function bringNfs(world: FakeSystem): void {
  const accounts = world.text('/etc/passwd');
  if (!accounts.includes('statd:')) {
    world.makeNode(
      '/etc/passwd',
      'file',
      `${accounts}statd:x:101:65534::/var/lib/nfs:/bin/false\n`,
    );
  }
  if (!world.nodes.has('/etc/exports')) world.makeNode('/etc/exports', 'file', '# none yet\n');
  world.makeNode('/etc/nfs.conf', 'file', '# as nfs-common brings it\n');
}

function model(
  command: string,
  work: (world: FakeSystem, words: readonly string[]) => Partial<Ran>,
) {
  const wanted = command.split(' ');
  return ((memory: MemorySystem, place, words) =>
    place === 'server' && wanted.every((word, index) => words[index] === word)
      ? work(memory as FakeSystem, words.slice(wanted.length))
      : undefined) satisfies Model;
}

/** With what needs them: nfs-kernel-server needs nfs-common. */
function goingWith(world: FakeSystem, names: readonly string[], orphans: boolean) {
  const half = world.halfInstalled.get('server');
  const there = (name: string) => world.serverPackages.has(name) || half?.has(name) === true;
  const gone = new Set(names.filter(there));
  if (gone.has('nfs-common') && there('nfs-kernel-server')) gone.add('nfs-kernel-server');
  if (gone.has('dnsmasq-base') && there('dnsmasq')) gone.add('dnsmasq');
  const needed = there('nfs-kernel-server') && !gone.has('nfs-kernel-server');
  if (orphans && there('nfs-common') && !needed) gone.add('nfs-common');
  return [...gone];
}

const after = (words: readonly string[]) => words.slice(words.indexOf('--') + 1);

export const removing: readonly Model[] = [
  model('cp --archive', (world, words) => {
    const [from = '', to = ''] = after(words);
    world.change(`copy ${from}`);
    world.copyBelow(from, to);
    return {};
  }),
  model('find', (world, [directory = '']) => ({ stdout: foundBelow(world, directory) })),
  model('apt-mark showauto', () => ({ stdout: automatic.map((name) => `${name}\n`).join('') })),
  model('apt-get --simulate purge', (world, words) => ({
    stdout: goingWith(world, after(words), words.includes('--auto-remove'))
      .map((name) => `Purg ${name} [1.0]\n`)
      .join(''),
  })),
  model('apt-get purge', (world, words) => {
    const names = goingWith(world, after(words), false);
    for (const name of names) {
      world.change(`purge ${name}`);
      world.serverPackages.delete(name);
      if (name === 'nfs-kernel-server') {
        world.units.delete('nfs-server.service');
        for (const path of ['/etc/exports', '/var/lib/nfs/etab']) world.removeBelow(path);
      }
      if (name === 'nfs-common') world.removeBelow('/etc/nfs.conf');
    }
    return { stdout: `Removing ${names.join(' ')}\n` };
  }),
];

import { posix } from 'node:path';
import { layout } from '../core/layout.ts';
import type { MemorySystem, Model, Node } from './memory.ts';

/** What a server says of itself while it serves: for the dashboard of a pretended one. */

/** By its first words; of a script that is handed to sh, the name that it is given there. */
function model(
  command: string,
  work: (world: MemorySystem, words: readonly string[]) => string,
): Model {
  const wanted = command.split(' ');
  return (world, place, words) => {
    const said = words[0] === 'sh' && words[1] === '-c' ? ['sh', ...words.slice(3)] : words;
    const fits = place === 'server' && wanted.every((word, index) => said[index] === word);
    return fits ? { stdout: work(world, said.slice(wanted.length)) } : undefined;
  };
}

const textOf = (world: MemorySystem, key: string): string => world.nodes.get(key)?.content ?? '';

const runs = (world: MemorySystem, unit: string): boolean => world.units.get(unit)?.active === true;

function showUnits(world: MemorySystem, words: readonly string[]): string {
  return words
    .filter((word) => !word.startsWith('-'))
    .map((name) => {
      const unit = world.units.get(name);
      const file = unit?.enabled ?? '';
      const [active, sub] = unit?.active === true ? ['active', 'running'] : ['inactive', 'dead'];
      const load = unit === undefined ? 'not-found' : 'loaded';
      return `Id=${name}\nLoadState=${load}\nActiveState=${active}\nSubState=${sub}\nUnitFileState=${file}\n`;
    })
    .join('\n');
}

interface Arrived {
  readonly address: string;
  readonly mac: string;
  readonly name: string;
}

/** Who was seen with an address before: such a client has mounted its root by now. */
const seen = new WeakMap<MemorySystem, Set<string>>();

/** Whoever has a lease (believable-leases.ts). */
function arrived(world: MemorySystem): readonly Arrived[] {
  if (!runs(world, 'sidus-dnsmasq.service')) return [];
  const leases = textOf(world, `${layout.state}/dnsmasq.leases`);
  return [...leases.matchAll(/^\d+ (\S+) (\S+) (\S+) /gm)].map(
    ([, mac = '', address = '', name = '']) => ({ mac, address, name }),
  );
}

function connected(world: MemorySystem): readonly Arrived[] {
  const before = seen.get(world) ?? new Set<string>();
  return arrived(world).filter(({ address }) => before.has(address));
}

function connections(world: MemorySystem): string {
  const clients = runs(world, 'nfs-server.service') ? connected(world) : [];
  seen.set(world, new Set(arrived(world).map(({ address }) => address)));
  const own = /^dhcp-boot=.*,,([0-9.]+)$/m.exec(textOf(world, '/etc/sidus/dnsmasq.conf'))?.[1];
  for (const { address } of clients) rootOf(world, address);
  return clients.map(({ address }) => `0 0 ${own}:2049 ${address}:891\n`).join('');
}

/** What each client booted, by its address: it runs that until it boots again. */
const booted = new WeakMap<MemorySystem, Map<string, string>>();

/** The first tree's current version, as the boot files have it when the client comes. */
function rootOf(world: MemorySystem, address: string): string {
  const known = booted.get(world) ?? new Map<string, string>();
  booted.set(world, known);
  const menu = textOf(world, `${layout.tftp}/pxelinux.cfg/default`);
  const tree = /^DEFAULT (?:http\.)?(\S+)$/m.exec(menu)?.[1] ?? '';
  const now = `${tree}:${textOf(world, `${layout.tftp}/sidus/${tree}/current`)}`;
  const root = known.get(address) ?? now;
  known.set(address, root);
  return root;
}

function identities(world: MemorySystem): string {
  if (!runs(world, 'nfs-server.service')) return '';
  const clients = connected(world).map(({ address, mac, name }, index) =>
    [
      `entry: clients/${index + 3}/`,
      `clientid: 0x5fd1c05e656d20f${index}`,
      `address: "${address}:891"`,
      'status: confirmed',
      `name: "Linux NFSv4.1 sidus:${rootOf(world, address)}:${mac.replaceAll(':', '')}/${name}"`,
      'minor version: 1\n',
    ].join('\n'),
  );
  return `16\ngrace ended: Y\n${clients.join('')}`;
}

function bootFiles(world: MemorySystem, [tftp = '']: readonly string[]): string {
  const pattern =
    /sidus\/[a-z][a-z0-9-]*\/[1-9][0-9]*\/|\/[a-z][a-z0-9-]*\/(?:versions|images)\/[1-9][0-9]*/g;
  return [...world.nodes]
    .filter(
      ([key, { kind }]) =>
        kind === 'file' && key.startsWith(`${tftp}/`) && !key.startsWith(`${tftp}/sidus/`),
    )
    .flatMap(([key, { content }]) =>
      [...content.matchAll(pattern)].map(([found]) => `.${key.slice(tftp.length)}:${found}\n`),
    )
    .join('');
}

function sizes(world: MemorySystem, [versions = '']: readonly string[]): string {
  return [...world.nodes.keys()]
    .flatMap((key) => (posix.dirname(key) === versions ? [posix.basename(key)] : []))
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map((name) => `974127104\t${name}\n`)
    .join('');
}

/** As many as the server's files say, and what Debian 13 starts with otherwise. */
function threads(world: MemorySystem): string {
  const own = textOf(world, '/etc/nfs.conf.d/sidus.conf');
  return /^threads=(\d+)$/m.exec(own)?.[1] ?? '16';
}

function nfsTables(world: MemorySystem): string {
  if (!runs(world, 'nfs-server.service')) return '';
  const clients = connected(world).map(({ address, name }, index) =>
    [
      `clientid: 0x5fd1c05e656d20f${index}`,
      `address: "${address}:891"`,
      'status: confirmed',
      'seconds from last renew: 7',
      `name: "Linux NFSv4.2 ${name}"`,
      'minor version: 2',
      'Implementation domain: "kernel.org"',
      'callback state: UP\n',
    ].join('\n'),
  );
  return `${threads(world)}\n${clients.join('')}`;
}

/** In memory nothing has a time: it is as old as the first look at it. */
const seenAt = new WeakMap<Node, number>();

function find(world: MemorySystem, directory: string, wanted: RegExp): readonly string[] {
  return [...world.nodes].flatMap(([key, node]) => {
    if (!key.startsWith(`${directory}/`)) return [];
    const path = key.slice(directory.length + 1);
    if (!wanted.test(path)) return [];
    const time = seenAt.get(node) ?? world.now().getTime() / 1000;
    seenAt.set(node, time);
    return [`./${path}\t${time}\t${node.kind === 'link' ? node.content : ''}`];
  });
}

function treesOnDisk(world: MemorySystem, [trees = '', tftp = '']: readonly string[]): string {
  const suite = /^[^/]+\/draft\/etc\/sidus\/suite$/;
  return [
    ...find(world, `${tftp}/sidus`, /^[^/]+\/current$/),
    ...find(world, trees, /^[^/]+\/versions\/[1-9][0-9]*\/(etc\/sidus\/version|vmlinuz)$/),
    ...find(world, trees, /^[^/]+\/images\/[1-9][0-9]*\/root\.erofs$/),
    ...find(world, trees, suite).map((line) => {
      const path = line.slice(2).split('\t')[0] ?? '';
      return `./${path}:${textOf(world, posix.join(trees, path)).trim()}`;
    }),
    ...find(world, trees, /^[^/]+\/last-version$/).map((line) => {
      const path = line.slice(2).split('\t')[0] ?? '';
      return `./${path}:${textOf(world, posix.join(trees, path)).trim()}`;
    }),
    '',
  ].join('\n');
}

function exportFiles(world: MemorySystem): string {
  const files = [...world.nodes].filter(
    ([key, { kind }]) =>
      kind === 'file' && /^\/etc\/(exports|exports\.d\/[^/]+\.exports)$/.test(key),
  );
  return files.map(([key, { content }]) => `\0${key}\n${content}\n\n`).join('');
}

export const believableOverview: readonly Model[] = [
  model('cat /proc/sys/kernel/hostname', () => 'classroom\n'),
  model('systemctl show', showUnits),
  model('ss -tnH', connections),
  model('sh nfsd', nfsTables),
  model('sh identities', identities),
  model('sh rmtab', () => ''),
  model('sh mounts', (_, [trees = '']) => `${trees}\n`),
  model('sh boot-files', bootFiles),
  model('sh sizes', sizes),
  model('sh trees', treesOnDisk),
  model('sh exports', exportFiles),
  model('sh roots', () => ''),
  model('sh df', () => 'Avail Type 1B-blocks\n250000000000 ext4 500000000000\n'),
];

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  configuredThreads,
  possibleClients,
  threadsFor,
} from '../../src/features/serve/nfs-threads.ts';
import { type Known, plannedFrom } from '../support/facts.ts';
import { removeDirectory, temporaryDirectory } from '../support/machine.ts';

const network = { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 };
const clients = ['20', '150'].map((last) => ({
  mac: `52:54:00:00:00:${last.slice(0, 2)}`,
  name: `node${last}`,
  address: `192.168.67.${last}`,
}));

function site(last: string, dhcp = 'full', listed: readonly unknown[] = [], known: Known = {}) {
  return plannedFrom(
    {
      server: {
        network: { ...network, rangeFirst: '192.168.67.100', rangeLast: `192.168.67.${last}` },
        serve: { dhcp },
      },
      trees: { lab: {} },
      clients: listed,
    },
    known,
  );
}

test.each([
  [1, 16],
  [32, 16],
  [33, 24],
  [127, 64],
  [256, 128],
  [10_000, 128],
])('%i clients have %i threads', (given, threads) => {
  expect(threadsFor(given)).toBe(threads);
});

test('as many may come as addresses could be given', () => {
  expect(possibleClients(site('199').site)).toBe(100);
  // One of the two has its address in the range.
  expect(possibleClients(site('199', 'full', clients).site)).toBe(101);
  expect(possibleClients(site('199', 'existing', clients).site)).toBe(253);
  expect(possibleClients(site('199', 'existing').site)).toBe(253);
});

const threads = (known: Known): string => {
  const step = site('199', 'full', [], known).plan.steps.find(
    ({ id }) => id === 'serve/nfs-threads',
  );
  const [first] = step?.effects ?? [];
  return first?.kind === 'file' && typeof first.content === 'string'
    ? (/^threads=(.*)$/m.exec(first.content)?.[1] ?? '')
    : '';
};

test('never fewer than others have configured', () => {
  expect(threads({})).toBe('56');
  expect(threads({ 'serve/configured-threads': 200 })).toBe('200');
  // Another server's.
  const staged = { 'server/root': '/srv/staged', 'serve/configured-threads': 200 };
  expect(threads(staged)).toBe('56');
});

test('what is at work is left at work, and is not written down for ever', () => {
  expect(threads({ 'clients/nfs': { threads: 128, clients: [] } })).toBe('56');
});

test('the number of others is read as nfs.conf(5) has it, and ours is none of theirs', () => {
  const { parse, source } = configuredThreads;
  expect(
    parse('[none]\n# threads=9\n[mountd]\nthreads=2\n[nfsd]\n# threads=16\n threads = 32 # many\n'),
  ).toBe(32);
  expect(parse('[none]\n[NFSD]\nthreads="24"\n[exportd]\nthreads=3\n')).toBe(24);
  // The last file counts, and a section does not reach into the next.
  expect(parse('[none]\n[nfsd]\nthreads=8\n[none]\nthreads=64\n')).toBe(8);
  expect(parse('[none]\n[nfsd]\nthreads=64\n[none]\n[nfsd]\nthreads=8\n')).toBe(8);
  for (const odd of [
    '',
    'threads=5\n',
    '[nfsd]\nthreads=y\nthreads=-1\nthreads=1e9\nthreads=99999999',
  ])
    expect(parse(odd)).toBe(0);

  const directory = temporaryDirectory('threads');
  try {
    if (source.kind !== 'command') throw new Error('it is a command');
    const [, , script = ''] = source.argv.map(String);
    mkdirSync(join(directory, 'nfs.conf.d'));
    const told = (): number =>
      parse(
        execFileSync(
          'sh',
          [
            ...['-c', script.replaceAll('/etc/', `${directory}/`)],
            ...['threads', join(directory, 'nfs.conf.d/sidus.conf')],
          ],
          { encoding: 'utf8' },
        ),
      );
    const put = (name: string, number: number): void =>
      writeFileSync(join(directory, name), `[nfsd]\nthreads=${number}`);
    expect(told()).toBe(0);
    put('nfs.conf.d/sidus.conf', 128);
    expect(told()).toBe(0);
    put('nfs.conf', 20);
    expect(told()).toBe(20);
    put('nfs.conf.d/local.conf', 40);
    expect(told()).toBe(40);
  } finally {
    removeDirectory(directory);
  }
});

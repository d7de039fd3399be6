import { expect, test } from 'vitest';
import {
  configuredThreads,
  possibleClients,
  threadsFor,
} from '../../src/features/serve/nfs-threads.ts';
import { type Known, plannedFrom } from '../support/facts.ts';

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
  expect(possibleClients(site('199', 'existing', clients).site)).toBe(2);
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

test('never fewer than there are, by the files or at work', () => {
  expect(threads({})).toBe('56');
  expect(threads({ 'serve/configured-threads': 200 })).toBe('200');
  expect(threads({ 'clients/nfs': { threads: 96, clients: [] } })).toBe('96');
  // Another server's.
  const staged = { 'server/root': '/srv/staged', 'serve/configured-threads': 200 };
  expect(threads(staged)).toBe('56');
  // Made again from what it made, it is the same plan.
  expect(
    threads({ 'serve/configured-threads': 56, 'clients/nfs': { threads: 56, clients: [] } }),
  ).toBe('56');
});

test('what nfsconf says is a number or nothing', () => {
  expect(configuredThreads.parse('32\n')).toBe(32);
  for (const odd of ['', 'y\n', '-1', '1e9', '99999999'])
    expect(configuredThreads.parse(odd)).toBe(0);
});

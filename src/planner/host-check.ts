import type { Fact, Facts } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import type { Problem } from '../core/problem.ts';
import { interfaces, uplink } from '../features/network-facts.ts';
import { obstacleFacts, obstacles } from '../features/obstacles.ts';
import {
  rootDirectory,
  serverArchitecture,
  serverRelease,
  systemdRuns,
  treeSpace,
} from '../features/server-facts.ts';
import { mainArchive, serverArchives } from '../features/tree/archives.ts';

/** One line of what this server is; a problem stands in the way, `soft` ones only of serving. */
export interface HostRow {
  readonly name: string;
  readonly value: string;
  readonly standing: 'good' | 'warning' | 'bad';
  readonly problem: Problem | null;
}

export const hostFacts: readonly Fact<unknown>[] = [
  ...obstacleFacts,
  interfaces,
  uplink,
  serverArchives,
];

/** What a person is told of the server before anything is asked. */
export function hostRows(facts: Facts): readonly HostRow[] {
  const inTheWay = obstacles(facts, 'serve');
  const of = (...codes: readonly string[]): Problem | null =>
    inTheWay.find(({ code }) => codes.includes(code)) ?? null;
  const row = (name: string, value: string, problem: Problem | null): HostRow => ({
    name,
    value,
    standing: problem === null ? 'good' : 'bad',
    problem,
  });
  const root = facts.get(rootDirectory);
  const trees = root === '/' ? layout.trees : `${root}${layout.trees}`;
  const cards = facts.get(interfaces);
  const space = facts.get(treeSpace);
  const mirror = mainArchive(facts.get(serverArchives));
  const free = space === null ? null : Math.floor(space.freeBytes / 2 ** 30);
  return [
    row(
      'System',
      `${facts.get(serverRelease).name}, ${facts.get(serverArchitecture)}`,
      of('server/other-system', 'server/other-architecture'),
    ),
    row(
      'Rights',
      of('server/not-root') === null ? 'root' : 'an ordinary user',
      of('server/not-root'),
    ),
    row(
      'Services',
      facts.get(systemdRuns)
        ? 'systemd runs'
        : `systemd does not run${root === '/' ? '' : '; nothing is started here'}`,
      of('server/no-systemd'),
    ),
    {
      name: 'Network',
      value:
        cards.map(({ name, address, prefix }) => `${name} ${address}/${prefix}`).join(', ') ||
        'no card has an address',
      standing: cards.length === 0 ? 'warning' : 'good',
      problem: null,
    },
    {
      name: 'Room',
      value: free === null ? `unknown at ${trees}` : `${free} GiB free at ${trees}`,
      standing: free !== null && free < 5 ? 'warning' : 'good',
      problem: null,
    },
    {
      name: 'Mirror',
      value: mirror ?? "none in the server's own apt sources: you will be asked",
      standing: mirror === null ? 'warning' : 'good',
      problem: null,
    },
  ];
}

import { resolve } from 'node:path';
import { packages } from '../../src/core/effect.ts';
import type { Place } from '../../src/core/place.ts';
import { serverArchives } from '../../src/features/tree/archives.ts';
import { workshopStep } from '../../src/features/workshop.ts';
import { complete } from '../../src/planner/complete.ts';
import { firstFacts } from '../../src/planner/derive.ts';
import { installedPackages } from '../../src/runner/installed.ts';
import { Session } from '../../src/runner/session.ts';
import { Host } from '../../src/system/host.ts';
import { until } from './machine.ts';

/** Beside the workshop of rehearsals, which stays what the product makes of it. */
export const testWorkshop: Place = { workshop: 'trixie-tests' };

/** The parsers that our files are for, and what plays a small network. */
const tools: readonly string[] = [
  'adduser',
  'apt',
  'busybox',
  'console-setup',
  'dnsmasq-base',
  'firewalld',
  'grub-common',
  'init-system-helpers',
  'iproute2',
  // The servers of others, which are told about ours.
  'isc-dhcp-server',
  'kea-dhcp4-server',
  'locales',
  'nfs-ganesha',
  'nfs-ganesha-vfs',
  'nfs-kernel-server',
  'nftables',
  'openssh-client',
  'openssl',
  'perl-base',
  'procps',
  'radvd',
  'shellcheck',
  // A directory of people.
  'slapd',
  'systemd',
  'systemd-sysv',
  'ufw',
];

/** The cache is the machine's own, so that a workshop is built once. */
export const sharedCache = '/var/cache/sidus';
const root = `${sharedCache}/tests`;

export function workshopHost(): Host {
  const program = [process.execPath, resolve('dist/main.mjs')];
  return new Host({ root, cache: sharedCache, program });
}

/** The workshop of the tests, built when it is not there or holds other tools. */
export async function readyWorkshop(): Promise<Host> {
  const host = workshopHost();
  const there = await installedPackages(testWorkshop, host);
  if (tools.every((name) => there.has(name))) return host;

  await until('the other test run that builds the workshop', 900, async () =>
    (await host.lockHolder()) === null ? true : null,
  );
  const session = new Session(host);
  const facts = await session.gather(firstFacts());
  if (facts.get(serverArchives).length === 0) {
    throw new Error('apt on this machine has no archives: run `apt-get update` first');
  }
  const network = { interfaceName: 'lan0', address: '192.168.67.1', prefix: 24 };
  const { site, problems } = complete({ server: { network }, trees: { tests: {} } }, facts);
  const answers = site?.trees.tests;
  if (answers === undefined) throw new Error(JSON.stringify(problems));

  const report = await session.apply(
    {
      schema: 1,
      title: { text: 'Build the workshop of the tests' },
      root,
      steps: [
        {
          id: 'tests/tools',
          title: { text: 'Install mmdebstrap' },
          why: { text: 'A bare machine has none.' },
          effects: [packages('server', ['mmdebstrap', 'debian-archive-keyring'])],
        },
        workshopStep(answers, tools, 'trixie-tests'),
      ],
      notes: [],
    },
    'vitest',
    () => undefined,
    new AbortController().signal,
  );
  if (report.outcome !== 'ok') throw new Error(JSON.stringify(report.problem, null, 2));
  return host;
}

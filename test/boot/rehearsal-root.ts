import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { ProblemError } from '../../src/core/problem.ts';
import { judge } from '../../src/features/expectation.ts';
import type { Site } from '../../src/features/index.ts';
import { workshop } from '../../src/features/workshop.ts';
import { complete } from '../../src/planner/complete.ts';
import { firstFacts, furtherFacts } from '../../src/planner/derive.ts';
import { bootWords, quieting, rehearsalPlan } from '../../src/planner/rehearsal.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import {
  type FullChain,
  type Rehearsal,
  type RehearsalEvent,
  serverInRehearsal,
} from '../../src/rehearsal/virtual-client.ts';
import { Session } from '../../src/runner/session.ts';
import { Host } from '../../src/system/host.ts';
import { sidus } from '../support/engine.ts';

/** One tree for all boots of this table; the first that asks builds it. */
export const root = '/var/tmp/sidus-test-boots';
export const cache = '/var/cache/sidus';
export const system = new Host({
  root,
  cache,
  program: [process.execPath, resolve('dist/main.mjs')],
});
export const tree = 'rehearsal';

export async function builtSite(): Promise<Site> {
  const applied = await sidus(
    ...['apply', '--yes', '--preset', 'rehearsal', '--root', root, '--cache', cache, '--offline'],
  );
  if (applied.code !== 0) throw new Error(applied.stderr.slice(-4000));
  const session = new Session(system);
  const first = await session.gather(firstFacts());
  const { site, problems } = complete(parse(readFileSync('presets/rehearsal.yaml', 'utf8')), first);
  if (site === null) throw new Error(JSON.stringify(problems));
  // What boots the clients: `apply` has no need of it.
  const facts = await session.gather([...firstFacts(), ...furtherFacts(site)]);
  const plan = rehearsalPlan(site, facts, 'full');
  const { problem } = await session.apply(
    plan,
    'test',
    () => undefined,
    new AbortController().signal,
  );
  if (problem !== null) throw new ProblemError(problem);
  return site;
}

export interface Booting {
  readonly version?: number;
  readonly mac?: string;
  readonly hostname?: string;
  readonly serveNow?: (event: RehearsalEvent) => boolean;
  readonly enough?: (event: RehearsalEvent) => boolean;
  readonly watch?: (event: RehearsalEvent) => void;
  readonly words?: readonly string[];
  /** Instead of the quick one. */
  readonly chain?: FullChain;
  /** Seconds. */
  readonly patience?: number;
}

export const memory = 1024;
export const usualMac = '52:54:00:aa:00:01';

export async function boot(site: Site, given: Booting = {}): Promise<Rehearsal> {
  const version = given.version ?? 1;
  return rehearse(
    {
      version: { tree, version },
      workshop,
      mac: given.mac ?? usualMac,
      memory,
      chain: given.chain ?? {
        kind: 'quick',
        hostname: given.hostname ?? 'node1',
        commandLine: bootWords(site, serverInRehearsal, tree, version, [
          ...quieting,
          ...(given.words ?? []),
        ]),
      },
      patience: given.patience ?? 240,
      signal: new AbortController().signal,
      ...(given.serveNow === undefined ? {} : { serveNow: given.serveNow }),
      ...(given.enough === undefined ? {} : { enough: given.enough }),
    },
    system,
    given.watch ?? (() => undefined),
  );
}

/** What does not hold, by name. */
export function broken(
  site: Site,
  { report }: Rehearsal,
  expected: { version?: number; mac?: string; hostname?: string } = {},
): readonly string[] {
  return judge(
    site,
    {
      tree,
      version: expected.version ?? 1,
      mac: expected.mac ?? usualMac,
      hostname: expected.hostname ?? 'node1',
      memoryBytes: memory * 2 ** 20,
    },
    report,
  )
    .filter(({ holds }) => !holds)
    .map(({ what }) => what);
}

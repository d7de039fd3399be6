import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import type { Form } from '../../src/core/form.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { judge } from '../../src/features/expectation.ts';
import type { Site } from '../../src/features/index.ts';
import { workshop } from '../../src/features/workshop.ts';
import { overlaid } from '../../src/planner/answers.ts';
import { complete } from '../../src/planner/complete.ts';
import { firstFacts, furtherFacts } from '../../src/planner/derive.ts';
import { bootWords, quieting, rehearsalPlan, usualForm } from '../../src/planner/rehearsal.ts';
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

/** The version as files, which is how the preset has it, or with its image beside it. */
export async function builtSite(form: Form = 'files'): Promise<Site> {
  const applied = await sidus(
    ...['apply', '--yes', '--preset', 'rehearsal', '--root', root, '--cache', cache, '--offline'],
    ...['--set', `trees.${tree}.tree.form=${form}`],
  );
  if (applied.code !== 0) throw new Error(applied.stderr.slice(-4000));
  const session = new Session(system);
  const first = await session.gather(firstFacts());
  const preset = parse(readFileSync('presets/rehearsal.yaml', 'utf8'));
  const answers = overlaid(preset, { trees: { [tree]: { tree: { form } } } });
  const { site, problems } = complete(answers, first);
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
  readonly watch?: (event: RehearsalEvent) => void;
  readonly words?: readonly string[];
  /** Instead of that of the site. */
  readonly form?: Form;
  /** Instead of the quick one. */
  readonly chain?: FullChain;
  /** Seconds. */
  readonly patience?: number;
}

export const memory = 1024;
export const usualMac = '52:54:00:aa:00:01';

export async function boot(site: Site, given: Booting = {}): Promise<Rehearsal> {
  const version = given.version ?? 1;
  const form = given.form ?? usualForm(site, tree);
  return rehearse(
    {
      version: { tree, version },
      workshop,
      mac: given.mac ?? usualMac,
      memory,
      chain: given.chain ?? {
        kind: 'quick',
        hostname: given.hostname ?? 'node1',
        form,
        commandLine: bootWords(
          ...([site, serverInRehearsal, tree, version] as const),
          [...quieting, ...(given.words ?? [])],
          form,
        ),
      },
      patience: given.patience ?? 240,
      signal: new AbortController().signal,
      ...(given.serveNow === undefined ? {} : { serveNow: given.serveNow }),
    },
    system,
    given.watch ?? (() => undefined),
  );
}

/** What does not hold, by name. */
export function broken(
  site: Site,
  { report }: Rehearsal,
  expected: { version?: number; mac?: string; hostname?: string; form?: Form } = {},
): readonly string[] {
  return judge(
    site,
    {
      tree,
      version: expected.version ?? 1,
      mac: expected.mac ?? usualMac,
      hostname: expected.hostname ?? 'node1',
      memoryBytes: memory * 2 ** 20,
      ...(expected.form === undefined ? {} : { form: expected.form }),
    },
    report,
  )
    .filter(({ holds }) => !holds)
    .map(({ what }) => what);
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { Form } from '../../src/core/form.ts';
import type { Place } from '../../src/core/place.ts';
import { ProblemError } from '../../src/core/problem.ts';
import type { Site } from '../../src/features/index.ts';
import { workshop } from '../../src/features/workshop.ts';
import { overlaid, parseAnswers } from '../../src/planner/answers.ts';
import { complete } from '../../src/planner/complete.ts';
import { firstFacts, furtherFacts } from '../../src/planner/derive.ts';
import {
  bootWords,
  judged,
  ownOf,
  quieting,
  rehearsalPlan,
  usualForm,
} from '../../src/planner/rehearsal.ts';
import { wholeChain } from '../../src/planner/whole-chain.ts';
import { reporting } from '../../src/rehearsal/preparation.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import {
  type Firmware,
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
/** A tree of Debian 12 beside it, for the tests that ask for one. */
export const bookworm = 'bookworm';

export const preset = (): Record<string, unknown> =>
  parseAnswers(readFileSync('presets/rehearsal.yaml', 'utf8'), 'rehearsal') as Record<
    string,
    unknown
  >;

/** Its version as files, which is how the preset has it, or with its image beside it. */
export function builtSite(form: Form = 'files'): Promise<Site> {
  return builtOf(overlaid(preset(), { trees: { [tree]: { tree: { form } } } }));
}

/** Debian 12 for every machine, and the usual tree for those of `clients`. */
export function siteOfTwo(clients: Site['clients']): Promise<Site> {
  const { trees, ...others } = preset() as { trees: Record<string, object> };
  const usual = trees[tree] ?? {};
  return builtOf({
    ...others,
    trees: { [bookworm]: overlaid(usual, { tree: { suite: 'bookworm' } }), [tree]: usual },
    clients,
  });
}

/** `secrets`: those that nobody makes up, by name. */
export async function builtOf(
  answers: unknown,
  secrets: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const directory = mkdtempSync(join(tmpdir(), 'sidus-answers-'));
  try {
    const file = join(directory, 'site.yaml');
    writeFileSync(file, stringify(answers));
    const given = join(directory, 'secrets.json');
    writeFileSync(given, JSON.stringify(secrets), { mode: 0o600 });
    const applied = await sidus(
      ...['apply', '--yes', '--answers', file, '--root', root, '--cache', cache, '--offline'],
      ...(Object.keys(secrets).length === 0 ? [] : ['--secrets', given]),
    );
    if (applied.code !== 0) throw new Error(applied.stderr.slice(-4000));
  } finally {
    rmSync(directory, { recursive: true });
  }
  const session = new Session(system);
  const { site, problems } = complete(answers, await session.gather(firstFacts()));
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
  readonly tree?: string;
  readonly version?: number;
  readonly mac?: string;
  readonly hostname?: string;
  readonly serveNow?: (event: RehearsalEvent) => boolean;
  readonly enough?: (event: RehearsalEvent) => boolean;
  readonly watch?: (event: RehearsalEvent) => void;
  readonly words?: readonly string[];
  /** What its own clock shows at power-on. */
  readonly clock?: string;
  /** Instead of that of the site. */
  readonly form?: Form;
  /** Instead of the quick one. */
  readonly chain?: FullChain;
  /** The only version of NFS that is served. */
  readonly nfs?: '4.1' | '3';
  readonly signal?: AbortSignal;
  /** Seconds. */
  readonly patience?: number;
  /** Further servers, and the workshop that has them. */
  readonly further?: string;
  readonly workshop?: Place;
}

export const memory = 1024;
export const usualMac = '52:54:00:aa:00:01';

export async function boot(site: Site, given: Booting = {}): Promise<Rehearsal> {
  const version = given.version ?? 1;
  const named = given.tree ?? tree;
  const form = given.form ?? usualForm(site, named);
  const own = ownOf(site, named, given.mac ?? usualMac);
  return rehearse(
    {
      version: { tree: named, version },
      ...(own.own === undefined ? {} : { own: own.own }),
      workshop: given.workshop ?? workshop,
      mac: given.mac ?? usualMac,
      memory,
      chain: given.chain ?? {
        kind: 'quick',
        hostname: given.hostname ?? 'node1',
        form,
        commandLine: bootWords(
          ...([site, serverInRehearsal, named, version] as const),
          [...quieting, ...own.words, ...(given.words ?? [])],
          form,
        ),
      },
      patience: given.patience ?? 240,
      signal: given.signal ?? new AbortController().signal,
      ...(given.nfs === undefined ? {} : { nfs: given.nfs }),
      ...(given.clock === undefined ? {} : { clock: given.clock }),
      ...(given.further === undefined ? {} : { further: given.further }),
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
  expected: {
    tree?: string;
    version?: number;
    mac?: string;
    hostname?: string;
    nfs?: '4.1' | '3';
    form?: Form;
  } = {},
): readonly string[] {
  const { version = 1, mac = usualMac, hostname = 'node1', ...rest } = expected;
  return unmet(judged(site, { tree, version, mac, hostname, memory, ...rest }, report));
}

const unmet = (findings: ReturnType<typeof judged>): readonly string[] =>
  findings.filter(({ holds }) => !holds).map(({ what }) => what);

export interface Tried {
  readonly rehearsal: Rehearsal;
  readonly broken: readonly string[];
  /** What console and servers said. */
  readonly said: string;
}

export interface Trying {
  readonly mac?: string;
  readonly change?: (chain: FullChain) => FullChain;
  readonly words?: readonly string[];
  readonly nfs?: '4.1' | '3';
  /** Whose version the site is tried with. */
  readonly tree?: string;
  /** Ends the boot there. */
  readonly until?: (said: string) => boolean;
}

/** From the firmware to the login, by the files that the site makes for real clients. */
export async function tried(site: Site, firmware: Firmware, given: Trying = {}): Promise<Tried> {
  const { mac = usualMac, nfs } = given;
  const named = given.tree ?? tree;
  const facts = await new Session(system).gather([...firstFacts(), ...furtherFacts(site)]);
  const { expected, ...made } = wholeChain(site, facts, {
    ...{ tree: named, version: 1, mac, firmware },
    before: quieting,
    after: [...reporting, ...(given.words ?? [])],
  });
  const chain: FullChain = { kind: 'full', firmware, ...made };
  const said: string[] = [];
  const enough = new AbortController();
  const rehearsal = await boot(site, {
    ...{ mac, tree: expected.tree, signal: enough.signal },
    ...(nfs === undefined ? {} : { nfs }),
    chain: given.change?.(chain) ?? chain,
    watch: (event) => {
      if (event.type !== 'console' && event.type !== 'server') return;
      said.push(event.line);
      if (given.until?.(event.line) === true) enough.abort();
    },
  });
  const client = { ...expected, mac, memory, ...(nfs === undefined ? {} : { nfs }) };
  return {
    rehearsal,
    broken: unmet(judged(site, client, rehearsal.report)),
    said: said.join('\n'),
  };
}

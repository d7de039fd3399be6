import type { ClientReport, Finding } from '../../core/client-report.ts';
import type { Facts } from '../../core/fact.ts';
import { render, say } from '../../core/message.ts';
import { ProblemError } from '../../core/problem.ts';
import { pending } from '../../core/report.ts';
import type { Site } from '../../features/index.ts';
import { rootDirectory } from '../../features/server-facts.ts';
import { currentVersion, lastVersion, publishedVersions } from '../../features/tree-facts.ts';
import { workshop } from '../../features/workshop.ts';
import { type AnswerOptions, type Asked, askSite, givenAnswers } from '../../planner/asked-site.ts';
import { newestVersion, publishDraft } from '../../planner/chores.ts';
import {
  bootWords,
  judged,
  quieting,
  type RehearsedClient,
  rehearsalPlan,
} from '../../planner/rehearsal.ts';
import { wholeChain } from '../../planner/whole-chain.ts';
import { reporting } from '../../rehearsal/preparation.ts';
import {
  type Firmware,
  type Rehearsal,
  serverInRehearsal,
  type VirtualClient,
} from '../../rehearsal/virtual-client.ts';
import { type Common, type CommonOptions, exit } from '../common-options.ts';
import { carryOut } from './apply.ts';

export interface RehearseOptions extends CommonOptions, AnswerOptions {
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly firmware?: Firmware;
  readonly tree?: string;
  readonly mac: string;
  readonly hostname: string;
  readonly memory: number;
  readonly append?: readonly string[];
  readonly patience: number;
  readonly console?: boolean;
}

/** Builds what is not built, boots a virtual client from it, and holds its word against the site. */
export async function rehearse(options: RehearseOptions, common: Common) {
  const { outside, session } = common;
  const { answers: given } = await givenAnswers(options, common.root, outside);
  const kind = chainKind(options);
  const ask = () =>
    askSite(given, session, {
      scope: kind === 'full' ? 'all' : 'trees',
      obstacles: 'build',
      solve: options.offline !== true,
    });
  const asked = await ask();
  const tree = treeOf(options, asked);
  const built = await build(asked, tree, kind, options, common);
  if (built !== exit.done) return built;

  session.forget();
  const { site, facts } = await ask();
  const version = newestVersion(tree, facts);
  if (version === null) throw new Error(`${tree} was published, and has no version`);
  const says = (text: string): void => {
    if (options.json !== true && options.progress !== 'quiet') outside.complain(text);
  };
  const { chain, client } = chosen(site, facts, { tree, version }, kind, options);
  says(`Booting a virtual client from ${client.tree} version ${client.version}\n`);
  const rehearsal = await common.boot(
    {
      version: { tree: client.tree, version: client.version },
      workshop,
      mac: client.mac,
      memory: client.memory,
      chain,
      patience: options.patience,
      signal: outside.signal,
    },
    (event) => {
      if (options.json === true || options.progress === 'json') {
        outside.say(`${JSON.stringify({ ...event, at: new Date().toISOString() })}\n`);
      } else if (event.type === 'stage') {
        says(`  ${event.seconds.toFixed(1).padStart(6)} s  ${stageWords[event.stage]}\n`);
      } else if (event.type === 'note') says(`  ${render(event.note)}\n`);
      else if (
        options.console === true ||
        (event.type === 'console' && /\bsidus: /.test(event.line))
      ) {
        says(`            | ${event.line}\n`);
      }
    },
  );
  const findings = judged(site, client, rehearsal.report);
  tell(rehearsal, findings, options, common);
  return findings.every(({ holds }) => holds) ? exit.done : exit.failed;
}

/** A firmware by its name means the whole chain: the quick way has only QEMU's. */
function chainKind({ quick, full, firmware }: RehearseOptions): 'quick' | 'full' {
  if (quick !== true) return full === true || firmware !== undefined ? 'full' : 'quick';
  if (full !== true && firmware === undefined) return 'quick';
  throw new ProblemError({
    code: 'rehearsal/which-chain',
    at: '--quick',
    summary: say('the quick rehearsal has no firmware to choose, and is not the full one'),
    remedy: say('leave out `--quick`, or `--full` and `--firmware`'),
  });
}

/** How the client gets its kernel, and what it must be then. */
function chosen(
  site: Site,
  facts: Facts,
  { tree, version }: { readonly tree: string; readonly version: number },
  kind: 'quick' | 'full',
  options: RehearseOptions,
): { readonly chain: VirtualClient['chain']; readonly client: RehearsedClient } {
  const { mac, memory, hostname } = options;
  const words = [...quieting, ...(options.append ?? [])];
  if (kind === 'quick') {
    return {
      chain: {
        kind,
        hostname,
        commandLine: bootWords(site, serverInRehearsal, tree, version, [
          ...quieting,
          ...site.server.serve.options,
          ...(options.append ?? []),
        ]),
      },
      client: { tree, version, mac, hostname, memory },
    };
  }
  if (site.server.serve.dhcp !== 'full') {
    throw new ProblemError({
      code: 'rehearsal/no-dhcp',
      at: 'server.serve.dhcp',
      summary: say('another server gives the addresses here, so the whole chain is not all ours'),
      remedy: say('leave out `--full` and `--firmware`: the quick rehearsal needs no DHCP server'),
    });
  }
  const firmware = options.firmware ?? 'bios';
  // A tree that is asked for by its name, for a machine that is not listed: as if it were.
  const listed = site.clients.some((one) => one.mac.toLowerCase() === mac.toLowerCase());
  const tried =
    options.tree === undefined || listed
      ? site
      : { ...site, clients: [...site.clients, { mac, name: hostname, tree }] };
  const { expected, ...chain } = wholeChain(tried, facts, {
    tree,
    version,
    mac,
    firmware,
    words: [...words, ...reporting],
  });
  return {
    chain: { kind, firmware, ...chain },
    client: { ...expected, mac, memory },
  };
}

const stageWords = {
  power: 'switched on',
  address: 'has an address',
  loader: 'its loader comes',
  kernel: 'kernel starts',
  root: 'root mounted, layer over it',
  report: 'up, and reports',
} as const;

function treeOf(options: RehearseOptions, { site }: Asked): string {
  const names = Object.keys(site.trees);
  const chosen = options.tree ?? names[0];
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  throw new ProblemError({
    code: 'tree/which',
    summary: say('there is no tree called {tree}', { tree: String(options.tree) }),
    remedy: say('name one of {names} with `--tree`', { names: names.join(', ') }),
  });
}

/** The trees as the answers want them, and a version of the draft as it is now. */
async function build(
  { site, facts }: Asked,
  tree: string,
  kind: 'quick' | 'full',
  options: RehearseOptions,
  common: Common,
): Promise<number> {
  const { session } = common;
  const plan = rehearsalPlan(site, facts, kind);
  const report = await session.inspect(plan);
  const published = facts.get(publishedVersions(tree)).length > 0;
  if (pending(report).length > 0) {
    const code = await carryOut(plan, options, common);
    if (code !== exit.done) return code;
  }
  // The version that was there is of another draft: what is booted must be what was built.
  if (!(published && (await session.draftIsAhead(plan, tree)))) return exit.done;
  session.forget();
  const again = await session.gather([
    rootDirectory,
    publishedVersions(tree),
    lastVersion(tree),
    currentVersion(tree),
  ]);
  return carryOut(publishDraft(site, again, tree, 'trees'), options, common);
}

function tell(
  { report, timings, bytes, accelerated, retried }: Rehearsal,
  findings: readonly Finding[],
  options: RehearseOptions,
  { outside }: Common,
): void {
  const holds = findings.every((finding) => finding.holds);
  if (options.json === true) {
    const result: {
      schema: 1;
      type: 'rehearsal';
      holds: boolean;
      findings: readonly Finding[];
      timings: Rehearsal['timings'];
      bytes: Rehearsal['bytes'];
      accelerated: boolean;
      retried: string | null;
      report: ClientReport;
    } = {
      schema: 1,
      type: 'rehearsal',
      holds,
      findings,
      timings,
      bytes,
      accelerated,
      retried,
      report,
    };
    outside.say(`${JSON.stringify(result)}\n`);
    return;
  }
  const lines = findings.map(({ what, expected, found, holds: so }) =>
    so
      ? `  ${outside.paint('green', '✓')} ${what}: ${found}`
      : `  ${outside.paint('red', '✗')} ${what}: ${found}, where ${expected} was expected`,
  );
  const mega = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;
  outside.say(
    [
      `The client says of itself (${report.hostname}, kernel ${report.kernel}):`,
      ...lines,
      '',
      `Login after ${timings.login} s: firmware and loader ${timings.firmware}, kernel to root ${timings.kernel}, root to login ${timings.root}${accelerated ? '' : ' (without KVM)'}.`,
      `${mega(bytes.received)} to the client, ${mega(bytes.sent)} from it.`,
      ...(retried === null ? [] : [`The first try failed and was repeated: ${retried}`]),
      holds ? 'The rehearsal holds.' : 'The rehearsal FAILED.',
      '',
    ].join('\n'),
  );
}

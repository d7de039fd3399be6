import type { ClientReport, Finding } from '../../core/client-report.ts';
import type { Facts } from '../../core/fact.ts';
import { render } from '../../core/message.ts';
import { pending } from '../../core/report.ts';
import type { Site } from '../../features/index.ts';
import { rootDirectory } from '../../features/server-facts.ts';
import {
  allImages,
  currentVersion,
  lastVersion,
  publishedVersions,
} from '../../features/tree-facts.ts';
import { workshop } from '../../features/workshop.ts';
import { type AnswerOptions, type Asked, askSite, givenAnswers } from '../../planner/asked-site.ts';
import { type ChainRequest, chainChoice, chainKind } from '../../planner/chain-choice.ts';
import { draftIsPublished, newestVersion, publishDraft } from '../../planner/chores.ts';
import {
  bootWords,
  judged,
  ownOf,
  quieting,
  type RehearsedClient,
  rehearsalPlan,
  usualClient,
  usualForm,
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
import { tryLoginInDraft } from './rehearse-login.ts';

export interface RehearseOptions extends CommonOptions, AnswerOptions, ChainRequest {
  readonly memory: number;
  readonly append?: readonly string[];
  readonly patience: number;
  readonly console?: boolean;
  /** Tries this user's login in the draft; no client is booted. */
  readonly login?: string;
  readonly passwordStdin?: boolean;
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
      offline: options.offline === true,
    });
  const asked = await ask();
  const { tree } = chainChoice(asked.site, options);
  if (options.login !== undefined) {
    return tryLoginInDraft(options.login, asked, tree, options, common);
  }
  const built = await build(asked, tree, kind, options, common);
  if (built !== exit.done) return built;

  session.forget();
  const { site, facts } = await ask();
  const version = newestVersion(tree, facts);
  if (version === null) throw new Error(`${tree} was published, and has no version`);
  const says = (text: string): void => {
    if (options.json !== true && options.progress !== 'quiet') outside.complain(text);
  };
  const tried = chainChoice(site, options).site;
  const { chain, client } = chosen(tried, facts, { tree, version }, options);
  const { own } = ownOf(tried, client.tree, client.mac);
  says(`Booting a virtual client from ${client.tree} version ${client.version}\n`);
  const rehearsal = await common.boot(
    {
      version: { tree: client.tree, version: client.version },
      workshop,
      mac: client.mac,
      memory: client.memory,
      chain,
      ...(own === undefined ? {} : { own }),
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
  const findings = judged(tried, client, rehearsal.report);
  tell(rehearsal, findings, client, options, common);
  return findings.every(({ holds }) => holds) ? exit.done : exit.failed;
}

/** How the client gets its kernel, and what it must be then. */
function chosen(
  site: Site,
  facts: Facts,
  { tree, version }: { readonly tree: string; readonly version: number },
  options: RehearseOptions,
): { readonly chain: VirtualClient['chain']; readonly client: RehearsedClient } {
  const { mac, memory } = options;
  const more = options.append ?? [];
  if (chainKind(options) === 'quick') {
    const hostname = options.hostname ?? usualClient.hostname;
    const { words: own } = ownOf(site, tree, mac);
    const words = [...quieting, ...own, ...site.server.serve.options, ...more];
    const commandLine = bootWords(site, serverInRehearsal, tree, version, words);
    return {
      chain: { kind: 'quick', hostname, form: usualForm(site, tree), commandLine },
      client: { tree, version, mac, hostname, memory },
    };
  }
  const firmware = options.firmware ?? 'bios';
  const { expected, ...chain } = wholeChain(site, facts, {
    ...{ tree, version, mac, firmware },
    before: quieting,
    after: [...more, ...reporting],
  });
  return { chain: { kind: 'full', firmware, ...chain }, client: { ...expected, mac, memory } };
}

const stageWords = {
  power: 'switched on',
  address: 'has an address',
  loader: 'its loader comes',
  kernel: 'kernel starts',
  root: 'root mounted, layer over it',
  report: 'up, and reports',
} as const;

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
  const ahead = await session.draftIsAhead(plan, tree);
  if (!published || draftIsPublished(tree, facts, ahead)) return exit.done;
  session.forget();
  const again = await session.gather([
    rootDirectory,
    publishedVersions(tree),
    lastVersion(tree),
    currentVersion(tree),
    allImages,
  ]);
  return carryOut(publishDraft(site, again, tree, 'trees'), options, common);
}

function tell(
  { report, timings, bytes, accelerated, retried }: Rehearsal,
  findings: readonly Finding[],
  client: RehearsedClient,
  options: RehearseOptions,
  { outside }: Common,
): void {
  const holds = findings.every((finding) => finding.holds);
  if (options.json === true) {
    const result: {
      schema: 1;
      type: 'rehearsal';
      chain: 'quick' | Firmware;
      client: RehearsedClient;
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
      chain: client.chain?.firmware ?? 'quick',
      client,
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

import type { ClientReport, Finding } from '../../core/client-report.ts';
import { render, say } from '../../core/message.ts';
import { ProblemError } from '../../core/problem.ts';
import { pending } from '../../core/report.ts';
import { rootDirectory } from '../../features/server-facts.ts';
import { currentVersion, lastVersion, publishedVersions } from '../../features/tree-facts.ts';
import { workshop } from '../../features/workshop.ts';
import { type AnswerOptions, type Asked, askSite, givenAnswers } from '../../planner/asked-site.ts';
import { newestVersion, publishDraft } from '../../planner/chores.ts';
import { bootWords, judged, quieting, rehearsalPlan } from '../../planner/rehearsal.ts';
import { type Rehearsal, serverInRehearsal } from '../../rehearsal/rehearse.ts';
import { type Common, type CommonOptions, exit } from '../common-options.ts';
import { carryOut } from './apply.ts';

export interface RehearseOptions extends CommonOptions, AnswerOptions {
  readonly quick?: boolean;
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
  const ask = () =>
    askSite(given, session, {
      scope: 'trees',
      obstacles: 'build',
      solve: options.offline !== true,
    });
  const asked = await ask();
  const tree = treeOf(options, asked);
  const built = await build(asked, tree, options, common);
  if (built !== exit.done) return built;

  session.forget();
  const { site, facts } = await ask();
  const version = newestVersion(tree, facts);
  if (version === null) throw new Error(`${tree} was published, and has no version`);
  const says = (text: string): void => {
    if (options.json !== true && options.progress !== 'quiet') outside.complain(text);
  };
  says(`Booting a virtual client from ${tree} version ${version}\n`);
  const rehearsal = await common.boot(
    {
      version: { tree, version },
      workshop,
      mac: options.mac,
      hostname: options.hostname,
      memory: options.memory,
      commandLine: bootWords(site, serverInRehearsal, tree, version, [
        ...quieting,
        ...site.server.serve.options,
        ...(options.append ?? []),
      ]),
      patience: options.patience,
      signal: outside.signal,
    },
    (event) => {
      if (options.json === true || options.progress === 'json') {
        outside.say(`${JSON.stringify({ ...event, at: new Date().toISOString() })}\n`);
      } else if (event.type === 'stage') {
        says(`  ${event.seconds.toFixed(1).padStart(6)} s  ${stageWords[event.stage]}\n`);
      } else if (event.type === 'note') says(`  ${render(event.note)}\n`);
      else if (options.console === true || /\bsidus: /.test(event.line)) {
        says(`            | ${event.line}\n`);
      }
    },
  );
  const { mac, hostname, memory } = options;
  const findings = judged(site, { tree, version, mac, hostname, memory }, rehearsal.report);
  tell(rehearsal, findings, options, common);
  return findings.every(({ holds }) => holds) ? exit.done : exit.failed;
}

const stageWords = {
  power: 'switched on',
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
  options: RehearseOptions,
  common: Common,
): Promise<number> {
  const { session } = common;
  const plan = rehearsalPlan(site, facts);
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

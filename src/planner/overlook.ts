import type { Fact, Facts } from '../core/fact.ts';
import type { Overview, OverviewRun, OverviewRunning, OverviewWire } from '../core/overview.ts';
import type { Plan } from '../core/plan.ts';
import { pending, type Report } from '../core/report.ts';
import type { Site } from '../features/index.ts';
import { dhcpServers } from '../features/serve/dhcp-servers.ts';
import { byHandFact, newerVersions, overviewFacts, overviewOf } from './overview.ts';
import type { EverGiven } from './taken-back.ts';

/** What an overview needs of the runner; a session does it. */
export interface Overlooked {
  look(wanted: readonly Fact<unknown>[]): Promise<Facts>;
  lastRuns(before: readonly OverviewRun[]): Promise<{
    readonly runs: readonly OverviewRun[];
    readonly running: OverviewRunning | null;
  }>;
  draftsAhead(plan: Plan, trees: readonly string[]): Promise<readonly string[]>;
  readonly everDone: EverGiven;
  inspect(plan: Plan): Promise<Report>;
}

export interface Overlooking {
  /** Whether to hold the whole plan against the server, which takes seconds. */
  readonly inspect: boolean;
  /** Whether to ask the clients' wire who gives addresses there: packets, and six seconds. */
  readonly askWire?: boolean;
  /** The overview that this one follows: what cannot have changed is not read again. */
  readonly before?: Overview | null;
}

/**
 * How the server stands now. `status` calls it once, the dashboard again and again: without
 * `inspect` it is a few small files and short commands. `served` is the site and the plan that
 * was derived of it, for what is pending and for which drafts are ahead.
 */
export async function overlook(
  session: Overlooked,
  served: { readonly site: Site; readonly plan: Plan } | null,
  { inspect, askWire = false, before = null }: Overlooking,
): Promise<{ readonly overview: Overview; readonly report: Report | null }> {
  const [first, { runs, running }, ahead, report, wire] = await Promise.all([
    session.look(overviewFacts()),
    session.lastRuns(before?.runs ?? []),
    served === null ? [] : session.draftsAhead(served.plan, Object.keys(served.site.trees)),
    served !== null && inspect ? session.inspect(served.plan) : null,
    askWire ? askedWire(session, served) : null,
  ]);
  const byHand = byHandFact(first);
  const [second, given] = await Promise.all([
    session.look([byHand]),
    session.everDone(newerVersions(first)),
  ]);
  const facts: Facts = {
    get: (fact) => (fact.id === byHand.id ? second : first).get(fact),
    has: (fact) => first.has(fact) || second.has(fact),
  };
  const overview = overviewOf(served?.site ?? null, facts, {
    runs,
    running,
    ahead,
    given,
    pending: report !== null ? pending(report).length : (before?.pending ?? null),
    wire: wire ?? before?.wire ?? null,
  });
  return { overview, report };
}

/** null: there is nobody to ask for. */
async function askedWire(
  session: Overlooked,
  served: { readonly site: Site; readonly plan: Plan } | null,
): Promise<OverviewWire | null> {
  // What is staged may be meant for another machine, on another wire.
  if (served === null || served.plan.root !== '/') return null;
  const { interfaceName: card, address } = served.site.server.network;
  const fact = dhcpServers(card, address);
  const found = (await session.look([fact])).get(fact);
  return found.status === 'asked'
    ? { card, servers: found.servers }
    : { card, servers: [], unasked: found.status };
}

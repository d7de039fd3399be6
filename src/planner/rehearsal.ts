import type { ClientReport, Finding } from '../core/client-report.ts';
import type { Facts } from '../core/fact.ts';
import { whereIs } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { Plan } from '../core/plan.ts';
import { judge } from '../features/expectation.ts';
import type { Site } from '../features/index.ts';
import { commandLine } from '../features/serve/command-line.ts';
import { workshopStep } from '../features/workshop.ts';
import { derive } from './derive.ts';

/** What a rehearsal needs first: the workshop, and the site's trees with a version each. */
export function rehearsalPlan(site: Site, facts: Facts): Plan {
  const trees = derive(site, facts, 'trees');
  return {
    ...withWorkshop(trees, site),
    title: say('Build what a virtual client boots; nothing is served'),
  };
}

/** A plan that also makes what boots virtual clients, so that a rehearsal can follow it. */
function withWorkshop(plan: Plan, site: Site): Plan {
  const [first] = Object.entries(site.trees);
  if (first === undefined) return plan;
  const [name, answers] = first;
  const step = { ...workshopStep(answers), after: [`tree/${name}/tools`] as const };
  const at = plan.steps.findIndex(({ id }) => id === `tree/${name}/tools`);
  return {
    ...plan,
    steps: [...plan.steps.slice(0, at + 1), step, ...plan.steps.slice(at + 1)],
  };
}

/** The client that a rehearsal boots, and what it should be like. */
export interface RehearsedClient {
  readonly tree: string;
  readonly version: number;
  readonly mac: string;
  readonly hostname: string;
  /** Mebibytes. */
  readonly memory: number;
}

/** As `sidus rehearse` boots it when nothing else is said. */
export const usualClient = {
  mac: '52:54:00:12:34:56',
  hostname: 'rehearsal',
  memory: 1024,
} as const;

/** What no rehearsal needs and an emulated processor pays for (boot.md 4). */
export const quieting: readonly string[] = [
  'mitigations=off',
  'nokaslr',
  'audit=0',
  'systemd.show_status=0',
  'loglevel=6',
];

/** What the client says of itself, held against the site. */
export function judged(
  site: Site,
  { tree, version, mac, hostname, memory }: RehearsedClient,
  report: ClientReport,
): readonly Finding[] {
  return judge(site, { tree, version, mac, hostname, memoryBytes: memory * 2 ** 20 }, report);
}

/** The command line that a client of this version gets, as one text. */
export function bootWords(
  site: Site,
  server: string,
  tree: string,
  version: number,
  options: readonly string[],
): string {
  return commandLine(site, server, { tree, version, options })
    .map((part) =>
      typeof part === 'string' ? part : 'at' in part ? whereIs(part.at.place) + part.at.path : '',
    )
    .join('');
}

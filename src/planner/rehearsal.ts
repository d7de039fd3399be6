import type { ClientReport, Finding } from '../core/client-report.ts';
import type { Facts } from '../core/fact.ts';
import type { Form } from '../core/form.ts';
import { whereIs } from '../core/layout.ts';
import { render, say } from '../core/message.ts';
import type { Plan } from '../core/plan.ts';
import { judge, type WholeChainTried } from '../features/expectation.ts';
import type { Site } from '../features/index.ts';
import { ownFilesServed, ownFilesWord } from '../features/own-files.ts';
import { phase } from '../features/phases.ts';
import { commandLine } from '../features/serve/command-line.ts';
import { rehearsalLoadersStep, workshopStep } from '../features/workshop.ts';
import { derive } from './derive.ts';

/** What a rehearsal needs first: the workshop, and the site's trees with a version each. */
export function rehearsalPlan(site: Site, facts: Facts, chain: 'quick' | 'full' = 'quick'): Plan {
  const trees = derive(site, facts, 'trees');
  return {
    ...withWorkshop(trees, site, chain),
    title: say('Build what a virtual client boots; nothing is served'),
  };
}

/** What a draft needs, and nothing that publishes it: a login is tried there before anybody boots it. */
export function draftPlan(site: Site, facts: Facts, tree: string): Plan {
  const trees = derive(site, facts, 'trees');
  const wanted = [phase.preparing, phase.building(tree)].map(render);
  return {
    ...trees,
    title: say('Build the draft of {tree}; nothing is published', { tree }),
    steps: trees.steps.filter(
      (step) => step.phase !== undefined && wanted.includes(render(step.phase)),
    ),
  };
}

/** A plan that also makes what boots virtual clients, so that a rehearsal can follow it. */
function withWorkshop(plan: Plan, site: Site, chain: 'quick' | 'full'): Plan {
  const [first] = Object.entries(site.trees);
  if (first === undefined) return plan;
  const [name, answers] = first;
  const after = [`tree/${name}/tools`] as const;
  const steps = [
    { ...workshopStep(answers), after },
    ...(chain === 'full' ? [{ ...rehearsalLoadersStep(answers), after }] : []),
  ];
  const at = plan.steps.findIndex(({ id }) => id === `tree/${name}/tools`);
  return {
    ...plan,
    steps: [...plan.steps.slice(0, at + 1), ...steps, ...plan.steps.slice(at + 1)],
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
  readonly size?: string;
  readonly nfs?: '4.1' | '3';
  readonly form?: Form;
  readonly chain?: WholeChainTried;
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
  { memory, ...client }: RehearsedClient,
  report: ClientReport,
): readonly Finding[] {
  return judge(site, { ...client, memoryBytes: memory * 2 ** 20 }, report);
}

/** What a client has of its own, to be served to it, and the word that makes it ask for that. */
export function ownOf(site: Site, tree: string, mac: string) {
  const own = ownFilesServed(site, tree, mac);
  return own === null ? { words: [] } : { own, words: [ownFilesWord] };
}

/** In which form a client gets a tree that has nothing of its own. */
export function usualForm(site: Site, tree: string): Form {
  return site.trees[tree]?.tree.form ?? 'files';
}

/** The command line that a client of this version gets, as one text. */
export function bootWords(
  site: Site,
  server: string,
  tree: string,
  version: number,
  options: readonly string[],
  form: Form = usualForm(site, tree),
): string {
  return commandLine(site, server, { tree, version, options, form })
    .map((part) =>
      typeof part === 'string' ? part : 'at' in part ? whereIs(part.at.place) + part.at.path : '',
    )
    .join('');
}

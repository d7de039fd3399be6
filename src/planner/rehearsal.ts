import type { Facts } from '../core/fact.ts';
import { whereIs } from '../core/layout.ts';
import { say } from '../core/message.ts';
import type { Plan } from '../core/plan.ts';
import type { Site } from '../features/index.ts';
import { commandLine } from '../features/serve/command-line.ts';
import { workshopStep } from '../features/workshop.ts';
import { derive } from './derive.ts';

/** What a rehearsal needs first: the workshop, and the site's trees with a version each. */
export function rehearsalPlan(site: Site, facts: Facts): Plan {
  const trees = derive(site, facts, 'trees');
  const [first] = Object.entries(site.trees);
  if (first === undefined) return trees;
  const [name, answers] = first;
  const step = { ...workshopStep(answers), after: [`tree/${name}/tools`] as const };
  const at = trees.steps.findIndex(({ id }) => id === `tree/${name}/tools`);
  return {
    ...trees,
    title: say('Build what the rehearsal boots'),
    steps: [...trees.steps.slice(0, at + 1), step, ...trees.steps.slice(at + 1)],
  };
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

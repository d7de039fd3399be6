import type { Facts } from '../../core/fact.ts';
import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import type { Site } from '../index.ts';
import { versionsOf } from './versions.ts';

/** Groups and clients that name a version which is not there. */
export function namedVersionsProblems(site: Site, facts: Facts): readonly Problem[] {
  const refused = (
    at: string,
    tree: string | undefined,
    version: number | undefined,
  ): readonly Problem[] => {
    const chosen = tree ?? Object.keys(site.trees)[0];
    if (chosen === undefined || version === undefined) return [];
    const known = versionsOf(site, facts).filter((one) => one.tree === chosen);
    if (known.some((one) => one.version === version)) return [];
    return [
      {
        code: 'serve/no-such-version',
        at,
        summary: say('{tree} has no version {version}', { tree: chosen, version }),
        remedy: say('choose among {known}, or leave it out for the current one', {
          known: known.map((one) => one.version).join(', '),
        }),
      },
    ];
  };
  return [
    ...Object.entries(site.groups).flatMap(([name, group]) =>
      refused(`groups.${name}.version`, group.tree, group.version),
    ),
    ...site.clients.flatMap((client, index) => {
      const group = client.group === undefined ? undefined : site.groups[client.group];
      return refused(`clients.${index}.version`, client.tree ?? group?.tree, client.version);
    }),
  ];
}

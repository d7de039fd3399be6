import type { Facts } from '../core/fact.ts';
import { say } from '../core/message.ts';
import type { Plan } from '../core/plan.ts';
import { ProblemError } from '../core/problem.ts';
import type { Site } from '../features/index.ts';
import { currentVersion, publishedVersions } from '../features/tree-facts.ts';
import { expectVersion, switchTo } from './chores.ts';

/** Lets clients boot an earlier version: the one before the current, or the one that is named. */
export function rollback(site: Site, facts: Facts, tree: string, named: number | null): Plan {
  const versions = facts.get(publishedVersions(tree));
  const current = facts.get(currentVersion(tree));
  if (named !== null) expectVersion(tree, named, facts);
  const version =
    named ?? versions.filter((one) => current !== null && one < current).at(-1) ?? null;
  if (version === null) {
    throw new ProblemError({
      code: 'tree/no-earlier-version',
      summary:
        current === null
          ? say('clients boot no version of {tree} yet', { tree })
          : say('{tree} has no version before {current}, which clients boot', { tree, current }),
      remedy: say('see what there is with `sidus tree versions {tree}`', { tree }),
    });
  }
  return switchTo(site, facts, tree, version);
}

import type { Facts } from '../core/fact.ts';
import type { Problem } from '../core/problem.ts';
import type { Trial, Verdict } from '../core/trial.ts';
import type { Site } from '../features/index.ts';
import type { Completed } from './complete.ts';
import { contextOf, ofServer, ofTrees } from './derive.ts';

/**
 * What can be tried on the outside with the answers so far: what is about the server, once
 * nothing is wrong there; what is about a tree, once nothing is wrong at all. Obstacles, which
 * are no answers, do not count.
 */
export function trialsOf(
  values: Completed['values'],
  problems: readonly Problem[],
): readonly Trial[] {
  const wrong = problems.flatMap(({ at }) => (at === undefined ? [] : [at.split('.')[0]]));
  if (wrong.includes('server')) return [];
  const whole = values as unknown as Site;
  // What a server's topic is given is sound: a part that is not yet is as if it were not there.
  const site: Site = {
    schema: 1,
    server: whole.server,
    trees: wrong.includes('trees') ? {} : whole.trees,
    groups: wrong.includes('groups') ? {} : whole.groups,
    clients: wrong.includes('clients') ? [] : whole.clients,
  };
  const trials = ofServer.flatMap((topic) => topic.trials?.(site) ?? []);
  if (wrong.length > 0) return trials;
  return [
    ...trials,
    ...Object.keys(site.trees).flatMap((name) =>
      ofTrees.flatMap((topic) => topic.trials?.(contextOf(site, name)) ?? []),
    ),
  ];
}

/** What came of those trials whose facts are there, by the path of the answer. A warning counts more. */
export function remarksOf(
  trials: readonly Trial[],
  facts: Facts,
): Readonly<Record<string, NonNullable<Verdict>>> {
  const remarks: Record<string, NonNullable<Verdict>> = {};
  for (const trial of trials) {
    const verdict = facts.has(trial.fact) ? trial.verdict(facts) : null;
    if (verdict === null) continue;
    const before = remarks[trial.at];
    if (before === undefined || 'good' in before) remarks[trial.at] = verdict;
  }
  return remarks;
}

import type { DirectoryQuestion } from '../core/directory.ts';
import type { Fact } from '../core/fact.ts';
import type { WantedSecret } from '../features/feature.ts';
import { mountsOf } from '../features/homes/mounts.ts';
import type { Site, TreeAnswers } from '../features/index.ts';
import type { Completed } from './complete.ts';
import { contextOf, ofTrees } from './derive.ts';

/** Facts by which more answers are found out, once these are there. They ask the outside. */
export function findingFacts(values: Completed['values']): readonly Fact<unknown>[] {
  const trees = Object.values((values.trees ?? {}) as Readonly<Record<string, unknown>>);
  return trees.flatMap((answers) =>
    ofTrees.flatMap(
      (topic) =>
        topic.finds?.(
          (answers as Readonly<Record<string, Readonly<Record<string, unknown>>>>)[topic.id] ?? {},
        ) ?? [],
    ),
  );
}

/** The context of a tree of which nothing is wrong by itself; null: something is, or there is none. */
function soundContext({ values, problems }: Pick<Completed, 'values' | 'problems'>, tree: string) {
  const at = `trees.${tree}`;
  if (problems.some((one) => one.at === 'trees' || one.at?.startsWith(`${at}.`))) return null;
  const answers = (values.trees as Readonly<Record<string, TreeAnswers>>)[tree];
  if (answers === undefined) return null;
  const site = { ...values, trees: { [tree]: answers } } as unknown as Site;
  return contextOf(site, tree);
}

/** How a login at a client of this tree is tried; null: nobody is known but on the clients themselves. */
export function loginQuestion(
  completed: Pick<Completed, 'values' | 'problems'>,
  tree: string,
  /** Of this topic alone. */
  only?: string,
): {
  readonly topic: string;
  readonly question: DirectoryQuestion;
  /** The directories of a client that lie on a server. */
  readonly mounted: readonly string[];
} | null {
  const topics = ofTrees.filter(({ id, logins }) => logins !== undefined && id === (only ?? id));
  const context = topics.length === 0 ? null : soundContext(completed, tree);
  if (context === null) return null;
  for (const topic of topics) {
    const question = topic.logins?.(context) ?? null;
    if (question !== null) {
      return { topic: topic.id, question, mounted: mountsOf(context.answers).map(({ at }) => at) };
    }
  }
  return null;
}

/** What somebody has to give before these answers can be so. */
export function wantedSecrets(
  completed: Pick<Completed, 'values' | 'problems'>,
  tree: string,
  only?: string,
): readonly WantedSecret[] {
  const topics = ofTrees.filter(({ id, secrets }) => secrets !== undefined && id === (only ?? id));
  const context = topics.length === 0 ? null : soundContext(completed, tree);
  return context === null ? [] : topics.flatMap((topic) => topic.secrets?.(context) ?? []);
}

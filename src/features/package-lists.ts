import type { TreeAnswers } from './index.ts';
import { type Mapped, mapNames } from './package-names.ts';

/** The names that the answers stand for today, in their order. */
export function included(given: TreeAnswers): readonly string[] {
  return mapNames(given.packages.include, given.tree.suite).names;
}

export function keptOut(given: TreeAnswers): readonly string[] {
  return mapNames(given.packages.exclude, given.tree.suite).names;
}

/** Names of old recipes that became something else: shown, so that nobody wonders. */
export function mappedNames(given: TreeAnswers): readonly Mapped[] {
  const { suite } = given.tree;
  return [
    ...mapNames(given.packages.include, suite).mapped,
    ...mapNames(given.packages.exclude, suite).mapped,
  ];
}

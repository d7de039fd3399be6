import type { TreeAnswers } from './index.ts';
import { conflicting, type Mapped, mapExclusions, mapNames } from './package-names.ts';

/** What the names of the answers stand for today; the sets that the archive and apt are asked about. */

export function keptOut(given: TreeAnswers): readonly string[] {
  return mapExclusions(given.packages.exclude, given.tree.suite).names;
}

/** As in debootstrap, what is both wanted and kept out stays out. */
export function included(given: TreeAnswers): readonly string[] {
  const out = new Set(wantedAndKeptOut(given));
  return mapNames(given.packages.include, given.tree.suite).names.filter((name) => !out.has(name));
}

export function wantedAndKeptOut(given: TreeAnswers): readonly string[] {
  return conflicting(mapNames(given.packages.include, given.tree.suite).names, keptOut(given));
}

/** Names of old recipes that became something else: shown, so that nobody wonders. */
export function mappedNames(given: TreeAnswers): readonly Mapped[] {
  const { suite } = given.tree;
  return [
    ...mapNames(given.packages.include, suite).mapped,
    ...mapExclusions(given.packages.exclude, suite).mapped,
  ];
}

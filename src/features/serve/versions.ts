import { type Effect, link } from '../../core/effect.ts';
import type { Facts } from '../../core/fact.ts';
import { layout } from '../../core/layout.ts';
import type { StepId } from '../../core/plan.ts';
import type { Site } from '../index.ts';
import { currentVersion, lastVersion, publishedVersions } from '../tree-facts.ts';

/** The versions that boot files are written for: those that are there, or the one about to be. */
export function versionsOf(site: Site, facts: Facts): readonly { tree: string; version: number }[] {
  return Object.keys(site.trees).flatMap((tree) => {
    const there = facts.get(publishedVersions(tree));
    const versions = there.length > 0 ? there : [facts.get(lastVersion(tree)) + 1];
    return versions.map((version) => ({ tree, version }));
  });
}

/** The version that a client gets when nothing else is said. */
export function currentOf(tree: string, facts: Facts): number {
  return (
    facts.get(currentVersion(tree)) ??
    facts.get(publishedVersions(tree)).at(-1) ??
    facts.get(lastVersion(tree)) + 1
  );
}

/** The step that gives a tree to its clients. */
export const givingStep = (tree: string): StepId => `serve/${tree}/current`;

/** What gives them one of its versions: the same link, whoever plans it. */
export function givingEffects(tree: string, version: number): readonly Effect[] {
  return [link('server', `${layout.tftp}/sidus/${tree}/current`, String(version))];
}

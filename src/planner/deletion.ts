import { script } from '../core/assets.ts';
import { absent, type Check, run } from '../core/effect.ts';
import type { Fact, Facts } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import { say } from '../core/message.ts';
import { inOrder, type Plan, type Step, type StepId } from '../core/plan.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import type { Site } from '../features/index.ts';
import { inPhase, phase } from '../features/phases.ts';
import { bootDirectory } from '../features/serve/entries.ts';
import { imagesAsTheyAre } from '../features/serve/images.ts';
import { serve } from '../features/serve/index.ts';
import { rootDirectory } from '../features/server-facts.ts';
import {
  allImages,
  allPublished,
  currentVersion,
  lastVersion,
  type Published,
  publishedVersions,
} from '../features/tree-facts.ts';
import { halfDeleted } from '../features/version-facts.ts';
import { useFacts, usesOf } from '../features/version-uses.ts';
import { expectVersion, onlyKnown } from './chores.ts';
import { overlaidFacts } from './overlaid-facts.ts';

/** What a deletion rests on, of a tree that may have left the site. */
export function deletionFacts(tree: string): readonly Fact<unknown>[] {
  return [
    ...useFacts,
    allPublished,
    allImages,
    publishedVersions(tree),
    lastVersion(tree),
    currentVersion(tree),
    halfDeleted(tree),
  ];
}

/** What would be left, as the facts will be. */
function without(facts: Facts, tree: string, versions: readonly number[]): Facts {
  const remains = (one: Published): boolean => one.tree !== tree || !versions.includes(one.version);
  return overlaidFacts(facts, [
    [
      publishedVersions(tree),
      facts.get(publishedVersions(tree)).filter((one) => !versions.includes(one)),
    ],
    [allPublished, facts.get(allPublished).filter(remains)],
    [allImages, facts.get(allImages).filter(remains)],
  ]);
}

const needed: readonly StepId[] = ['serve/exports', 'serve/menus'];

/** What of serving is written anew before a version goes: whatever could still name it. */
function servingSteps(site: Site, facts: Facts): readonly Step[] {
  // Nobody fills a disk by a deletion.
  const afterwards = overlaidFacts(facts, [[imagesAsTheyAre, Object.keys(site.trees)]]);
  return onlyKnown(
    inPhase(
      phase.serving,
      serve.steps(site, afterwards).filter(({ id }) => needed.includes(id)),
    ),
  );
}

/** All that stands in the way of deleting a version; none: it can be deleted. */
export function deletionProblems(
  site: Site,
  facts: Facts,
  tree: string,
  version: number,
): readonly Problem[] {
  const below = `${layout.tftp}/`;
  const written = servingSteps(site, without(facts, tree, [version])).flatMap(({ effects }) =>
    effects.flatMap((effect) =>
      'path' in effect && effect.path.startsWith(below) ? [effect.path.slice(below.length)] : [],
    ),
  );
  const left = facts.get(publishedVersions(tree)).filter((one) => one !== version);
  const only: readonly Problem[] =
    left.length === 0 && site.trees[tree] !== undefined
      ? [
          {
            code: 'tree/only-version',
            summary: say('{tree} has no other version than {version}', { tree, version }),
            remedy: say('publish another first, with `sidus tree publish {tree}`', { tree }),
          },
        ]
      : [];
  const uses = usesOf(site, facts, { tree, version }, new Set(written));
  return uses.some(({ code }) => code === 'tree/version-current') ? uses : [...only, ...uses];
}

/**
 * Deletes versions that nothing names, and finishes deletions that broke off. Throws a
 * ProblemError with all that stands in the way of any of them.
 */
export function deletion(site: Site, facts: Facts, tree: string, wanted: readonly number[]): Plan {
  const begun = facts.get(halfDeleted(tree));
  const whole = [...new Set(wanted)].filter(
    (version) => facts.get(publishedVersions(tree)).includes(version) || !begun.includes(version),
  );
  for (const version of whole) expectVersion(tree, version, facts);
  const problems = whole.flatMap((version) => deletionProblems(site, facts, tree, version));
  const remaining = facts.get(publishedVersions(tree)).filter((one) => !whole.includes(one));
  if (problems.length === 0 && remaining.length === 0 && site.trees[tree] !== undefined) {
    throw new ProblemError({
      code: 'tree/no-version-left',
      summary: say('{tree} would have no version left', { tree }),
      remedy: say('keep one, or publish another first, with `sidus tree publish {tree}`', { tree }),
    });
  }
  if (problems.length > 0) throw new ProblemError(...problems);
  const versions = [...new Set([...whole, ...begun])].sort((a, b) => a - b);
  const staged = facts.get(rootDirectory) !== '/';
  const serving = servingSteps(site, without(facts, tree, whole));
  // Of a tree that left the site nobody boots anything: no menu names it.
  const link = `${layout.tftp}/sidus/${tree}/current`;
  const stale =
    site.trees[tree] === undefined && whole.includes(facts.get(currentVersion(tree)) ?? 0);
  return {
    schema: 1,
    title:
      versions.length === 1
        ? say('Delete {tree} version {version}', { tree, version: versions[0] ?? 0 })
        : say('Delete {tree} versions {versions}', { tree, versions: versions.join(', ') }),
    root: facts.get(rootDirectory),
    steps: inOrder([
      ...(stale
        ? [
            {
              id: `tree/${tree}/left` as const,
              title: say('Let nobody boot {tree}', { tree }),
              why: say('It left the site: its versions are only kept.'),
              phase: phase.deleting(tree),
              after: serving.map(({ id }) => id),
              effects: [absent('server', link)],
            },
          ]
        : []),
      ...whole.map(
        (version): Step => ({
          id: `tree/${tree}/unused-${version}`,
          title: say('See that nobody uses {tree} version {version}', { tree, version }),
          why: say('A client that loses its root stands still: what is in use is not deleted.'),
          phase: phase.deleting(tree),
          ...(stale ? { after: [`tree/${tree}/left`] } : {}),
          effects: [
            run(
              'server',
              [
                ...deleteVersion('look', tree, version),
                ...(staged ? [] : ['/proc/fs/nfsd/clients']),
              ],
              // Looked at again by whoever goes on with this run, however late.
              { unless: isGone(tree, version) },
            ),
          ],
        }),
      ),
      ...serving.map((step) =>
        stale
          ? step
          : {
              ...step,
              after: [
                ...(step.after ?? []),
                ...whole.map((version): StepId => `tree/${tree}/unused-${version}`),
              ],
            },
      ),
      ...versions.map(
        (version): Step => ({
          id: `tree/${tree}/deleted-${version}`,
          title: say('Delete version {version} of {tree} and its boot files', { tree, version }),
          why: say('Its number is never given again.'),
          phase: phase.deleting(tree),
          seconds: 10,
          after: [
            ...serving.map(({ id }) => id),
            ...whole.map((one): StepId => `tree/${tree}/unused-${one}`),
          ],
          effects: [
            run('server', deleteVersion('delete', tree, version), {
              unless: isGone(tree, version),
            }),
          ],
        }),
      ),
    ]),
    notes: [],
  };
}

/** Neither it, nor what a deletion that broke off left of it. */
function isGone(tree: string, version: number): Check {
  const versions = `${layout.trees}/${tree}/versions`;
  const [whole, rest] = [at(`${versions}/${version}`), at(`${versions}/.${version}.gone`)];
  return {
    kind: 'succeeds',
    place: 'server',
    argv: ['test', '!', '-e', whole, '-a', '!', '-e', rest],
  };
}

const at = (path: string) => ({ at: { place: 'server', path } }) as const;

function deleteVersion(what: 'look' | 'delete', tree: string, version: number) {
  return [
    'sh',
    script('delete-version'),
    what,
    at(`${layout.trees}/${tree}`),
    tree,
    String(version),
    at(`${layout.tftp}/${bootDirectory(tree, version)}`),
  ] as const;
}

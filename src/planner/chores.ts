import type { Facts } from '../core/fact.ts';
import { type Message, say } from '../core/message.ts';
import { inOrder, type Plan, type Step } from '../core/plan.ts';
import { ProblemError } from '../core/problem.ts';
import type { Site } from '../features/index.ts';
import { inPhase, phase } from '../features/phases.ts';
import { clientBoot } from '../features/serve/clients.ts';
import { formOf, imagesAsTheyAre, ownBoot } from '../features/serve/images.ts';
import { serve } from '../features/serve/index.ts';
import { currentOf } from '../features/serve/versions.ts';
import { rootDirectory } from '../features/server-facts.ts';
import { imageSteps } from '../features/tree/image.ts';
import { publishStep } from '../features/tree/publish.ts';
import {
  currentVersion,
  lastVersion,
  type Published,
  publishedVersions,
} from '../features/tree-facts.ts';
import { contextOf, type Scope, treeSteps } from './derive.ts';
import { overlaidFacts } from './overlaid-facts.ts';
import { type EverGiven, giving, takenBack } from './taken-back.ts';

/** Small plans of an administrator. They get review, journal and resume from the same runner. */

/** The number that the next version of a tree gets: one that was never used. */
export function nextVersion(tree: string, facts: Facts): number {
  return Math.max(facts.get(lastVersion(tree)), 0, ...facts.get(publishedVersions(tree))) + 1;
}

/** The newest version that is there: the highest number ever given may be of one that is gone. */
export function newestVersion(tree: string, facts: Facts): number | null {
  return facts.get(publishedVersions(tree)).at(-1) ?? null;
}

/**
 * Whether the newest version is of the draft as it is. `ahead`: runs worked on the draft since its
 * last version was made; and where that one was deleted, nothing that is there is of this draft.
 */
export function draftIsPublished(tree: string, facts: Facts, ahead: boolean): boolean {
  const newest = newestVersion(tree, facts);
  return newest !== null && newest >= facts.get(lastVersion(tree)) && !ahead;
}

/** Publishes the draft of a tree as its next version, and lets clients boot it. */
export function publishDraft(site: Site, facts: Facts, tree: string, scope: Scope = 'all'): Plan {
  const version = nextVersion(tree, facts);
  const afterwards = overlaidFacts(facts, [
    [publishedVersions(tree), [...facts.get(publishedVersions(tree)), version]],
    [currentVersion(tree), version],
    // What was chosen for another tree is not this chore's business: it may wait for its own version.
    [imagesAsTheyAre, Object.keys(site.trees).filter((name) => name !== tree)],
  ]);
  // A shell in the draft may have left keys, a machine-id or a package's idea of an initrd behind.
  const drafting = treeSteps({ ...contextOf(site, tree), facts });
  const drafted = drafting.map(({ id }) => id);
  const serving =
    scope === 'trees'
      ? []
      : inPhase(phase.serving, serve.steps(site, afterwards))
          // What was installed and fetched by `apply` is not this chore's business.
          .filter(({ id }) => !['serve/tools', 'serve/loaders', 'serve/guard'].includes(id));
  return {
    schema: 1,
    title: say('Publish {tree} as version {version}', { tree, version }),
    root: facts.get(rootDirectory),
    steps: inOrder(
      onlyKnown([
        ...drafting,
        publishStep(tree, version, drafted),
        ...imageSteps(site, afterwards, tree),
        ...serving,
      ]),
    ),
    notes: scope === 'trees' ? [] : bootNotes(site, facts, tree, version),
  };
}

/** Order among the steps that are there: what they wait for may be another plan's. */
export function onlyKnown(steps: readonly Step[]): readonly Step[] {
  const known = new Set(steps.map(({ id }) => id));
  return steps.map((step) => ({
    ...step,
    after: (step.after ?? []).filter((id) => known.has(id)),
    follows: (step.follows ?? []).filter((id) => known.has(id)),
  }));
}

/**
 * Lets clients boot a version that is there already, in the form that is there: what somebody does
 * in an outage waits for no mirror and no image.
 */
export function switchTo(site: Site, facts: Facts, tree: string, version: number): Plan {
  return switching(site, facts, { tree, version, imaged: false });
}

/** `imaged`: the image is made where it is missing, as for one that was rehearsed. */
function switching(
  site: Site,
  facts: Facts,
  { tree, version, imaged }: Published & { readonly imaged: boolean },
): Plan {
  const afterwards = overlaidFacts(facts, [
    [currentVersion(tree), version],
    [imagesAsTheyAre, Object.keys(site.trees).filter((name) => !imaged || name !== tree)],
  ]);
  const steps = inPhase(phase.serving, serve.steps(site, afterwards)).filter(
    ({ id }) => !['serve/tools', 'serve/loaders', 'serve/guard'].includes(id),
  );
  return {
    schema: 1,
    title: say('Let clients boot {tree} version {version}', { tree, version }),
    root: facts.get(rootDirectory),
    steps: inOrder(onlyKnown([...imageSteps(site, afterwards, tree), ...steps])),
    notes: [
      ...bootNotes(site, facts, tree, version),
      ...(lacksImage(site, afterwards, { tree, version })
        ? [
            say(
              'There is no image of {tree} version {version}: clients get it as files, until `sidus apply` makes one.',
              { tree, version },
            ),
          ]
        : []),
    ],
  };
}

/** Whether somebody gets a version as files who should get its image. */
function lacksImage(site: Site, facts: Facts, { tree, version }: Published): boolean {
  const usual = site.trees[tree]?.tree.form === 'image';
  if (usual && formOf(site, facts, tree, version) === 'files') return true;
  return site.clients.some((client) => {
    const wanted = clientBoot(site, client, (name) => currentOf(name, facts));
    if (wanted?.tree !== tree || wanted.version !== version) return false;
    return wanted.form !== ownBoot(site, facts, client)?.form;
  });
}

/** Who boots what from now on. */
function bootNotes(site: Site, facts: Facts, tree: string, version: number): readonly Message[] {
  const [first] = Object.keys(site.trees);
  const others = site.clients.flatMap((client) => {
    const own = clientBoot(site, client, (name) =>
      name === tree ? version : currentOf(name, facts),
    );
    const boots = own ?? { tree: first ?? tree, version };
    return boots.tree === tree && boots.version !== version
      ? [`${client.name} (${boots.version})`]
      : [];
  });
  return [
    say(
      'Whoever boots {tree} gets version {version} from now on. Clients that run keep what they run until they boot again.',
      { tree, version },
    ),
    ...(others.length === 0
      ? []
      : [
          say('These keep the version that the site gives them: {others}.', {
            others: [
              ...others.slice(0, 8),
              ...(others.length > 8 ? [`${others.length - 8} more`] : []),
            ].join(', '),
          }),
        ]),
  ];
}

/** Throws a ProblemError where a version is named that is not there. */
export function expectVersion(tree: string, version: number, facts: Facts): void {
  const there = facts.get(publishedVersions(tree));
  if (there.includes(version)) return;
  throw new ProblemError({
    code: 'tree/no-such-version',
    summary: say('{tree} has no version {version}', { tree, version }),
    remedy:
      there.length === 0
        ? say('make one with `sidus tree publish {tree}`', { tree })
        : say('choose among {known}', { known: there.join(', ') }),
  });
}

/** What the journal says; a session reads it. */
export interface Journalled {
  draftIsAhead(plan: Plan, tree: string): Promise<boolean>;
  readonly everDone: EverGiven;
}

/**
 * What lets clients boot the draft as it is. What was rehearsed is what is served, byte for byte,
 * as long as nobody touched the draft since. Throws a ProblemError where that was served, and
 * taken back: nobody gives it out again without saying so.
 */
export async function publishing(
  site: Site,
  facts: Facts,
  tree: string,
  journal: Journalled,
): Promise<Plan> {
  const plan = publishDraft(site, facts, tree);
  const newest = newestVersion(tree, facts);
  const current = facts.get(currentVersion(tree));
  if (newest === null || newest <= (current ?? 0)) return plan;
  if (!draftIsPublished(tree, facts, await journal.draftIsAhead(plan, tree))) return plan;
  const given = await journal.everDone([giving(tree, newest)]);
  if (current !== null && given.length > 0) {
    throw new ProblemError(takenBack(tree, current, newest));
  }
  return switching(site, facts, { tree, version: newest, imaged: true });
}

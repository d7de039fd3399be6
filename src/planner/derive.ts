import { file } from '../core/effect.ts';
import type { Fact, Facts } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import { type Message, render, say } from '../core/message.ts';
import { inTree } from '../core/place.ts';
import { inOrder, type Plan, type Step } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import type { ServerTopic, TreeContext, TreeTopic } from '../features/feature.ts';
import { homesNotes } from '../features/homes/exports.ts';
import { type Site, serverTopics, treeTopics } from '../features/index.ts';
import { ownFilesChecks, ownFilesProblems, ownFilesSteps } from '../features/own-files.ts';
import { mappedNames, wantedAndKeptOut } from '../features/package-lists.ts';
import { inPhase, phase } from '../features/phases.ts';
import { alreadyServedNotes } from '../features/serve/already-served.ts';
import { firewallNotes } from '../features/serve/firewall/index.ts';
import { timeNotes } from '../features/serve/time.ts';
import { toldNotes } from '../features/serve/told-dhcp.ts';
import { currentOf } from '../features/serve/versions.ts';
import { rootDirectory } from '../features/server-facts.ts';
import { imageSteps } from '../features/tree/image.ts';
import { publishStep } from '../features/tree/publish.ts';
import { currentVersion, lastVersion, publishedVersions } from '../features/tree-facts.ts';
import { siteText } from './site-text.ts';

export const ofServer: readonly ServerTopic[] = serverTopics as never;
export const ofTrees: readonly TreeTopic[] = treeTopics as never;

/** 'trees' leaves out what serves them: a rehearsal brings servers of its own. */
export type Scope = 'all' | 'trees';

/** What is learnt before any answer is looked at. */
export function firstFacts(): readonly Fact<unknown>[] {
  return [rootDirectory, ...[...ofServer, ...ofTrees].flatMap(({ facts }) => facts ?? [])];
}

/** What is learnt once the answers are known. */
export function furtherFacts(site: Site): readonly Fact<unknown>[] {
  return [
    ...ofServer.flatMap((topic) => topic.checks?.(site) ?? []),
    ...Object.keys(site.trees).flatMap((name) => [
      publishedVersions(name),
      lastVersion(name),
      currentVersion(name),
      ...ownFilesChecks({ site, name }),
      ...ofTrees.flatMap((topic) => topic.checks?.(contextOf(site, name)) ?? []),
    ]),
  ];
}

/** What the answers together, or with the facts, have wrong. */
export function problemsOf(site: Site, facts: Facts, scope: Scope = 'all'): readonly Problem[] {
  return [
    ...(scope === 'all' ? ofServer.flatMap((topic) => topic.problems?.(site, facts) ?? []) : []),
    ...Object.keys(site.trees).flatMap((name) => {
      const context = { ...contextOf(site, name), facts };
      return [
        ...ofTrees.flatMap((topic) => topic.problems?.(context) ?? []),
        ...ownFilesProblems(context),
      ];
    }),
  ];
}

/** The plan that makes the site true. Pure: same answers and facts, same bytes. */
export function derive(
  site: Site,
  facts: Facts,
  scope: Scope = 'all',
  /** The text that the answers came from, for its comments. */
  original: string | null = null,
): Plan {
  const trees = Object.keys(site.trees).flatMap((name) => {
    const steps = treeSteps({ ...contextOf(site, name), facts });
    return [
      ...steps,
      publishStep(
        name,
        currentOf(name, facts),
        steps.map(({ id }) => id),
      ),
      ...imageSteps(site, facts, name),
      ...ownFilesSteps({ ...contextOf(site, name), facts }),
    ];
  });
  const steps = scope === 'trees' ? trees : withServer(site, facts, trees, original);
  return {
    schema: 1,
    title: say('Make this server a SIDUS server'),
    root: facts.get(rootDirectory),
    steps: inOrder(steps),
    notes: notesOf(site, facts, scope),
  };
}

/** What needs nothing comes first: a refusal should come before half an hour of building. */
function withServer(
  site: Site,
  facts: Facts,
  trees: readonly Step[],
  original: string | null,
): readonly Step[] {
  const steps = serverSteps(site, facts);
  const needsNothing = (step: Step): boolean => (step.after ?? []).length === 0;
  const answers: Step = {
    id: 'site/answers',
    title: say('Keep the answers'),
    why: say('Every later command reads them there.'),
    phase: phase.preparing,
    effects: [file('server', layout.site, siteText(site, original), { mode: 0o600 })],
  };
  return [
    ...steps.filter(needsNothing),
    answers,
    ...trees,
    ...steps.filter((step) => !needsNothing(step)),
  ];
}

/** The steps that build one draft. */
export function treeSteps(context: TreeContext): readonly Step[] {
  return inPhase(
    phase.building(context.name),
    ofTrees.flatMap((topic) => topic.steps(context)),
  );
}

function serverSteps(site: Site, facts: Facts): readonly Step[] {
  return inPhase(
    phase.serving,
    ofServer.flatMap((topic) => topic.steps(site, facts)),
  );
}

export function contextOf(site: Site, name: string): Omit<TreeContext, 'facts'> {
  const answers = site.trees[name];
  if (answers === undefined) throw new Error(`there is no tree called ${name}`);
  const wanted = new Set(ofTrees.flatMap((topic) => topic.packages?.(answers) ?? []));
  return { site, name, answers, place: inTree(name), wanted: [...wanted].sort() };
}

function notesOf(site: Site, facts: Facts, scope: Scope): readonly Message[] {
  const root = facts.get(rootDirectory);
  const staged =
    root === '/'
      ? []
      : [
          say(
            'Everything is put under {root}. No unit of this machine is touched, and only mmdebstrap is installed on it: what would serve the clients is written, not started.',
            { root },
          ),
        ];
  const told = scope === 'all' ? toldNotes(site) : [];
  const mapped = Object.entries(site.trees).flatMap(([tree, answers]) =>
    mappedNames(answers).map(({ name, becomes, why }) =>
      becomes.length === 0
        ? say('{tree}: {name} is left out: {why}', { tree, name, why })
        : say('{tree}: {name} is now {becomes}: {why}', {
            tree,
            name,
            becomes: becomes.join(' '),
            why,
          }),
    ),
  );
  const both = Object.entries(site.trees).flatMap(([tree, answers]) =>
    wantedAndKeptOut(answers).map((name) =>
      say('{tree}: {name} is both wanted and kept out: it stays out.', { tree, name }),
    ),
  );
  const closed = Object.entries(site.trees).flatMap(([tree, { accounts }]) =>
    accounts.users.length === 0 && accounts.root === 'locked'
      ? [
          say('{tree}: nobody can log in on a client; it has no user, and root is locked.', {
            tree,
          }),
        ]
      : [],
  );
  const secrets = Object.keys(site.trees).flatMap((tree) =>
    ofTrees.flatMap((topic) =>
      (topic.secrets?.(contextOf(site, tree)) ?? []).map(({ name, of, readers }) =>
        say('{tree}: {of} is the secret {name}. Who can read it: {readers}.', {
          tree,
          of: render(of),
          name,
          readers: render(readers),
        }),
      ),
    ),
  );
  const firewall = scope === 'all' ? firewallNotes(site, facts) : [];
  const homes = scope === 'all' ? homesNotes(site, facts) : [];
  const beside =
    scope === 'all' ? [...alreadyServedNotes(site, facts), ...timeNotes(site, facts)] : [];
  const before = [...staged, ...told, ...beside, ...homes, ...firewall];
  return [...before, ...mapped, ...both, ...closed, ...secrets];
}

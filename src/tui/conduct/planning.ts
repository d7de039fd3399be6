import type { Fact, Facts } from '../../core/fact.ts';
import type { Plan } from '../../core/plan.ts';
import { ProblemError } from '../../core/problem.ts';
import type { Report } from '../../core/report.ts';
import { archiveSolve } from '../../features/archive-solve.ts';
import type { Site } from '../../features/index.ts';
import { draftSuite } from '../../features/tree-facts.ts';
import { parseAnswers } from '../../planner/answers.ts';
import { type Asked, askSite } from '../../planner/asked-site.ts';
import { draftIsPublished, publishDraft, publishing, switchTo } from '../../planner/chores.ts';
import { deletion, deletionFacts } from '../../planner/deletion.ts';
import { contextOf, derive } from '../../planner/derive.ts';
import { changeOf, type FileChange } from '../../planner/difference.ts';
import { rehearsalPlan } from '../../planner/rehearsal.ts';
import type { Session } from '../../runner/session.ts';
import type { Chore } from '../state/action.ts';
import { emptyPlan } from '../state/plan.ts';
import type { Planned } from '../state/state.ts';
import { givenOf } from '../state/wizard.ts';
import type { Desk } from './conductor.ts';

/** The plan of the wizard's answers, with all that is shown beside it. */
export async function makePlan(desk: Desk): Promise<void> {
  const { store } = desk;
  const { wizard } = store.state();
  if (wizard?.facts == null) return;
  const { session } = desk.opened(wizard.root);
  const base: Planned = { ...emptyPlan, tree: wizard.tree };
  await planned(desk, base, wizard.revision, async () => {
    session.forget();
    const asked = await askSite(givenOf(wizard), session, {
      scope: wizard.scope,
      obstacles: wizard.scope === 'all' ? 'serve' : 'build',
      solve: !desk.outside.offline,
      offline: desk.outside.offline,
    });
    const { site, facts } = asked;
    // Nothing is served before a client has booted from it, or somebody said to go on without.
    const first = rehearsalPlan(site, facts);
    const builds = wizard.scope === 'trees' || (!wizard.built && (await hasWork(session, first)));
    return builds
      ? { plan: first, asked, purpose: 'build' }
      : { plan: derive(site, facts, 'all', wizard.original), asked, purpose: 'site' };
  });
}

async function hasWork(session: Session, plan: Plan): Promise<boolean> {
  return (await session.inspect(plan)).steps.some(({ settled }) => !settled);
}

async function planned(
  desk: Desk,
  base: Planned,
  revision: number | null,
  make: () => Promise<{
    readonly plan: Plan;
    readonly asked: Asked;
    readonly purpose?: Planned['purpose'];
  }>,
): Promise<void> {
  const { store } = desk;
  const { wizard, root } = store.state();
  const { session } = desk.opened(revision === null ? root : (wizard?.root ?? root));
  try {
    const made = await make();
    const purpose = made.purpose ?? base.purpose;
    const plan = await shown(session, { ...base, purpose }, made.plan, made.asked);
    store.dispatch({ type: 'site-planned', plan, revision });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    store.dispatch({ type: 'site-planned', plan: { ...base, problems: error.problems }, revision });
  }
}

async function shown(
  session: Session,
  base: Planned,
  plan: Plan,
  { site, facts }: Asked,
): Promise<Planned> {
  const report = await session.inspect(plan);
  return {
    ...base,
    plan,
    site,
    report,
    changes: await changesOf(session, plan, report),
    durations: await session.pastDurations(),
    sizes: sizesOf(site, facts),
  };
}

/** Files of the server that are there and would be another. */
async function changesOf(
  session: Session,
  plan: Plan,
  report: Report,
): Promise<Readonly<Record<string, FileChange>>> {
  const changes: Record<string, FileChange> = {};
  for (const step of plan.steps) {
    const standing = report.steps.find(({ id }) => id === step.id)?.standing ?? [];
    for (const [index, effect] of step.effects.entries()) {
      if (effect.kind !== 'file' || effect.place !== 'server' || standing[index] !== 'change')
        continue;
      const now: Fact<string | null> = {
        id: `plan/now ${effect.path}`,
        source: { kind: 'file', at: { place: 'server', path: effect.path } },
        otherwise: null,
        parse: (text) => text,
      };
      const text = (await session.gather([now])).get(now);
      const change = text === null ? null : changeOf(effect, text);
      if (change !== null) changes[effect.path] = change;
    }
  }
  return changes;
}

/** What the archive said that new trees take, where it was asked. */
function sizesOf(site: Site, facts: Facts): Planned['sizes'] {
  let download = 0;
  let installed = 0;
  for (const tree of Object.keys(site.trees)) {
    if (facts.get(draftSuite(tree)) !== null) continue;
    const { answers, wanted } = contextOf(site, tree);
    const fact = archiveSolve(answers, wanted);
    const solve = facts.has(fact) ? facts.get(fact) : null;
    if (solve?.status !== 'ok') return null;
    download += solve.downloadBytes;
    installed += solve.installedBytes;
  }
  return installed === 0 ? null : { download, installed };
}

/** A small plan of an administrator, from the answers that the server keeps. */
export async function makeChore(desk: Desk, chore: Chore): Promise<void> {
  const { store } = desk;
  const { root, start } = store.state();
  const { session } = desk.opened(root);
  const tree = chore.kind === 'apply' ? null : chore.tree;
  await planned(desk, { ...emptyPlan, purpose: 'chore', tree }, null, async () => {
    session.forget();
    const answers = start.site === null ? {} : parseAnswers(start.site.text, 'the site file');
    const asked = await askSite(answers, session, {
      scope: 'all',
      obstacles: 'serve',
      solve: chore.kind === 'apply' && !desk.outside.offline,
      offline: desk.outside.offline,
    });
    const { site, facts } = asked;
    const plan =
      chore.kind === 'delete'
        ? deletion(site, await session.gather([...deletionFacts(chore.tree)]), chore.tree, [
            chore.version,
          ])
        : chore.kind === 'publish'
          ? await publishing(site, facts, chore.tree, session)
          : chore.kind === 'switch'
            ? switchTo(site, facts, chore.tree, chore.version)
            : derive(site, facts, 'all', start.site?.text ?? null);
    return { plan, asked };
  });
}

/** What a rehearsal still needs before it can boot; null: nothing. */
export async function preparation(
  session: Session,
  { site, facts }: Asked,
  tree: string,
): Promise<Plan | null> {
  const plan = rehearsalPlan(site, facts);
  if (await hasWork(session, plan)) return plan;
  const ahead = await session.draftIsAhead(plan, tree);
  return draftIsPublished(tree, facts, ahead) ? null : publishDraft(site, facts, tree, 'trees');
}

/** Shows what a rehearsal needs first: it changes the server, so it is asked for. */
export async function showPreparation(
  desk: Desk,
  session: Session,
  plan: Plan,
  asked: Asked,
  tree: string,
): Promise<void> {
  const base: Planned = { ...emptyPlan, purpose: 'rehearsal', tree };
  desk.store.dispatch({
    type: 'preparation-planned',
    plan: await shown(session, base, plan, asked),
  });
}

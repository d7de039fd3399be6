import type { Fact, Facts } from '../../core/fact.ts';
import type { Problem } from '../../core/problem.ts';
import type { Trial } from '../../core/trial.ts';
import { obstacleFacts } from '../../features/obstacles.ts';
import { isSolve } from '../../planner/asked-site.ts';
import { firstFacts, furtherFacts, problemsOf } from '../../planner/derive.ts';
import { valueAt } from '../../planner/form.ts';
import { findingFacts } from '../../planner/found-out.ts';
import { trialsOf } from '../../planner/trials.ts';
import type { Wizard } from '../state/state.ts';
import { focused } from '../state/wizard.ts';
import type { Desk } from './conductor.ts';

/** While somebody types, the outside is not asked. */
const settling = 300;

/** What is found out while a person answers; nothing of it ever makes anybody wait. */
export class Answers {
  readonly #desk: Desk;
  #waiting: NodeJS.Timeout | undefined;
  /** Facts that are being asked for: each once, however often an answer changes. */
  readonly #asking = new Map<string, Promise<Facts>>();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  close(): void {
    clearTimeout(this.#waiting);
  }

  async gather(root: string): Promise<void> {
    const { session } = this.#desk.opened(root);
    const facts = await session.gather([...firstFacts(), ...obstacleFacts]);
    this.#desk.store.dispatch({ type: 'facts-known', root, facts });
  }

  async check(): Promise<void> {
    clearTimeout(this.#waiting);
    await new Promise<void>((resolve) => {
      this.#waiting = setTimeout(resolve, settling);
    });
    const { store } = this.#desk;
    const { wizard } = store.state();
    if (wizard?.completed == null) return;
    await Promise.all([this.#findOut(wizard), this.#lookAt(wizard)]);
  }

  /** What is wrong decides what can be tried. */
  async #lookAt(wizard: Wizard): Promise<void> {
    const { store } = this.#desk;
    const slow = wizard.completed?.site == null ? null : await this.#problems(wizard);
    const now = store.state().wizard;
    const tried = now?.revision === wizard.revision ? this.#trials(now) : undefined;
    await Promise.all([slow?.(), tried]);
  }

  /** What the outside says of questions that nobody answered: it comes when it comes. */
  async #findOut({ completed, facts, root }: Wizard): Promise<void> {
    if (completed === null || facts === null || this.#desk.outside.offline) return;
    const wanted = findingFacts(completed.values).filter((fact) => !facts.has(fact));
    if (wanted.length === 0) return;
    const { session } = this.#desk.opened(root);
    await Promise.all(wanted.map((fact) => this.#once(fact, root)));
    const found = await session.gather([...firstFacts(), ...obstacleFacts, ...wanted]);
    this.#desk.store.dispatch({ type: 'found-out', root, facts: found });
  }

  /** What is quick; the archive's word comes when it is there, by what is returned. */
  async #problems({ completed, root, revision, scope }: Wizard): Promise<() => Promise<void>> {
    const site = completed?.site;
    if (site == null) return async () => undefined;
    const { session } = this.#desk.opened(root);
    const wanted = furtherFacts(site);
    const slow = this.#desk.outside.offline ? [] : wanted.filter(isSolve);
    // With the first ones: they are forgotten when a plan is made, or somebody looks again.
    const quick = [...firstFacts(), ...wanted.filter((fact) => !isSolve(fact))];
    const tell = (facts: Facts): void =>
      this.#desk.store.dispatch({
        type: 'checked',
        revision,
        problems: problemsOf(site, facts, scope),
      });
    tell(await session.gather(quick));
    return async () => {
      await Promise.all(slow.map((fact) => this.#once(fact, root)));
      if (this.#desk.store.state().wizard?.revision === revision) tell(await session.gather(quick));
    };
  }

  async #trials(wizard: Wizard): Promise<void> {
    const { store } = this.#desk;
    if (wizard.completed === null) return;
    const trials = this.#trialsOf(wizard, [...wizard.completed.problems, ...wizard.siteProblems]);
    const wanted = new Set(trials.map(({ at }) => at));
    for (const at of Object.keys(wizard.trials)) {
      if (!wanted.has(at)) store.dispatch({ type: 'tried', at, tried: null });
    }
    await Promise.all(trials.map((trial) => this.#try(trial, wizard.root)));
  }

  /** A rehearsal touches no network: nothing of the server is tried for one. */
  #trialsOf({ completed, scope }: Wizard, problems: readonly Problem[]): readonly Trial[] {
    if (completed === null || this.#desk.outside.offline) return [];
    return trialsOf(completed.values, problems).filter(
      ({ at }) => scope === 'all' || at.startsWith('trees.'),
    );
  }

  async #try(trial: Trial, root: string): Promise<void> {
    const { store } = this.#desk;
    const { at, title, fact } = trial;
    const { session } = this.#desk.opened(root);
    const known = await session.gather([]);
    if (!known.has(fact))
      store.dispatch({ type: 'tried', at, tried: { title, verdict: 'asking' } });
    const facts = await this.#once(fact, root);
    // Another answer may have come meanwhile, and another trial with it.
    const { wizard } = store.state();
    const still = wizard === null ? [] : this.#trialsOf(wizard, wizard.completed?.problems ?? []);
    if (!still.some((one) => one.at === at && one.fact.id === fact.id)) return;
    store.dispatch({ type: 'tried', at, tried: { title, verdict: trial.verdict(facts) } });
  }

  async offer(path: string): Promise<void> {
    const { store } = this.#desk;
    const { wizard } = store.state();
    const asked = wizard === null ? null : focused(wizard);
    if (wizard === null || asked?.path !== path) return;
    const tree = valueAt(wizard.completed?.values, `trees.${wizard.tree}`);
    const fact = asked.question.offered?.((tree ?? {}) as never) ?? null;
    if (fact === null || Array.isArray(wizard.offers[fact.id])) return;
    store.dispatch({ type: 'offered', id: fact.id, names: null });
    const facts = await this.#once(fact, wizard.root);
    store.dispatch({ type: 'offered', id: fact.id, names: facts.get(fact) });
  }

  #once(fact: Fact<unknown>, root: string): Promise<Facts> {
    const key = `${root} ${fact.id}`;
    const now = this.#asking.get(key);
    if (now !== undefined) return now;
    const { session } = this.#desk.opened(root);
    const asked = session.gather([...firstFacts(), fact]).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asked);
    return asked;
  }
}

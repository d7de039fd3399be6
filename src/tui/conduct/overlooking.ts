import type { Plan } from '../../core/plan.ts';
import { ProblemError } from '../../core/problem.ts';
import type { Site } from '../../features/index.ts';
import { parseAnswers } from '../../planner/answers.ts';
import { askSite } from '../../planner/asked-site.ts';
import { derive } from '../../planner/derive.ts';
import { overlook } from '../../planner/overlook.ts';
import type { Desk } from './conductor.ts';
import { lookAround } from './start.ts';

/** Milliseconds between two looks that nobody asked for. */
const pause = 3000;

/** Looks at the server again and again, without walking a tree. */
export class Overlooking {
  readonly #desk: Desk;
  #served: { readonly site: Site; readonly plan: Plan } | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  #last = 0;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Asked for: the answers may be others, and the plan is held against the server. */
  async now(): Promise<void> {
    await lookAround(this.#desk);
    this.#served = await this.#serve();
    await this.#look(false);
    if (this.#served !== null) await this.#look(true);
  }

  /** How many trees there are, made by sidus or by hand. */
  async trees(): Promise<number> {
    await this.#look(false);
    return this.#desk.store.state().overview?.trees.length ?? 0;
  }

  /** By itself, unless the last look is still going on. */
  async again(): Promise<void> {
    if (!this.#isLooking && Date.now() - this.#last >= pause) await this.#look(false);
  }

  /** One look at a time; what was asked for waits for its turn. */
  #look(inspect: boolean): Promise<void> {
    const look = this.#looking.catch(() => undefined).then(() => this.#lookNow(inspect));
    this.#looking = look;
    return look;
  }

  async #lookNow(inspect: boolean): Promise<void> {
    this.#isLooking = true;
    try {
      const { store, outside } = this.#desk;
      const { session } = this.#desk.opened(outside.root);
      const before = store.state().overview;
      const { overview } = await overlook(session, this.#served, {
        inspect,
        // Only when somebody asks: a wire is not to be asked every few seconds.
        askWire: inspect,
        before,
      });
      store.dispatch({ type: 'overlooked', overview });
    } finally {
      this.#isLooking = false;
      this.#last = Date.now();
    }
  }

  /** The site that the server keeps, with its plan; null: there is none, or it is not sound. */
  async #serve(): Promise<{ readonly site: Site; readonly plan: Plan } | null> {
    const { store, outside } = this.#desk;
    const text = store.state().start.site?.text;
    if (text === undefined) return null;
    const { session } = this.#desk.opened(outside.root);
    try {
      session.forget();
      const asked = await askSite(parseAnswers(text, 'the site file'), session, {
        scope: 'all',
        obstacles: null,
        solve: false,
      });
      return { site: asked.site, plan: derive(asked.site, asked.facts, 'all', text) };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const [problem] = error.problems;
      if (problem !== undefined) store.dispatch({ type: 'noticed', notice: problem });
      return null;
    }
  }
}

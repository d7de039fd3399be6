import type { Event } from '../../core/event.ts';
import { say } from '../../core/message.ts';
import type { Plan } from '../../core/plan.ts';
import { ProblemError } from '../../core/problem.ts';
import type { Session } from '../../runner/session.ts';
import { commandAt } from '../state/equivalent.ts';
import type { Desk } from './conductor.ts';

/** How often a run that talks changes the screen, in milliseconds. */
const pace = 100;

/** Runs belong to engines of their own; here they are begun, watched and asked to stop. */
export class Runs {
  readonly #desk: Desk;
  #watching: AbortController | null = null;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  close(): void {
    this.#watching?.abort();
  }

  async begin(plan: Plan, root: string): Promise<void> {
    const { store } = this.#desk;
    const { session } = this.#desk.opened(root);
    let run: string;
    try {
      run = await session.begin(plan, commandAt('resume', root));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return store.dispatch({ type: 'begin-refused', problems: error.problems });
    }
    store.dispatch({
      type: 'run-begun',
      run,
      plan,
      durations: await session.pastDurations(),
      attached: false,
    });
    await this.#follow(run, session);
  }

  async attach(wanted: string | null): Promise<void> {
    const { session } = this.#desk.opened(this.#desk.store.state().root);
    const run = wanted ?? (await session.running());
    const plan = run === null ? null : await session.planOf(run);
    if (run === null || plan === null) {
      throw new ProblemError({
        code: 'run/nothing-to-attach',
        summary: say('no run is at work here'),
        remedy: say('see with `sidus status` how the site stands'),
      });
    }
    this.#desk.store.dispatch({
      type: 'run-begun',
      run,
      plan,
      durations: await session.pastDurations(),
      attached: true,
    });
    await this.#follow(run, session);
  }

  async stop(how: 'after-step' | 'now'): Promise<void> {
    const { running } = this.#desk.store.state();
    if (running === null) return;
    await this.#desk.opened(running.aim.root).session.stop(running.run, how);
  }

  async #follow(run: string, session: Session): Promise<void> {
    this.#watching?.abort();
    const watching = new AbortController();
    this.#watching = watching;
    const { store } = this.#desk;
    let waiting: Event[] = [];
    let flushing: NodeJS.Timeout | null = null;
    const flush = (): void => {
      if (flushing !== null) clearTimeout(flushing);
      flushing = null;
      const events = waiting;
      waiting = [];
      if (events.length === 0 || watching.signal.aborted) return;
      store.dispatch(
        { type: 'tick', now: session.now().getTime() },
        { type: 'events', run, events },
      );
    };
    await session.follow(
      run,
      (event) => {
        waiting.push(event);
        flushing ??= setTimeout(flush, pace);
      },
      watching.signal,
    );
    session.forget();
    flush();
  }
}

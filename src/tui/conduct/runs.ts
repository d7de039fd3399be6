import type { Event } from '../../core/event.ts';
import { say } from '../../core/message.ts';
import type { Plan } from '../../core/plan.ts';
import { ProblemError } from '../../core/problem.ts';
import type { Desk } from './conductor.ts';

/** How often a run that talks changes the screen, in milliseconds. */
const pace = 100;

/** Runs belong to engines of their own; here they are begun, watched and asked to stop. */
export class Runs {
  readonly #desk: Desk;
  #watching: AbortController | null = null;
  #waiting: Event[] = [];
  #flushing: NodeJS.Timeout | null = null;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  close(): void {
    this.#watching?.abort();
    if (this.#flushing !== null) clearTimeout(this.#flushing);
  }

  #root(): string {
    const { wizard, root } = this.#desk.store.state();
    return wizard?.root ?? root;
  }

  async begin(plan: Plan): Promise<void> {
    const { store } = this.#desk;
    const root = plan.root;
    const { session } = this.#desk.opened(this.#root());
    const again = root === '/' ? 'sidus resume' : `sidus resume --root ${root}`;
    const run = await session.begin(plan, again);
    store.dispatch({
      type: 'run-begun',
      run,
      plan,
      durations: await session.pastDurations(),
      attached: false,
    });
    await this.#follow(run);
  }

  async attach(wanted: string | null): Promise<void> {
    const { session } = this.#desk.opened(this.#root());
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
    await this.#follow(run);
  }

  async stop(how: 'after-step' | 'now'): Promise<void> {
    const { running } = this.#desk.store.state();
    if (running === null) return;
    await this.#desk.opened(this.#root()).session.stop(running.run, how);
  }

  async #follow(run: string): Promise<void> {
    this.#watching?.abort();
    this.#watching = new AbortController();
    const { session } = this.#desk.opened(this.#root());
    await session.follow(
      run,
      (event) => {
        this.#waiting.push(event);
        this.#flushing ??= setTimeout(() => this.#flush(), pace);
      },
      this.#watching.signal,
    );
    session.forget();
    this.#flush();
  }

  #flush(): void {
    if (this.#flushing !== null) clearTimeout(this.#flushing);
    this.#flushing = null;
    const events = this.#waiting;
    this.#waiting = [];
    if (events.length === 0) return;
    const { store } = this.#desk;
    const now = this.#desk.opened(this.#root()).session.now().getTime();
    store.dispatch({ type: 'tick', now }, { type: 'events', events });
  }
}

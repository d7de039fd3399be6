import type { Action, Wish } from './state/action.ts';
import type { State } from './state/state.ts';
import { update } from './state/update.ts';

/** Holds the state; every change goes through the reducer, and its wishes to whoever grants them. */
export class Store {
  #state: State;
  readonly #listeners = new Set<() => void>();
  readonly #grants: ((wish: Wish, state: State) => void)[] = [];

  constructor(state: State) {
    this.#state = state;
  }

  readonly state = (): State => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Who does what the reducer wishes for. */
  grantedBy(grant: (wish: Wish, state: State) => void): void {
    this.#grants.push(grant);
  }

  readonly dispatch = (...actions: readonly Action[]): void => {
    const before = this.#state;
    const wishes: Wish[] = [];
    for (const action of actions) {
      const step = update(this.#state, action);
      this.#state = step.state;
      wishes.push(...step.wishes);
    }
    if (this.#state !== before) for (const listener of this.#listeners) listener();
    for (const wish of wishes) for (const grant of this.#grants) grant(wish, this.#state);
  };

  ask(wish: Wish): void {
    for (const grant of this.#grants) grant(wish, this.#state);
  }
}

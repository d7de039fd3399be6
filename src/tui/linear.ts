import { footer } from './keys.ts';
import { harmless, harmlessLine, plain, wrapped } from './line.ts';
import { viewOf } from './screens/index.ts';
import { contextsOf } from './state/contexts.ts';
import type { State } from './state/state.ts';
import type { Store } from './store.ts';
import { type Theme, themeOf } from './theme.ts';

/** Nothing is repeated faster than somebody can listen. */
const pause = 250;
const width = 76;
/** Rules and bars are only to be seen: what they mean is said in words beside them. */
const theme: Theme = {
  ...themeOf({ unicode: false, colour: false }),
  rule: '',
  filled: '',
  empty: '',
  open: 'open:',
  shut: 'closed:',
};

/**
 * For screen readers: the same screens as text that only grows. What changed is said, a line at a
 * time; no borders, no colour, nothing is drawn over (terminal.md B 19).
 */
export class LinearView {
  readonly #store: Store;
  readonly #write: (text: string) => void;
  readonly #unsubscribe: () => void;
  #said: readonly string[] = [];
  #title = '';
  #waiting: NodeJS.Timeout | null = null;

  constructor(store: Store, write: (text: string) => void) {
    this.#store = store;
    this.#write = write;
    this.#unsubscribe = store.subscribe(() => {
      this.#waiting ??= setTimeout(() => this.#speak(), pause);
    });
    // What one may begin with is known in a moment, and said in one piece.
    const { screen, start } = store.state();
    if (screen === 'start' && start.presets.length === 0) {
      this.#waiting = setTimeout(() => this.#speak(), pause);
    } else this.#speak();
  }

  close(): void {
    this.#unsubscribe();
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#speak();
  }

  #speak(): void {
    this.#waiting = null;
    const state = this.#store.state();
    const now = linesOf(state);
    const title = titleOf(state);
    const words =
      title === this.#title ? spoken(this.#said, now) : [`== ${title}`, ...now, keysOf(state)];
    this.#said = now;
    this.#title = title;
    if (words.length > 0) this.#write(`${words.join('\n')}\n`);
  }
}

/** What a listener has not heard: lines that are not among those of before. */
export function spoken(before: readonly string[], now: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const one of before) left.set(one, (left.get(one) ?? 0) + 1);
  return now.filter((one) => {
    const count = left.get(one) ?? 0;
    if (count > 0) left.set(one, count - 1);
    return count === 0 && one !== '';
  });
}

/** A screen as lines: those that tick by themselves are left out. */
export function linesOf(state: State): readonly string[] {
  const calm: State = { ...state, now: 0, savedAt: null };
  const view = viewOf(calm, { theme, width, height: 1000 });
  return [...view.body, ...view.help]
    .flatMap((one) => plain(harmlessLine(one)).split('\n'))
    .map((text) => text.trimEnd())
    .filter((text) => text.trim() !== '');
}

function titleOf(state: State): string {
  const { title } = viewOf(state, { theme, width, height: 1000 });
  return `${harmless(title)}${state.pretending ? ', pretending: nothing is changed' : ''}`;
}

function keysOf(state: State): string {
  const keys = footer(contextsOf(state), 400).map(({ keys: [key], short }) => `${key} ${short}`);
  return wrapped(`Keys: ${keys.join(', ')}`, width).join('\n');
}

import { readFileSync } from 'node:fs';
import type { Draft } from '../../src/core/preferences.ts';
import { obstacleFacts } from '../../src/features/obstacles.ts';
import { firstFacts } from '../../src/planner/derive.ts';
import { frameOf } from '../../src/tui/frame.ts';
import { chord, type KeyPress, pressed, typed } from '../../src/tui/key-press.ts';
import { plain } from '../../src/tui/line.ts';
import type { Outside } from '../../src/tui/outside.ts';
import type { Action, Wish } from '../../src/tui/state/action.ts';
import { initialState } from '../../src/tui/state/opening.ts';
import type { State, Wizard } from '../../src/tui/state/state.ts';
import { update } from '../../src/tui/state/update.ts';
import { focused, placeOf } from '../../src/tui/state/wizard.ts';
import { fixedFacts, type Known, presets } from './facts.ts';
import { towards } from './towards.ts';

/** A key by its name; `ctrl-` and a letter; anything else is typed, a letter at a time. */
export type Key = Exclude<KeyPress['name'], 'text'> | 'space' | `ctrl-${string}`;

export function keyOf(key: Key): KeyPress {
  if (key === 'space') return typed(' ');
  if (key.startsWith('ctrl-')) return chord(key.slice('ctrl-'.length));
  return pressed(key as Exclude<KeyPress['name'], 'text'>);
}

/** What a preset is chosen from, as the start finds them. */
export const presetChoices = presets.map((name) => ({
  name,
  about: `What ${name} is for.`,
  text: readFileSync(`presets/${name}.yaml`, 'utf8'),
}));

const outside = {
  pretending: false,
  isRoot: true,
  version: '0',
  root: '/',
  now: () => new Date(Date.UTC(2026, 10, 21, 10)),
} as unknown as Outside;

export interface Surroundings {
  readonly known?: Known;
  readonly size?: { readonly columns: number; readonly rows: number };
  readonly state?: Partial<State>;
}

/**
 * Somebody at the keys, without a terminal and without React. Of what the reducer wishes for, what
 * a server in memory can say at once is answered: its facts, and what was kept of the answers.
 */
export class Person {
  state: State;
  /** All wishes since the beginning. */
  readonly wishes: Wish[] = [];
  /** The answers as they were kept last. */
  draft: Draft | null = null;
  readonly #known: Known;

  constructor({ known = {}, size = { columns: 80, rows: 24 }, state = {} }: Surroundings = {}) {
    this.#known = { 'network/cards': ['lan0', 'wan0'], ...known };
    this.state = { ...initialState(outside, { unicode: true, colour: true }, size), ...state };
    this.#lookAround();
  }

  get wizard(): Wizard {
    if (this.state.wizard === null) throw new Error('nobody answers anything');
    return this.state.wizard;
  }

  /** The path of the question in focus; null: the row that goes on, or a list of records. */
  get question(): string | null {
    const { wizard, screen } = this.state;
    if (wizard === null || screen !== 'questions' || placeOf(wizard).list !== null) return null;
    return focused(wizard)?.path ?? null;
  }

  get screenName(): State['screen'] {
    return this.state.screen;
  }

  get lastWish(): Wish | undefined {
    return this.wishes.at(-1);
  }

  tell(...actions: readonly Action[]): this {
    for (const action of actions) {
      const step = update(this.state, action);
      this.state = step.state;
      for (const wish of step.wishes) {
        this.wishes.push(wish);
        this.#grant(wish);
      }
    }
    return this;
  }

  press(...keys: readonly Key[]): this {
    return this.tell(...keys.map((key) => ({ type: 'key', key: keyOf(key) }) as const));
  }

  type(text: string): this {
    return this.tell(...[...text].map((point) => ({ type: 'key', key: typed(point) }) as const));
  }

  paste(text: string): this {
    return this.tell({ type: 'key', key: typed(text) });
  }

  /** Opens the questions of a preset, or none. */
  begin(preset: string | null): this {
    if (preset === null) {
      const empty = { trees: { sidus: {} } };
      return this.tell({
        type: 'answers-given',
        opening: { kind: 'answers', preset: null, answers: empty, original: null },
      });
    }
    return this.choose('Begin with a preset').choose(preset);
  }

  /** Moves to the row that shows these words, and presses Enter there. */
  choose(words: string): this {
    for (let row = 0; row < 100; row += 1) {
      if (this.chosen().includes(words)) return this.press('enter');
      this.press(towards(this.screen(), words));
    }
    throw new Error(`"${words}" cannot be chosen:\n${this.screen()}`);
  }

  /** Moves to a question of this topic. */
  goTo(key: string): this {
    for (let row = 0; row < 30; row += 1) this.press('up');
    for (let row = 0; row < 30; row += 1) {
      if (this.question?.endsWith(`.${key}`) === true) return this;
      this.press('down');
    }
    throw new Error(`there is no question ${key}:\n${this.screen()}`);
  }

  /** The row with the pointer. */
  chosen(): string {
    return this.screen().find((line) => /^\s*[❯>] /.test(line)) ?? '';
  }

  screen(): readonly string[] {
    const frame = frameOf(this.state);
    if (frame === null) return [];
    return [frame.header, ...frame.body, ...frame.help, frame.footer].flatMap((one) =>
      plain(one).split('\n'),
    );
  }

  #grant(wish: Wish): void {
    switch (wish.wish) {
      case 'look-around':
        this.#lookAround();
        return;
      case 'gather-facts': {
        const facts = fixedFacts([...firstFacts(), ...obstacleFacts], this.#known);
        this.tell({ type: 'facts-known', root: wish.root, facts });
        return;
      }
      case 'keep-answers':
        this.draft = JSON.parse(JSON.stringify(wish.draft));
        return;
      default:
    }
  }

  #lookAround(): void {
    const drafts = this.draft === null ? [] : [{ draft: this.draft, borrowed: false }];
    this.tell({ type: 'start-known', start: { rows: [], presets: presetChoices, drafts } });
  }
}

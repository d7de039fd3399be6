import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../src/core/message.ts';
import { ProblemError } from '../../src/core/problem.ts';
import { trialsOf } from '../../src/planner/trials.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import { Session } from '../../src/runner/session.ts';
import { App } from '../../src/tui/app.tsx';
import { Conductor } from '../../src/tui/conduct/conductor.ts';
import { GuardedOutput } from '../../src/tui/guarded-output.ts';
import { chord, type KeyPress, pressed, typed } from '../../src/tui/key-press.ts';
import type { Outside } from '../../src/tui/outside.ts';
import { initialState, type Opening, openWith } from '../../src/tui/state/opening.ts';
import type { State } from '../../src/tui/state/state.ts';
import { Store } from '../../src/tui/store.ts';
import type { Environment } from '../../src/tui/terminal.ts';
import type { HeldServer } from './held-server.ts';
import type { Cell } from './picture.ts';
import { PreferencesInMemory } from './preferences-in-memory.ts';
import { Stage } from './stage.ts';
import { towards } from './towards.ts';

export const sizes = [
  { columns: 80, rows: 24 },
  { columns: 100, rows: 30 },
  { columns: 60, rows: 16 },
] as const;
export type Size = State['size'];

/** What a terminal says of itself, and what is made of that. */
export const looks = {
  colour: {},
  NO_COLOR: { NO_COLOR: '1' },
  ascii: { LANG: 'C', NO_COLOR: '1' },
} as const satisfies Record<string, Environment>;
export type LookName = keyof typeof looks;

export type Key = Exclude<KeyPress['name'], 'text'> | 'space' | `ctrl-${string}`;

function keyOf(key: Key): KeyPress {
  if (key === 'space') return typed(' ');
  if (key.startsWith('ctrl-')) return chord(key.slice('ctrl-'.length));
  return pressed(key as Exclude<KeyPress['name'], 'text'>);
}

/** A screen as one terminal shows it. */
export interface Shown {
  readonly size: Size;
  readonly look: LookName;
  readonly state: State;
  readonly text: string;
  readonly cells: readonly (readonly Cell[])[];
  /** With the escapes. */
  readonly written: string;
}

export interface Surroundings {
  readonly pretending?: boolean;
  readonly opening?: Opening;
  readonly preferences?: PreferencesInMemory;
  /** Files in the directory of whoever saves. */
  readonly files?: readonly string[];
  /** One terminal of this size, in the place of the usual three. */
  readonly size?: Size;
}

/**
 * The program without a process: store, conductor and views, on a server in memory, with terminals
 * of three sizes that show the same at once.
 */
export class Showing {
  readonly store: Store;
  readonly server: HeldServer;
  /** What stays on the normal screen; null: it goes on. */
  ended: { readonly code: number; readonly words: readonly string[] } | null = null;
  readonly #audience: readonly Seat[];
  readonly #sizes: readonly Size[];
  readonly #conductor: Conductor;
  /** Since the answers were last to be looked at: what came of it. */
  #checks = 0;
  #tried = new Set<string>();
  #fault: unknown;

  constructor(server: HeldServer, surroundings: Surroundings = {}) {
    const { pretending = true, preferences = new PreferencesInMemory() } = surroundings;
    this.server = server;
    const outside = outsideOf(server, pretending, preferences, surroundings.files ?? []);
    this.#sizes = surroundings.size === undefined ? sizes : [surroundings.size];
    const [size = sizes[0]] = this.#sizes;
    this.store = new Store(initialState(outside, { unicode: true, colour: true }, size));
    this.#conductor = new Conductor(outside, this.store, {
      aside: (action) => action(),
      redraw: () => undefined,
      exit: (code, words) => {
        this.ended = { code, words };
      },
      crash: (error) => {
        this.#fault = error;
      },
    });
    this.#audience = this.#sizes.map((one) => new Seat(this.store, one, 'colour'));
    this.#listen();
    openWith(this.store, surroundings.opening ?? { kind: 'start' });
  }

  get state(): State {
    return this.store.state();
  }

  close(): void {
    this.#conductor.close();
    for (const seat of this.#audience) seat.leave();
    this.server.goOn();
    if (this.#fault !== undefined) throw this.#fault;
  }

  async press(...keys: readonly Key[]): Promise<void> {
    for (const key of keys) {
      this.store.dispatch({ type: 'key', key: keyOf(key) });
      await this.#drawn();
    }
  }

  async type(text: string): Promise<void> {
    for (const point of text) {
      this.store.dispatch({ type: 'key', key: typed(point) });
      await this.#drawn();
    }
  }

  /** Moves to the row that shows these words, and chooses it. */
  async choose(words: string): Promise<void> {
    await this.moveTo(words);
    await this.press('enter');
  }

  async moveTo(words: string): Promise<void> {
    const [seat] = this.#audience;
    for (let moves = 0; moves < 60; moves += 1) {
      const rows = seat?.stage.screen().split('\n') ?? [];
      if (rows.find((line) => /^ ❯ /.test(line))?.includes(words) === true) return;
      await this.press(towards(rows, words));
    }
    throw new Error(`"${words}" cannot be chosen:\n${seat?.stage.screen()}`);
  }

  /** Until the state is so; drawn. */
  async until(what: string, holds: (state: State) => boolean): Promise<void> {
    for (const begun = Date.now(); !holds(this.state); await sleep(2)) {
      if (this.#fault !== undefined) throw this.#fault;
      if (Date.now() - begun > 15_000) {
        throw new Error(`${what}: not after 15 s\n${this.#audience[0]?.stage.screen()}`);
      }
    }
    await this.#drawn();
  }

  /** Until the answers as they are now were looked at on the outside. */
  async lookedAt(): Promise<void> {
    await this.until('the answers are looked at', ({ wizard }) => {
      if (wizard?.completed == null) return false;
      if (wizard.completed.site !== null && this.#checks < 2) return false;
      const trials = trialsOf(wizard.completed.values, [
        ...wizard.completed.problems,
        ...wizard.siteProblems,
      ]);
      const wanted = trials.map(({ at }) => at);
      const left = Object.keys(wizard.trials).filter((at) => !wanted.includes(at));
      return left.length === 0 && wanted.every((at) => this.#tried.has(at));
    });
  }

  /** The same moment on every size and in every look. */
  async shown(): Promise<readonly Shown[]> {
    const { screen } = this.state;
    if (['run', 'rehearsal', 'done', 'dashboard'].includes(screen)) {
      // Its clock may have moved since the last tick; now it stands.
      this.store.dispatch({ type: 'tick', now: this.server.now().getTime() });
    }
    await this.#drawn();
    const others = this.#sizes.flatMap((size) =>
      (['NO_COLOR', 'ascii'] as const).map((look) => new Seat(this.store, size, look)),
    );
    const all = [...this.#audience, ...others];
    await Promise.all(all.map((seat) => seat.drawn()));
    const shown = all.map((seat) => seat.shown());
    for (const seat of others) seat.leave();
    return shown;
  }

  /** Every frame that was drawn, as it came. */
  frames(): readonly { readonly size: Size; readonly frame: string }[] {
    return this.#audience.flatMap(({ size, stage }) =>
      stage.frames().map((frame) => ({ size, frame })),
    );
  }

  /** How often a screen was wiped: Ink does so for a frame as tall as the terminal. */
  wipes(): number {
    return this.#audience.flatMap(({ stage }) =>
      stage.writes.filter((text) => text.includes('\u001b[2J')),
    ).length;
  }

  async #drawn(): Promise<void> {
    await Promise.all(this.#audience.map((seat) => seat.drawn()));
  }

  #listen(): void {
    let before = this.state;
    this.store.subscribe(() => {
      const { state } = this;
      if (state.wizard?.siteProblems !== before.wizard?.siteProblems) this.#checks += 1;
      for (const [at, tried] of Object.entries(state.wizard?.trials ?? {})) {
        if (tried !== before.wizard?.trials[at] && tried.verdict !== 'asking') this.#tried.add(at);
      }
      before = state;
    });
    this.store.grantedBy(({ wish }) => {
      if (wish !== 'check-answers') return;
      this.#checks = 0;
      this.#tried = new Set();
    });
  }
}

/** A terminal of one size and one look, and what it shows of a store. */
class Seat {
  readonly stage: Stage;
  readonly size: Size;
  readonly #look: LookName;
  readonly #view: Pick<Store, 'state' | 'subscribe'>;
  readonly #stop: () => void;

  constructor(store: Store, size: Size, look: LookName) {
    this.size = size;
    this.#look = look;
    this.stage = new Stage(size.columns, size.rows, looks[look]);
    const known = new WeakMap<State, State>();
    this.#view = {
      subscribe: store.subscribe,
      state: () => {
        const state = store.state();
        const here = known.get(state) ?? { ...state, size, look: this.stage.look };
        known.set(state, here);
        return here;
      },
    };
    const guard = new GuardedOutput(this.stage.output, this.stage.environment, this.stage.look);
    this.#stop = this.stage.draw(<App store={this.#view} />, guard);
  }

  /** Ink draws after a turn, and the terminal reads after another. */
  async drawn(): Promise<void> {
    await sleep(2);
    await this.stage.read();
  }

  shown(): Shown {
    return {
      size: this.size,
      look: this.#look,
      state: this.#view.state(),
      text: this.stage.screen(),
      cells: this.stage.cells(),
      written: this.stage.writes.join(''),
    };
  }

  leave(): void {
    this.#stop();
  }
}

function outsideOf(
  server: HeldServer,
  pretending: boolean,
  preferences: PreferencesInMemory,
  files: readonly string[],
): Outside {
  const opened = {
    session: new Session(server),
    boot: async (...given: Parameters<ReturnType<Outside['open']>['boot']>) => {
      const release = await server.lock('sidus wizard');
      try {
        return await rehearse(given[0], server, given[1]);
      } finally {
        await release();
      }
    },
    shell: async () => 0,
  };
  const written = new Set(files);
  return {
    pretending,
    isRoot: true,
    offline: false,
    version: '0.1.0',
    now: () => server.now(),
    root: '/',
    open: () => opened,
    presets: async () =>
      readdirSync('presets')
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => name.slice(0, -'.yaml'.length)),
    preset: async (name) => readFileSync(`presets/${name}.yaml`, 'utf8'),
    writeNewFile: async (path) => {
      if (written.has(path)) {
        throw new ProblemError({
          code: 'request/file-there',
          summary: say('there is a file {path} already', { path }),
          remedy: say('give another name'),
        });
      }
      written.add(path);
    },
    preferences,
  };
}

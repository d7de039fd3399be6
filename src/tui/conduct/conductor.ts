import { ProblemError } from '../../core/problem.ts';
import type { Opened, Outside } from '../outside.ts';
import type { Wish } from '../state/action.ts';
import type { State } from '../state/state.ts';
import type { Store } from '../store.ts';
import { Answers } from './answers.ts';
import { Overlooking } from './overlooking.ts';
import { makeChore, makePlan } from './planning.ts';
import { Rehearsals } from './rehearsals.ts';
import { Runs } from './runs.ts';
import { lookAround } from './start.ts';

/** What only the terminal's owner can do. */
export interface Stage {
  /** Gives the terminal to a child, and takes it back. */
  aside<T>(action: () => Promise<T>): Promise<T>;
  redraw(): void;
  exit(code: number, words: readonly string[]): void;
  /** A fault that nobody expected. */
  crash(error: unknown): void;
}

/** What the parts of the conductor share. */
export interface Desk {
  readonly outside: Outside;
  readonly store: Store;
  /** The server at a root; opened once. */
  opened(root: string): Opened;
}

/** Does outside what the reducer wishes for, and answers with actions. Nothing here draws. */
export class Conductor {
  readonly #desk: Desk;
  readonly #stage: Stage;
  readonly #answers: Answers;
  readonly #runs: Runs;
  readonly #rehearsals: Rehearsals;
  readonly #overlooking: Overlooking;
  readonly #ticking: NodeJS.Timeout;

  constructor(outside: Outside, store: Store, stage: Stage) {
    const servers = new Map<string, Opened>();
    this.#desk = {
      outside,
      store,
      opened: (root) => {
        const known = servers.get(root) ?? outside.open(root);
        servers.set(root, known);
        return known;
      },
    };
    this.#stage = stage;
    this.#answers = new Answers(this.#desk);
    this.#runs = new Runs(this.#desk);
    this.#rehearsals = new Rehearsals(this.#desk);
    this.#overlooking = new Overlooking(this.#desk);
    store.grantedBy((wish, state) => {
      this.#grant(wish, state).catch((error: unknown) => this.#failed(error));
    });
    this.#ticking = setInterval(() => this.#tick(), 1000);
    this.#ticking.unref();
  }

  close(): void {
    clearInterval(this.#ticking);
    this.#answers.close();
    this.#runs.close();
    this.#rehearsals.close();
  }

  /** Only where something goes on by itself: a question that waits for a person does not flicker. */
  #tick(): void {
    const { store } = this.#desk;
    const { screen, root, wizard } = store.state();
    if (!['run', 'rehearsal', 'done', 'dashboard'].includes(screen)) return;
    const now = this.#desk
      .opened(wizard?.root ?? root)
      .session.now()
      .getTime();
    store.dispatch({ type: 'tick', now });
    if (screen === 'done' || screen === 'dashboard') {
      this.#overlooking.again().catch((error: unknown) => this.#failed(error));
    }
  }

  async #grant(wish: Wish, state: State): Promise<void> {
    const { outside, store } = this.#desk;
    switch (wish.wish) {
      case 'look-around':
        await lookAround(this.#desk);
        // Trees that were made by hand have a dashboard too.
        await this.#overlooking.trees();
        return;
      case 'find-home': {
        await lookAround(this.#desk);
        const trees = store.state().start.site === null ? await this.#overlooking.trees() : 1;
        // Whoever has begun meanwhile is not taken away.
        if (trees > 0 && store.state().screen === 'start')
          store.dispatch({ type: 'opened', screen: 'dashboard' });
        return;
      }
      case 'gather-facts':
        return this.#answers.gather(wish.root);
      case 'check-answers':
        return this.#answers.check();
      case 'offer':
        return this.#answers.offer(wish.path);
      case 'keep-answers':
        outside.preferences.keep({ ...wish.draft, savedAt: outside.now().toISOString() });
        return store.dispatch({ type: 'kept', at: outside.now().getTime() });
      case 'set-aside':
        return outside.preferences.keep(wish.draft);
      case 'forget-answers':
        return outside.preferences.forget(wish.root);
      case 'keep-look':
        return outside.preferences.keepLook({
          unicode: state.look.unicode,
          colour: state.look.colour,
        });
      case 'give-secret':
        return this.#desk.opened(wish.root).session.giveSecret(wish.name, wish.value);
      case 'try-login': {
        const { attempt, login } = wish;
        const answer = await this.#desk.opened(wish.root).session.tryLogin(wish.question, login);
        return store.dispatch({ type: 'login-tried', attempt, user: login.user, answer });
      }
      case 'make-plan':
        return makePlan(this.#desk);
      case 'make-chore':
        return makeChore(this.#desk, wish.chore);
      case 'begin-run':
        return this.#runs.begin(wish.plan, wish.root);
      case 'attach':
        return this.#runs.attach(wish.run);
      case 'stop-run':
        return this.#runs.stop(wish.how);
      case 'rehearse':
        return this.#rehearsals.begin(wish.tree);
      case 'stop-rehearsal':
        return this.#rehearsals.stop();
      case 'shell': {
        if (outside.pretending) {
          const notice = { text: 'A pretended tree has no shell.' };
          return store.dispatch({ type: 'noticed', notice });
        }
        const opened = this.#desk.opened(wish.root);
        const code = await this.#stage.aside(() => opened.shell(wish.tree, ['/bin/bash', '-l']));
        if (code === 0) return;
        const notice = { text: 'The shell ended with {code}.', values: { code } };
        return store.dispatch({ type: 'noticed', notice });
      }
      case 'save-file':
        await outside.writeNewFile(wish.path, wish.text);
        return store.dispatch({ type: 'file-saved', path: wish.path });
      case 'overlook':
        return this.#overlooking.now();
      case 'redraw':
        return this.#stage.redraw();
      case 'exit':
        this.close();
        return this.#stage.exit(wish.code, wish.words);
      default:
        return wish satisfies never;
    }
  }

  /** What is expected to go wrong is said on the screen; anything else is a bug of ours. */
  #failed(error: unknown): void {
    const [problem] = error instanceof ProblemError ? error.problems : [];
    if (problem === undefined) {
      this.#stage.crash(error);
      return;
    }
    const { store } = this.#desk;
    store.dispatch(
      store.state().overlay?.kind === 'save'
        ? { type: 'file-refused', problem }
        : { type: 'noticed', notice: problem },
    );
  }
}

import { say } from '../../core/message.ts';
import { ProblemError } from '../../core/problem.ts';
import { workshop } from '../../features/workshop.ts';
import { parseAnswers } from '../../planner/answers.ts';
import { askSite } from '../../planner/asked-site.ts';
import { newestVersion } from '../../planner/chores.ts';
import {
  bootWords,
  judged,
  ownOf,
  quieting,
  usualClient,
  usualForm,
} from '../../planner/rehearsal.ts';
import { type RehearsalEvent, serverInRehearsal } from '../../rehearsal/virtual-client.ts';
import { givenOf } from '../state/wizard.ts';
import type { Desk } from './conductor.ts';
import { preparation, showPreparation } from './planning.ts';

const pace = 100;
/** Seconds for the whole boot, as `sidus rehearse` gives it. */
const patience = 300;

/** Boots virtual clients, and tells the screen what comes of it. */
export class Rehearsals {
  readonly #desk: Desk;
  #stopping: AbortController | null = null;
  #boots = 0;
  /** The boot that goes on, or is being broken off: it holds the site's lock until it is over. */
  #booting: Promise<void> = Promise.resolve();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  close(): void {
    this.#stopping?.abort();
  }

  stop(): void {
    this.#stopping?.abort();
  }

  async begin(tree: string): Promise<void> {
    const { store } = this.#desk;
    this.#stopping?.abort();
    const stopping = new AbortController();
    this.#stopping = stopping;
    await this.#booting.catch(() => undefined);
    if (stopping.signal.aborted) return;
    try {
      this.#booting = this.#boot(tree, stopping.signal);
      await this.#booting;
    } catch (error) {
      const [problem] = error instanceof ProblemError ? error.problems : [];
      if (problem === undefined) throw error;
      if (!stopping.signal.aborted) store.dispatch({ type: 'rehearsal-failed', problem });
    }
  }

  async #boot(tree: string, signal: AbortSignal): Promise<void> {
    const { store } = this.#desk;
    const { wizard, root, start } = store.state();
    const opened = this.#desk.opened(wizard?.root ?? root);
    const { session } = opened;
    session.forget();
    const given =
      wizard !== null
        ? givenOf(wizard)
        : start.site === null
          ? {}
          : parseAnswers(start.site.text, 'the site file');
    const asked = await askSite(given, session, {
      scope: 'trees',
      obstacles: 'build',
      solve: false,
    });
    const missing = await preparation(session, asked, tree);
    if (signal.aborted) return;
    if (missing !== null) return showPreparation(this.#desk, session, missing, asked, tree);
    const { site, facts } = asked;
    const version = newestVersion(tree, facts);
    if (version === null) {
      throw new ProblemError({
        code: 'rehearsal/no-version',
        summary: say('{tree} has no version yet', { tree }),
        remedy: say('publish its draft with `sidus tree publish {tree}`', { tree }),
      });
    }
    const client = { ...usualClient, tree, version };
    if (signal.aborted) return;
    this.#boots += 1;
    const boot = this.#boots;
    store.dispatch({ type: 'rehearsal-begun', boot, tree, version });
    const { own, words: ownWords } = ownOf(site, tree, client.mac);
    const words = [...quieting, ...ownWords, ...site.server.serve.options];
    let waiting: RehearsalEvent[] = [];
    let flushing: NodeJS.Timeout | null = null;
    const flush = (): void => {
      if (flushing !== null) clearTimeout(flushing);
      flushing = null;
      const events = waiting;
      waiting = [];
      if (events.length > 0) store.dispatch({ type: 'rehearsal-events', boot, events });
    };
    try {
      const rehearsal = await opened.boot(
        {
          version: { tree, version },
          workshop,
          mac: client.mac,
          memory: client.memory,
          chain: {
            kind: 'quick',
            hostname: client.hostname,
            form: usualForm(site, tree),
            commandLine: bootWords(site, serverInRehearsal, tree, version, words),
          },
          ...(own === undefined ? {} : { own }),
          patience,
          signal,
        },
        (event) => {
          waiting.push(event);
          flushing ??= setTimeout(flush, pace);
        },
      );
      flush();
      const findings = judged(site, client, rehearsal.report);
      if (!signal.aborted) store.dispatch({ type: 'rehearsed', boot, rehearsal, findings });
    } finally {
      flush();
    }
  }
}

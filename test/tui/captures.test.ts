import { describe, expect, onTestFinished, test } from 'vitest';
import { faultsOfFrame, faultsOfLook, faultsOfScreen, wordsOf } from '../support/frame-rules.ts';
import { HeldServer } from '../support/held-server.ts';
import { expectScreen } from '../support/screen-golden.ts';
import { type Key, Showing, type Surroundings } from '../support/showing.tsx';

/**
 * Every screen, at three sizes and in three looks, as the program draws it: test/golden/screens. What
 * holds for all of them is checked for every frame that is drawn on the way.
 */

class Tour {
  readonly server: HeldServer;
  readonly showing: Showing;
  readonly #faults: string[] = [];

  constructor(given: Surroundings & { readonly failing?: string; before?: (server: HeldServer) => void } = {}) {
    this.server = new HeldServer(given.failing ?? null);
    given.before?.(this.server);
    this.showing = new Showing(this.server, given);
    onTestFinished(() => {
      this.showing.close();
    });
  }

  /** `others`: also as it is without colour and without Unicode. */
  async see(name: string, what: string, others = false): Promise<void> {
    const shown = await this.showing.shown();
    for (const one of shown) {
      const { size, look, text } = one;
      const coloured = shown.find((other) => other.look === 'colour' && other.size === size);
      const words = wordsOf(coloured?.text ?? '', 'colour').join(' ');
      this.#faults.push(
        ...[
          ...faultsOfScreen(one).map((fault) => `does not show ${fault}`),
          ...faultsOfLook(one),
          ...(wordsOf(text, look).join(' ') === words ? [] : [`has other words than in colour`]),
        ].map((fault) => `${name} at ${size.columns}x${size.rows} ${look} ${fault}`),
      );
    }
    expectScreen(name, what, shown, others);
  }

  /** Nothing of all that was drawn, also between what was looked at. */
  nothingIsCut(): void {
    const frames = this.showing.frames();
    expect(frames.length).toBeGreaterThan(0);
    for (const { size, frame } of frames) {
      const found = faultsOfFrame(frame, size);
      this.#faults.push(
        ...found.map((fault) => `${size.columns}x${size.rows} ${fault}:\n${frame}`),
      );
    }
    expect(this.#faults).toEqual([]);
  }

  press(...keys: readonly Key[]): Promise<void> {
    return this.showing.press(...keys);
  }

  type(text: string): Promise<void> {
    return this.showing.type(text);
  }

  choose(words: string): Promise<void> {
    return this.showing.choose(words);
  }

  async started(): Promise<void> {
    await this.showing.until('the start', ({ start }) => start.rows !== null && start.presets.length > 0);
  }

  async planned(): Promise<void> {
    await this.showing.until(
      'the plan',
      ({ planned }) => planned !== null && (planned.plan !== null || planned.problems.length > 0),
    );
  }

  /** The run is held after a line that fits, and the screen shows it. */
  async runTo(line: RegExp): Promise<void> {
    this.server.goOn();
    this.server.holdAfter(line);
    await this.showing.until(`the line ${line}`, ({ running }) =>
      (running?.log.lines ?? []).some((one) => line.test(one)),
    );
  }

  async applied(): Promise<void> {
    await this.planned();
    await this.type('apply');
    await this.press('enter');
  }
}

const bootstrapped = /^I: extracting archives/;

describe('screens', () => {
  test('a rehearsal, from the start to its end', async () => {
    const tour = new Tour();
    const { server, showing } = tour;
    await tour.see('start-looking', 'Start, in the first moment.');
    await tour.started();
    await tour.see('start', 'Start: nobody was here before.', true);
    server.holdBefore(/asset:solve/);
    await tour.choose('Rehearse here first');
    await tour.see('plan-being-made', 'The plan is being made; the mirror is asked.');
    server.goOn();
    await tour.planned();
    await tour.see('plan', 'The plan of a first rehearsal, folded.', true);
    await tour.type('app');
    await tour.see('plan-half-typed', 'apply is half typed.');
    await tour.type('ly');
    await tour.see('plan-typed', 'apply is typed.');
    server.holdAfter(bootstrapped);
    await tour.press('enter');
    await tour.runTo(bootstrapped);
    await tour.see('run-bootstrap', 'The run, in the middle of its longest step.', true);
    await tour.type('l');
    await tour.see('run-whole-log', 'The run, all of the screen for its log.');
    await tour.press('up', 'up', 'up');
    await tour.see('run-scrolled', 'The whole log, scrolled three lines up.');
    await tour.type('fl');
    await tour.press('ctrl-c');
    await tour.see('run-stop-menu', 'Ctrl-C in a run.', true);
    await tour.press('escape');
    server.pass(40);
    const step = showing.state.running?.plan.steps.find(
      ({ id }) => showing.state.running?.progress.steps[id] === 'running',
    );
    showing.store.dispatch({
      type: 'events',
      events: [
        { type: 'heartbeat', step: step?.id ?? 'tree/none', silentSeconds: 40, at: server.now().toISOString() },
      ],
    });
    await tour.see('run-silent', 'A command that says nothing for 40 seconds.');
    server.goOn();
    server.holdBefore(/rehearsal\/quick/);
    await showing.until('the rehearsal', ({ rehearsing }) => rehearsing !== null);
    await tour.see('rehearsal-begins', 'A virtual client is about to be switched on.');
    for (const stage of ['power', 'kernel', 'root'] as const) {
      server.goOn();
      server.holdAfter(
        { power: /client on/, kernel: /Begin: Running .scripts.init-premount/, root: /systemd-ssh-generator/ }[stage],
      );
      await showing.until(stage, ({ rehearsing }) =>
        rehearsing?.stages.some((one) => one.stage === stage) === true && (stage === 'power' || rehearsing.console.lines.some((line) => (stage === 'kernel' ? /init-premount/ : /systemd-ssh-generator/).test(line)))
      );
      await tour.see(`rehearsal-${stage}`, `The virtual client: as far as ${stage}.`, stage === 'root');
    }
    server.goOn();
    await showing.until('its report', ({ rehearsing }) => rehearsing?.result != null);
    await tour.see('rehearsal-holds', 'The client is what was asked for.', true);
    await tour.choose('Go on');
    await tour.see('done-rehearsed', 'Done: a rehearsal, which serves nobody.');
    tour.nothingIsCut();
  });
});

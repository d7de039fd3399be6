import { advance, type Event, nothingYet } from '../../core/event.ts';
import type { Plan } from '../../core/plan.ts';
import type { Command } from '../key-bindings.ts';
import { type Step, to, type Wish } from './action.ts';
import { commandAt } from './equivalent.ts';
import { bodyRows, emptyLog, logged, scrolled } from './log-window.ts';
import { shownSeconds } from './plan-rows.ts';
import type { Aim, Running, State } from './state.ts';

export function begun(
  aim: Aim,
  run: string,
  plan: Plan,
  durations: ReadonlyMap<string, number>,
  attached: boolean,
): Running {
  return {
    aim,
    run,
    plan,
    progress: nothingYet,
    log: emptyLog,
    startedAt: null,
    endedAt: null,
    stepStartedAt: null,
    took: {},
    durations,
    silentSeconds: 0,
    lastLines: [],
    stopping: null,
    attached,
    wholeLog: false,
    index: 0,
  };
}

const lastLinesKept = 12;

/** A batch of events: what came in a tenth of a second is one change of the screen. */
export function withEvents(running: Running, events: readonly Event[]): Running {
  let now = running;
  const lines: string[] = [];
  for (const event of events) {
    now = { ...now, progress: advance(now.progress, event) };
    const at = Date.parse(event.at);
    switch (event.type) {
      case 'run-started':
        now = { ...now, startedAt: at };
        break;
      case 'step-started':
        now = { ...now, stepStartedAt: at, silentSeconds: 0, lastLines: [] };
        break;
      case 'output':
        lines.push(event.line);
        now = {
          ...now,
          silentSeconds: 0,
          lastLines: [...now.lastLines, event.line].slice(-lastLinesKept),
        };
        break;
      case 'progress':
        now = { ...now, silentSeconds: 0 };
        break;
      case 'heartbeat':
        now = { ...now, silentSeconds: event.silentSeconds };
        break;
      case 'step-done':
        now = {
          ...now,
          took: { ...now.took, [event.step]: (at - (now.stepStartedAt ?? at)) / 1000 },
        };
        break;
      case 'run-finished':
      case 'run-failed':
        now = { ...now, endedAt: at };
        break;
      default:
    }
  }
  return { ...now, log: logged(now.log, lines) };
}

/** What it came to, for who looks later: '24 steps in 4 min'. null: it is not done. */
export function cameTo({ progress, plan, startedAt, endedAt }: Running): string | null {
  if (progress.outcome !== 'ok' || startedAt === null || endedAt === null) return null;
  const done = plan.steps.filter(({ id }) => progress.steps[id] === 'done').length;
  return `${done} ${done === 1 ? 'step' : 'steps'} in ${shownSeconds((endedAt - startedAt) / 1000)}`;
}

/** Asks for a run, once: a second Enter must not begin a second engine. */
export function beginning(state: State, plan: Plan, aim: Aim): Step {
  if (state.beginning !== null) return to(state);
  return to({ ...state, beginning: aim }, { wish: 'begin-run', plan, root: aim.root });
}

/** After a batch: the screen that belongs to how the run stands. */
export function afterEvents(state: State): Step {
  const { running } = state;
  const outcome = running?.progress.outcome ?? null;
  if (running === null || outcome === null || state.screen !== 'run') return to(state);
  if (outcome !== 'ok') return to({ ...state, screen: 'failure', overlay: null, menuIndex: 0 });
  const next: State = { ...state, overlay: null, menuIndex: 0, planned: null };
  return running.attached
    ? to({ ...next, screen: 'done' }, { wish: 'overlook' })
    : succeeded(next, running.aim);
}

/** What follows a plan that is done, or had nothing to do. */
export function succeeded(state: State, { purpose, tree }: Aim): Step {
  switch (purpose) {
    case 'build':
    case 'rehearsal':
      return tree === null
        ? to({ ...state, screen: 'done' }, { wish: 'overlook' })
        : to(
            { ...state, screen: 'rehearsal', rehearsing: null },
            ...(state.wizard?.scope === 'trees' ? [forgotten(state)] : []),
            { wish: 'rehearse', tree },
          );
    case 'chore':
      return to(
        { ...state, screen: 'dashboard', wizard: null, notice: { text: 'Done.' } },
        { wish: 'overlook' },
      );
    case 'site':
      return to({ ...state, screen: 'done' }, forgotten(state), { wish: 'overlook' });
    default:
      return purpose satisfies never;
  }
}

/** Answers that are applied are the server's, and no longer a draft. */
function forgotten(state: State): Wish {
  const root = state.pretending ? 'pretend' : (state.wizard?.root ?? state.root);
  return { wish: 'forget-answers', root };
}

export function runCommand(state: State, command: Command): Step {
  const { running } = state;
  if (running === null) return to(state);
  const height = state.size.rows;
  const scroll = (by: number): Step =>
    to({ ...state, running: { ...running, log: scrolled(running.log, by, logHeight(state)) } });
  switch (command) {
    case 'stop':
    case 'back':
    case 'quit':
      return to({ ...state, overlay: { kind: 'stop', index: 0 } });
    case 'detach':
      return detached(state);
    case 'whole-log':
      return to({ ...state, running: { ...running, wholeLog: !running.wholeLog } });
    case 'up':
      return scroll(1);
    case 'down':
      return scroll(-1);
    case 'page-up':
      return scroll(Math.max(1, Math.floor(height / 2)));
    case 'page-down':
      return scroll(-Math.max(1, Math.floor(height / 2)));
    case 'first':
      return scroll(Number.MAX_SAFE_INTEGER);
    case 'follow':
      return to({ ...state, running: { ...running, log: { ...running.log, back: 0 } } });
    default:
      return to(state);
  }
}

/** Rows of the log's window: what the list of steps above it leaves. */
export function logHeight({ size, running }: State): number {
  const body = bodyRows(size);
  if (running === null) return body;
  // The bar, and the rule above the log.
  const others = 2 + (running.wholeLog ? 0 : stepRowsShown(running, size));
  return Math.max(3, body - others);
}

/** Rows that the list of steps gets: two fifths of the body at the most. */
export function stepRowsShown({ plan }: Running, size: State['size']): number {
  return Math.min(plan.steps.length, Math.max(3, Math.floor((bodyRows(size) * 2) / 5)));
}

export function detached(state: State): Step {
  const root = state.running?.aim.root ?? state.root;
  return to(state, {
    wish: 'exit',
    code: 0,
    words: [
      state.pretending
        ? 'The pretended run ended with its server. A real one goes on, and `sidus attach` shows it.'
        : `The run goes on. Come back to it with: ${commandAt('attach', root)}`,
    ],
  });
}

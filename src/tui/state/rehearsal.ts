import type { RehearsalEvent } from '../../rehearsal/virtual-client.ts';
import type { Command } from '../key-bindings.ts';
import { type Step, to, type Wish } from './action.ts';
import { bodyRows, emptyLog, logged, scrolled } from './log-window.ts';
import { movedTo } from './menu.ts';
import { toPlan } from './questions.ts';
import type { Rehearsing, State } from './state.ts';

export function rehearsing(
  boot: number,
  tree: string,
  version: number | null,
  startedAt: number,
): Rehearsing {
  return {
    boot,
    tree,
    version,
    stages: [],
    console: emptyLog,
    notes: [],
    startedAt,
    result: null,
    problem: null,
    index: 0,
  };
}

export function withRehearsalEvents(
  now: Rehearsing,
  events: readonly RehearsalEvent[],
): Rehearsing {
  const lines: string[] = [];
  let { stages, notes } = now;
  for (const event of events) {
    if (event.type === 'console') lines.push(event.line);
    else if (event.type === 'server') lines.push(`server: ${event.line}`);
    else if (event.type === 'note') {
      // Another try begins from the beginning.
      notes = [...notes, event.note];
      stages = [];
    } else stages = [...stages, { stage: event.stage, seconds: event.seconds }];
  }
  return { ...now, stages, notes, console: logged(now.console, lines) };
}

/** Rows of the console's window. */
export function consoleHeight({ size }: State): number {
  return Math.max(3, bodyRows(size) - 6);
}

export interface RehearsalItem {
  readonly label: string;
  readonly note: string;
  readonly does: 'done' | 'serve' | 'again' | 'answers';
}

/** What may be done once the client has spoken, or has not. */
export function rehearsalItems({ rehearsing: now, wizard }: State): readonly RehearsalItem[] {
  if (now === null) return [];
  const holds = now.result?.findings.every((finding) => finding.holds) === true;
  const again = {
    label: 'Boot it once more',
    note: 'what was built is kept',
    does: 'again',
  } as const;
  const serves = wizard !== null && wizard.scope === 'all' && !wizard.built;
  if (holds) {
    return [
      serves
        ? { label: 'Go on', note: 'the plan that lets clients boot it', does: 'serve' }
        : { label: 'Go on', note: 'what this server does now', does: 'done' },
      again,
    ];
  }
  return [
    again,
    ...(wizard === null
      ? []
      : [{ label: 'Change the answers', note: 'then a new plan', does: 'answers' } as const]),
    {
      label: 'Go on without it',
      note: serves ? 'the plan that lets clients boot it' : 'nothing of what was built is lost',
      does: serves ? 'serve' : 'done',
    },
  ];
}

export function rehearsalCommand(state: State, command: Command): Step {
  const { rehearsing: now } = state;
  if (now === null) {
    return command === 'back' || command === 'quit'
      ? to({ ...state, overlay: { kind: 'quit', index: 0 } })
      : to(state);
  }
  const over = now.result !== null || now.problem !== null;
  const items = rehearsalItems(state);
  const scroll = (by: number): Step =>
    to({
      ...state,
      rehearsing: { ...now, console: scrolled(now.console, by, consoleHeight(state)) },
    });
  if (!over) {
    switch (command) {
      case 'up':
        return scroll(1);
      case 'down':
        return scroll(-1);
      case 'page-up':
        return scroll(10);
      case 'page-down':
        return scroll(-10);
      case 'first':
        return scroll(Number.MAX_SAFE_INTEGER);
      case 'follow':
        return to({ ...state, rehearsing: { ...now, console: { ...now.console, back: 0 } } });
      case 'back':
        return onward(state, { wish: 'stop-rehearsal' });
      default:
        return to(state);
    }
  }
  const menuIndex = movedTo(command, items.length, state.menuIndex);
  if (menuIndex !== null) return to({ ...state, menuIndex });
  switch (command) {
    case 'back':
      return onward(state);
    case 'next': {
      const does = items[Math.min(state.menuIndex, items.length - 1)]?.does;
      if (does === 'again') {
        return to(
          { ...state, rehearsing: null, menuIndex: 0 },
          { wish: 'rehearse', tree: now.tree },
        );
      }
      if (does === 'answers') {
        return to({ ...state, screen: 'questions', rehearsing: null, running: null });
      }
      return onward(state);
    }
    default:
      return to(state);
  }
}

/** Answers that are not served yet are now; otherwise it is done. */
function onward(state: State, ...wishes: readonly Wish[]): Step {
  const { wizard } = state;
  if (wizard === null || wizard.scope === 'trees' || wizard.built) {
    return to({ ...state, screen: 'done', menuIndex: 0 }, ...wishes, { wish: 'overlook' });
  }
  const step = toPlan({ ...state, wizard: { ...wizard, built: true }, menuIndex: 0 });
  return to(step.state, ...wishes, ...step.wishes);
}

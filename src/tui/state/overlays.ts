import { say } from '../../core/message.ts';
import type { Problem } from '../../core/problem.ts';
import { formsOf } from '../../planner/form.ts';
import type { Command } from '../key-bindings.ts';
import { keyList } from '../key-list.ts';
import type { KeyPress } from '../key-press.ts';
import { edited } from '../text-edit.ts';
import { type Step, to } from './action.ts';
import { contextsOf } from './contexts.ts';
import { commandAt } from './equivalent.ts';
import { bodyRows } from './log-window.ts';
import { loginCommand, loginText } from './login.ts';
import { movedTo } from './menu.ts';
import { pickerCommand, pickerText } from './picker.ts';
import { textToSave } from './plan.ts';
import { goTo, keep, toPlan } from './questions.ts';
import { detached } from './run.ts';
import { secretCommand, secretText } from './secret.ts';
import type { Overlay, State } from './state.ts';

/** Lines are not longer, however wide the terminal is. */
export const widest = 120;

export interface Choice {
  readonly label: string;
  readonly note: string;
}

/** The safe one first: it has the focus. */
export const quitItems: readonly Choice[] = [
  { label: 'Stay', note: '' },
  { label: 'Quit', note: 'your answers are kept, and offered at the next start' },
];

export const stopItems = ({ pretending }: State): readonly Choice[] => [
  { label: 'Keep watching', note: '' },
  {
    label: 'Keep it running, and leave',
    note: pretending
      ? 'a pretended one ends, a real one goes on'
      : '`sidus attach` comes back to it',
  },
  { label: 'Stop after this step', note: 'nothing is left half done; `sidus resume` goes on' },
  { label: 'Stop now', note: 'this step is done again when the run goes on' },
];

/** A key that is no command: text for the field of an overlay, as a rule. null: it means nothing. */
export function overlayText(state: State, overlay: Overlay, key: KeyPress): Step | null {
  if (overlay.kind === 'picker') return pickerText(state, overlay.picker, key);
  if (overlay.kind === 'command') return to({ ...state, overlay: null });
  if (overlay.kind === 'login') return loginText(state, overlay.trying, key);
  if (overlay.kind === 'secret') return secretText(state, overlay.asked, key);
  if (overlay.kind !== 'save') return null;
  const edit = edited(overlay.edit, key);
  return edit === null ? null : to({ ...state, overlay: { ...overlay, edit, problem: null } });
}

export function overlayCommand(state: State, overlay: Overlay, command: Command): Step {
  if (overlay.kind === 'picker') return pickerCommand(state, overlay.picker, command);
  if (command === 'back') return to({ ...state, overlay: null });
  switch (overlay.kind) {
    case 'keys':
      return keysCommand(state, overlay.top, command);
    case 'command':
      return to({ ...state, overlay: null });
    case 'topics':
      return topicsCommand(state, overlay.index, command);
    case 'quit':
      return quitCommand(state, overlay.index, command);
    case 'stop':
      return stopCommand(state, overlay.index, command);
    case 'login':
      return loginCommand(state, overlay.trying, command);
    case 'secret':
      return secretCommand(state, overlay.asked, command);
    case 'save': {
      if (command !== 'next') return to(state);
      const text = textToSave(state, overlay.what);
      const path = overlay.edit.text.trim();
      if (text === null) return to(state);
      return path === ''
        ? to({ ...state, overlay: { ...overlay, problem: nameless } })
        : to(state, { wish: 'save-file', path, text });
    }
    default:
      return overlay satisfies never;
  }
}

const nameless: Problem = {
  code: 'request/no-name',
  summary: say('there is no name yet'),
  remedy: say('give one, such as site.yaml'),
};

function keysCommand(state: State, top: number, command: Command): Step {
  const by = { up: -1, down: 1, 'page-up': -10, 'page-down': 10, first: -1000, last: 1000 }[
    command as string
  ];
  if (by === undefined) return to({ ...state, overlay: null });
  const most = Math.max(0, keysShown(state).length - bodyRows(state.size));
  const next = Math.max(0, Math.min(most, top + by));
  return to({ ...state, overlay: { kind: 'keys', top: next } });
}

/** The list of keys, as wide as it is drawn. */
export function keysShown(state: State): ReturnType<typeof keyList> {
  const below = contextsOf({ ...state, overlay: null });
  return keyList(below, Math.min(state.size.columns, widest) - 1);
}

/** The topics, then the plan. */
function topicsCommand(state: State, index: number, command: Command): Step {
  const { wizard } = state;
  if (wizard === null) return to({ ...state, overlay: null });
  const all = formsOf(wizard.tree, wizard.scope);
  const next = movedTo(command, all.length + 1, index);
  if (next !== null) return to({ ...state, overlay: { kind: 'topics', index: next } });
  if (command !== 'next') return to(state);
  const form = all[index];
  return form === undefined ? toPlan(state) : goTo({ ...state, planned: null }, form.path);
}

function quitCommand(state: State, index: number, command: Command): Step {
  const next = movedTo(command, quitItems.length, index);
  if (next !== null) return to({ ...state, overlay: { kind: 'quit', index: next } });
  // Ctrl-C once more is a decision too.
  if (command === 'quit' || (command === 'next' && index === 1)) {
    // Who only looked at the first question comes back to it too.
    const asking = ['questions', 'plan'].includes(state.screen) && state.wizard !== null;
    return to(state, ...(asking ? [keep(state)] : []), {
      wish: 'exit',
      code: state.screen === 'done' || state.screen === 'dashboard' ? 0 : 130,
      words:
        state.wizard === null || state.screen === 'done'
          ? []
          : [
              `Your answers are kept. Go on with: ${commandAt('wizard', state.root)}${state.pretending ? ' --pretend' : ''}`,
            ],
    });
  }
  return command === 'next' ? to({ ...state, overlay: null }) : to(state);
}

function stopCommand(state: State, index: number, command: Command): Step {
  const next = movedTo(command, stopItems(state).length, index);
  if (next !== null) return to({ ...state, overlay: { kind: 'stop', index: next } });
  if (command !== 'next') return to(state);
  if (index === 0) return to({ ...state, overlay: null });
  if (index === 1) return detached(state);
  const how = index === 2 ? 'after-step' : 'now';
  const { running } = state;
  return to(
    { ...state, overlay: null, running: running === null ? null : { ...running, stopping: how } },
    { wish: 'stop-run', how },
  );
}

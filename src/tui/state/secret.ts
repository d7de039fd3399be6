import { say } from '../../core/message.ts';
import type { WantedSecret } from '../../features/feature.ts';
import { wantedSecrets } from '../../planner/found-out.ts';
import type { Command } from '../key-bindings.ts';
import type { KeyPress } from '../key-press.ts';
import { edited, editOf, type TextEdit } from '../text-edit.ts';
import { type Step, to } from './action.ts';
import type { State, Wizard } from './state.ts';
import { formAt } from './wizard.ts';

/** A secret that is asked for. It is here while it is typed; then the server at hand has it. */
export interface AskedSecret {
  readonly wanted: WantedSecret;
  readonly edit: TextEdit;
}

/** The secret that the answers on the screen need; null: none. */
export function secretHere(wizard: Wizard): WantedSecret | null {
  const topic = formAt(wizard)?.topic;
  if (wizard.completed === null || topic === undefined) return null;
  return wantedSecrets(wizard.completed, wizard.tree, topic)[0] ?? null;
}

/** `name`: of the one that is asked for; otherwise the one of the topic on the screen. */
export function openSecret(state: State, name?: string): Step | null {
  const { wizard } = state;
  if (wizard?.completed == null) return null;
  const wanted =
    name === undefined
      ? secretHere(wizard)
      : wantedSecrets(wizard.completed, wizard.tree).find((one) => one.name === name);
  if (wanted == null) return null;
  return to({ ...state, overlay: { kind: 'secret', asked: { wanted, edit: editOf('') } } });
}

/** null: the key does not edit. */
export function secretText(state: State, asked: AskedSecret, key: KeyPress): Step | null {
  const edit = edited(asked.edit, key);
  return edit === null
    ? null
    : to({ ...state, overlay: { kind: 'secret', asked: { ...asked, edit } } });
}

export function secretCommand(state: State, { wanted, edit }: AskedSecret, command: Command): Step {
  if (command !== 'next' || edit.text === '' || state.wizard === null) return to(state);
  const { root } = state.wizard;
  return to(
    {
      ...state,
      overlay: null,
      notice: say('Taken. A run keeps it on this server, in secrets.json, which only root reads.'),
    },
    { wish: 'give-secret', root, name: wanted.name, value: edit.text },
    { wish: 'check-answers' },
    ...(state.screen === 'plan' ? [{ wish: 'make-plan' } as const] : []),
  );
}

import type { LoginAnswer } from '../../core/directory.ts';
import { loginQuestion } from '../../planner/found-out.ts';
import type { Command } from '../key-bindings.ts';
import type { KeyPress } from '../key-press.ts';
import { edited, editOf, type TextEdit } from '../text-edit.ts';
import { type Step, to } from './action.ts';
import type { State, Wizard } from './state.ts';
import { formAt } from './wizard.ts';

/** Somebody's login that is tried. The password is here while it is typed, and nowhere after. */
export interface Trying {
  readonly user: TextEdit;
  readonly password: TextEdit;
  readonly field: 'user' | 'password';
  /** Counts tries: what comes of an earlier one is dropped. */
  readonly attempt: number;
  /** null: nothing was tried yet. */
  readonly outcome: 'asking' | { readonly user: string; readonly answer: LoginAnswer } | null;
}

/** How a login is tried from the topic that is on the screen; null: there is no directory in it. */
export function loginHere(wizard: Wizard): ReturnType<typeof loginQuestion> {
  const topic = formAt(wizard)?.topic;
  if (wizard.completed === null || topic === undefined) return null;
  return loginQuestion(wizard.completed, wizard.tree, topic);
}

export function openLogin(state: State): Step {
  const trying: Trying = {
    user: editOf(''),
    password: editOf(''),
    field: 'user',
    attempt: 0,
    outcome: null,
  };
  return to({ ...state, overlay: { kind: 'login', trying } });
}

const withTrying = (state: State, trying: Trying): Step['state'] => ({
  ...state,
  overlay: { kind: 'login', trying },
});

/** null: the key does not edit. */
export function loginText(state: State, trying: Trying, key: KeyPress): Step | null {
  const edit = edited(trying[trying.field], key);
  return edit === null ? null : to(withTrying(state, { ...trying, [trying.field]: edit }));
}

export function loginCommand(state: State, trying: Trying, command: Command): Step {
  const { field } = trying;
  const go = (next: Trying['field']): Step => to(withTrying(state, { ...trying, field: next }));
  switch (command) {
    case 'up':
      return go('user');
    case 'down':
      return go('password');
    case 'next':
      return field === 'user' && asksPassword(state) ? go('password') : tried(state, trying);
    default:
      return to(state);
  }
}

/** A realm of Kerberos knows passwords, and is not asked. */
export function asksPassword({ wizard }: State): boolean {
  const found = wizard === null ? null : loginHere(wizard);
  return found?.question.people?.elsewhere === false;
}

function tried(state: State, trying: Trying): Step {
  const { wizard } = state;
  const found = wizard === null ? null : loginHere(wizard);
  const user = trying.user.text.trim();
  if (wizard === null || found === null || user === '') {
    return to(withTrying(state, { ...trying, field: 'user' }));
  }
  const attempt = trying.attempt + 1;
  return to(
    withTrying(state, {
      ...trying,
      password: editOf(''),
      field: 'user',
      attempt,
      outcome: 'asking',
    }),
    {
      wish: 'try-login',
      root: wizard.root,
      question: found.question,
      login: { user, password: trying.password.text },
      attempt,
    },
  );
}

export function afterLogin(state: State, attempt: number, user: string, answer: LoginAnswer): Step {
  const { overlay } = state;
  return overlay?.kind === 'login' && overlay.trying.attempt === attempt
    ? to(withTrying(state, { ...overlay.trying, outcome: { user, answer } }))
    : to(state);
}

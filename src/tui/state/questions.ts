import { say } from '../../core/message.ts';
import { parsedText, shownValue } from '../../planner/form.ts';
import type { Command } from '../key-bindings.ts';
import type { KeyPress } from '../key-press.ts';
import { harmless } from '../line.ts';
import { edited, editOf } from '../text-edit.ts';
import { type Step, to, type Wish } from './action.ts';
import type { Place, State, Wizard } from './state.ts';
import {
  answered,
  askedNow,
  at,
  draftOf,
  focused,
  focusOn,
  formAt,
  forms,
  isThere,
  placeOf,
  recordsIn,
  withoutEmptyEntry,
} from './wizard.ts';

/** A change of the answers is kept at once, and looked at on the outside. */
export function changed(state: State, wizard: Wizard, ...more: readonly Wish[]): Step {
  return to({ ...state, wizard, planned: null }, ...more, keep({ ...state, wizard }), {
    wish: 'check-answers',
  });
}

export function keep(state: State): Wish {
  const { wizard, screen, now, pretending } = state;
  if (wizard === null) throw new Error('there are no answers to keep');
  return {
    wish: 'keep-answers',
    draft: draftOf(wizard, screen, new Date(now).toISOString(), pretending),
  };
}

/** Another place among the questions: kept too, so that one comes back to it. */
function moved(state: State, wizard: Wizard): Step {
  const next = { ...state, wizard };
  return to(next, keep(next));
}

/** Typing into the field in focus. null: the key does not edit. */
export function questionsText(state: State, key: KeyPress): Step | null {
  const { wizard } = state;
  if (wizard?.edit == null) return null;
  const asked = focused(wizard);
  const offered =
    asked === null || wizard.edit.text !== '' || !['right', 'end'].includes(key.name)
      ? ''
      : harmless(shownValue(asked.question, asked.value));
  // What was found out comes into the field, to be changed there.
  const edit = offered === '' ? edited(wizard.edit, key) : editOf(offered);
  if (asked === null || edit === null) return null;
  if (edit.text === wizard.edit.text) return to({ ...state, wizard: { ...wizard, edit } });
  const given = answered({ ...wizard, edit }, asked.path, parsedText(asked.question, edit.text));
  return changed(state, given);
}

export function questionsCommand(state: State, command: Command): Step {
  const { wizard } = state;
  if (wizard === null) return to(state);
  // Nobody has seen a question yet.
  if (wizard.completed === null) return command === 'back' ? backward(state, wizard) : to(state);
  const place = placeOf(wizard);
  if (place.list !== null) return recordsCommand(state, wizard, place, command);
  const asked = focused(wizard);
  switch (command) {
    case 'up':
      return moved(state, focusOn(wizard, place.focus - 1));
    case 'down':
      return moved(state, focusOn(wizard, place.focus + 1));
    case 'next':
      return asked === null
        ? onward(state, wizard)
        : moved(state, focusOn(wizard, place.focus + 1));
    case 'back':
      return backward(state, wizard);
    case 'option-after':
      return option(state, wizard, 1);
    case 'option-before':
      return option(state, wizard, -1);
    case 'default': {
      if (asked === null) return to(state);
      const given = answered(wizard, asked.path, undefined);
      return changed(state, focusOn(given, place.focus));
    }
    case 'open':
      if (asked === null) return to(state);
      return to({
        ...state,
        wizard: at(wizard, [
          ...wizard.stack,
          { path: place.path, list: asked.question.key, focus: 0 },
        ]),
      });
    default:
      return to(state);
  }
}

function option(state: State, wizard: Wizard, by: number): Step {
  const asked = focused(wizard);
  if (asked === null) return to(state);
  const { question, value, path } = asked;
  const options: readonly unknown[] =
    question.kind === 'yes-no' ? [false, true] : question.kind === 'choice' ? question.options : [];
  if (options.length === 0) return to(state);
  const now = Math.max(0, options.indexOf(value));
  const next = options[(now + by + options.length) % options.length];
  if (next === value) return to(state);
  return changed(state, answered(wizard, path, next));
}

/** To the next topic, and after the last to the plan. */
function onward(state: State, wizard: Wizard): Step {
  if (wizard.stack.length > 1) return outOfRecord(state, wizard);
  const all = forms(wizard);
  const here = all.findIndex(({ path }) => path === placeOf(wizard).path);
  const seen = [...new Set([...wizard.seen, placeOf(wizard).path])];
  const next = all[here + 1];
  if (next === undefined) return toPlan({ ...state, wizard: { ...wizard, seen } });
  return moved(state, at({ ...wizard, seen }, [{ path: next.path, list: null, focus: 0 }]));
}

export function toPlan(state: State): Step {
  const wizard = state.wizard === null ? null : withoutEmptyEntry(state.wizard);
  const next: State = { ...state, wizard, screen: 'plan', planned: null, overlay: null };
  return to(next, keep(next), { wish: 'make-plan' });
}

function backward(state: State, wizard: Wizard): Step {
  if (wizard.stack.length > 1) return outOfRecord(state, wizard);
  const all = forms(wizard);
  const here = all.findIndex(({ path }) => path === placeOf(wizard).path);
  const before = all[here - 1];
  if (before === undefined) {
    const start: State = { ...state, screen: 'start', start: { ...state.start, index: 0 } };
    return to({ ...start, wizard: null, planned: null }, keep(state), {
      wish: 'look-around',
    });
  }
  return moved(state, at(wizard, [{ path: before.path, list: null, focus: 0 }]));
}

/** Back to the list. */
function outOfRecord(state: State, wizard: Wizard): Step {
  const left = withoutEmptyEntry(wizard);
  const back = at(left, left.stack.slice(0, -1));
  return left === wizard ? moved(state, back) : changed(state, back);
}

/** The list of records of a question: its entries, then the row that adds one, then the way back. */
function recordsCommand(state: State, wizard: Wizard, place: Place, command: Command): Step {
  const path = `${place.path}.${place.list}`;
  const records = recordsIn(wizard, place);
  const focus = Math.min(place.focus, records.length + 1);
  const go = (to: number): Step =>
    moved(state, {
      ...wizard,
      stack: [
        ...wizard.stack.slice(0, -1),
        { ...place, focus: Math.max(0, Math.min(records.length + 1, to)) },
      ],
    });
  const enter = (index: number, given: Wizard): Wizard =>
    at(given, [
      ...given.stack.slice(0, -1),
      { ...place, focus: index },
      { path: `${path}.${index}`, list: null, focus: 0 },
    ]);
  const add = (): Step => {
    const given = answered(wizard, path, [...records, {}]);
    return changed(state, enter(records.length, given));
  };
  switch (command) {
    case 'up':
      return go(focus - 1);
    case 'down':
      return go(focus + 1);
    case 'add':
      return add();
    case 'next':
    case 'open':
      if (focus === records.length) return add();
      if (focus > records.length) return moved(state, at(wizard, wizard.stack.slice(0, -1)));
      return moved(state, enter(focus, wizard));
    case 'remove': {
      if (focus >= records.length) return to(state);
      const left = records.filter((_, index) => index !== focus);
      const step = changed(state, answered(wizard, path, left));
      const notice = say(
        'It is taken out of the list. Esc, then Ctrl-D, takes the whole list back.',
      );
      return to({ ...step.state, notice }, ...step.wishes);
    }
    case 'back':
      return moved(state, at(wizard, wizard.stack.slice(0, -1)));
    default:
      return to(state);
  }
}

/** The question that an answer is about, wherever it is. */
export function goTo(state: State, path: string): Step {
  const { wizard } = state;
  if (wizard === null) return to(state);
  const form = forms(wizard).find((one) => path === one.path || path.startsWith(`${one.path}.`));
  if (form === undefined) return to(state);
  const given = withoutEmptyEntry(wizard);
  const next: State = { ...state, screen: 'questions', overlay: null };
  const focusedOn = (stack: readonly Place[]): Wizard => {
    const there = at(given, stack);
    const index = askedNow(there, formAt(there)).findIndex(
      (asked) => path === asked.path || path.startsWith(`${asked.path}.`),
    );
    return focusOn(there, Math.max(0, index));
  };
  const there = focusedOn([{ path: form.path, list: null, focus: 0 }]);
  const [key = '', entry = ''] = path.slice(form.path.length + 1).split('.');
  const inside: Place = { path: `${form.path}.${key}.${entry}`, list: null, focus: 0 };
  // Of an entry of a list, to the answer inside it.
  const isInside =
    /^\d+$/.test(entry) && isThere(given, inside) && formAt(given, inside.path) !== null;
  return moved(
    next,
    isInside
      ? focusedOn([...there.stack, { path: form.path, list: key, focus: Number(entry) }, inside])
      : there,
  );
}

import type { Question } from '../../core/question.ts';
import { type Asked, valueAt } from '../../planner/form.ts';
import type { Command } from '../key-bindings.ts';
import type { KeyPress } from '../key-press.ts';
import { edited, editOf } from '../text-edit.ts';
import { type Step, to } from './action.ts';
import { knownOf, labelsOf } from './names.ts';
import { changed } from './questions.ts';
import type { Picker, State, Wizard } from './state.ts';
import { answered, focused, focusOn, placeOf, takenOf } from './wizard.ts';

export interface PickerRow {
  readonly name: string;
  readonly taken: boolean;
  /** Not in the list: what was typed. */
  readonly own: boolean;
}

export interface PickerView {
  readonly rows: readonly PickerRow[];
  /** Names in the list, before the filter. */
  readonly known: number;
  /** The list is being asked for. */
  readonly asking: boolean;
}

/** At most so many rows are made: nobody scrolls through 60 000. */
const most = 500;

/** The names on offer, what is taken first, and what was typed where it is not among them. */
export function pickerView(wizard: Wizard, picker: Picker): PickerView {
  const asked = focused(wizard);
  if (asked === null) return { rows: [], known: 0, asking: false };
  const { names, asking } = offersOf(wizard, asked);
  const taken = takenOf(asked);
  const filter = picker.filter.text.trim().toLowerCase().replace(/^\//, '');
  // French is found as well as fr_FR.
  const labels = labelsOf(wizard, asked);
  const fits = (name: string): boolean =>
    filter === '' ||
    name.toLowerCase().includes(filter) ||
    labels?.[name]?.toLowerCase().includes(filter) === true;
  const matching = names.filter(fits);
  if (filter !== '') {
    // What begins so comes before what merely holds it.
    matching.sort(
      (a, b) =>
        Number(b.toLowerCase().startsWith(filter)) - Number(a.toLowerCase().startsWith(filter)),
    );
  }
  const listed = new Set(names);
  const first = new Set(picker.first);
  const extra = [...new Set([...first, ...taken])].filter(
    (name) => !listed.has(name) && fits(name),
  );
  const typed = picker.filter.text.trim();
  const own =
    typed !== '' && !listed.has(typed) && !extra.includes(typed) && mayBeOwn(asked, typed)
      ? [{ name: typed, taken: false, own: true }]
      : [];
  const isTaken = new Set(taken);
  const above =
    filter === '' && picker.several ? [...first].filter((name) => listed.has(name)) : [];
  const rest = above.length > 0 ? matching.filter((name) => !first.has(name)) : matching;
  const rows = [...extra, ...above, ...rest]
    .slice(0, most)
    .map((name) => ({ name, taken: isTaken.has(name), own: false }));
  // With nothing that fits, or no list at all, what was typed comes first.
  return {
    rows: rows.length === 0 || names.length === 0 ? [...own, ...rows] : [...rows, ...own],
    known: names.length,
    asking,
  };
}

/** Beside fixed names, only what the question takes; other lists may not know all there is. */
function mayBeOwn({ question }: Asked, name: string): boolean {
  const { choices, kind, schema } = question;
  if (typeof choices === 'function' || choices === undefined) return true;
  return schema.safeParse(kind === 'list' ? [name] : name).success;
}

function offersOf(
  wizard: Wizard,
  { question }: Asked,
): { readonly names: readonly string[]; readonly asking: boolean } {
  if (question.offered !== undefined) {
    const fact = offeredFact(wizard, question);
    const names = fact === null ? [] : wizard.offers[fact];
    return { names: names ?? [], asking: names === null };
  }
  const { choices } = question;
  if (choices === undefined) return { names: [], asking: false };
  if (typeof choices !== 'function') return { names: choices, asking: false };
  return { names: choices(knownOf(wizard)), asking: false };
}

/** The id of the fact that lists what the outside offers for a question. */
export function offeredFact(wizard: Wizard, question: Question): string | null {
  const tree = valueAt(wizard.completed?.values, `trees.${wizard.tree}`);
  return question.offered?.((tree ?? {}) as never)?.id ?? null;
}

/** The list of names of the question in focus. */
export function openPicker(state: State, filter = ''): Step {
  const { wizard } = state;
  if (wizard === null) return to(state);
  const asked = focused(wizard);
  if (asked === null) return to(state);
  const picker: Picker = {
    path: asked.path,
    several: asked.question.kind === 'list',
    filter: editOf(filter),
    first: takenOf(asked),
    index: 0,
  };
  // On the answer in force: Enter alone changes nothing.
  const index = pickerView(wizard, picker).rows.findIndex(({ taken }) => taken);
  return to(
    {
      ...state,
      overlay: { kind: 'picker', picker: { ...picker, index: Math.max(0, index) } },
    },
    { wish: 'offer', path: asked.path },
  );
}

/** Typing filters. null: the key does not. */
export function pickerText(state: State, picker: Picker, key: KeyPress): Step | null {
  const filter = edited(picker.filter, key);
  if (filter === null) return null;
  return to(filtered(state, picker, filter));
}

/** With another filter, the rows are made anew. */
function filtered(state: State, picker: Picker, filter: Picker['filter']): State {
  const asked = state.wizard === null ? null : focused(state.wizard);
  const first = asked === null ? [] : takenOf(asked);
  return withPicker(state, { ...picker, filter, first, index: 0 });
}

function withPicker(state: State, picker: Picker): State {
  return { ...state, overlay: { kind: 'picker', picker } };
}

export function pickerCommand(state: State, picker: Picker, command: Command): Step {
  const { wizard } = state;
  if (wizard === null) return to(state);
  const { rows } = pickerView(wizard, picker);
  const index = Math.min(picker.index, Math.max(0, rows.length - 1));
  const go = (wanted: number): Step =>
    to(withPicker(state, { ...picker, index: Math.max(0, Math.min(rows.length - 1, wanted)) }));
  const page = Math.max(1, state.size.rows - 10);
  switch (command) {
    case 'up':
      return go(index - 1);
    case 'down':
      return go(index + 1);
    case 'page-up':
      return go(index - page);
    case 'page-down':
      return go(index + page);
    case 'first':
      return go(0);
    case 'last':
      return go(rows.length - 1);
    case 'back':
      return close(state, wizard);
    case 'next':
      // In a list of several with nothing typed, Enter is done.
      if (picker.several && picker.filter.text === '') return close(state, wizard);
      return take(state, wizard, picker, rows[index], true);
    case 'toggle': {
      const { text } = picker.filter;
      // In a list that is only typed, such as ssh keys, a space is part of it.
      if (text !== '' && pickerView(wizard, picker).known === 0) {
        const filter = edited(picker.filter, { name: 'text', text: ' ', ctrl: false });
        return to(filter === null ? state : filtered(state, picker, filter));
      }
      const row = rows[index];
      // The whole name was typed: the next one begins anew, as after Enter.
      const whole = row !== undefined && !row.taken && row.name === text.trim();
      return take(state, wizard, picker, row, !picker.several || whole);
    }
    default:
      return to(state);
  }
}

function close(state: State, wizard: Wizard): Step {
  return to({ ...state, overlay: null, wizard: focusOn(wizard, placeOf(wizard).focus) });
}

/** Takes a row in or leaves it out; `clears` what was typed, for the next name. */
function take(
  state: State,
  wizard: Wizard,
  picker: Picker,
  row: PickerRow | undefined,
  clears: boolean,
): Step {
  const asked = focused(wizard);
  if (row === undefined || asked === null) return to(state);
  if (!picker.several) {
    const given = answered(wizard, asked.path, row.name);
    return changed({ ...state, overlay: null }, focusOn(given, placeOf(given).focus + 1));
  }
  const taken = takenOf(asked);
  // Typed once more, a name stays; pasted, they may be several.
  const listed = offersOf(wizard, asked).names.includes(row.name);
  const typed = clears && listed && picker.filter.text.trim() !== '';
  const names =
    row.own && pickerView(wizard, picker).known > 0 ? row.name.split(/[\s,]+/) : [row.name];
  const value =
    row.taken && !typed
      ? taken.filter((name) => name !== row.name)
      : [...new Set([...taken, ...names])];
  const given = answered(wizard, asked.path, value);
  const next = { ...state, wizard: given };
  return changed(clears ? filtered(next, picker, editOf('')) : next, given);
}

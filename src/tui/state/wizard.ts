import type { Facts } from '../../core/fact.ts';
import { type Message, say } from '../../core/message.ts';
import type { Draft } from '../../core/preferences.ts';
import type { Problem } from '../../core/problem.ts';
import { overlaid } from '../../planner/answers.ts';
import { complete } from '../../planner/complete.ts';
import {
  type Asked,
  askedIn,
  type Form,
  formsOf,
  type Layers,
  problemsAt,
  recordForm,
  shownValue,
  valueAt,
  withAnswer,
} from '../../planner/form.ts';
import { harmless } from '../line.ts';
import { editOf } from '../text-edit.ts';
import type { Place, Wizard } from './state.ts';

export interface Beginning {
  readonly root: string;
  readonly scope: 'all' | 'trees';
  readonly preset: string | null;
  readonly tree: string;
  readonly base: unknown;
  readonly baseName: Message;
  readonly original: string | null;
  readonly own?: unknown;
  readonly seen?: readonly string[];
}

export function beginning(given: Beginning): Wizard {
  const [first] = formsOf(given.tree, given.scope);
  return {
    ...given,
    own: given.own ?? {},
    seen: given.seen ?? [],
    stack: [{ path: first?.path ?? '', list: null, focus: 0 }],
    edit: null,
    facts: null,
    completed: null,
    siteProblems: [],
    trials: {},
    offers: {},
    built: false,
    revision: 0,
  };
}

export function layersOf({ base, baseName, own }: Wizard): Layers {
  return { base, baseName, own };
}

/** All that was answered: what one began with, and over it what was given since. */
export function givenOf({ base, own, tree }: Pick<Wizard, 'base' | 'own' | 'tree'>): unknown {
  const given = overlaid(base, own);
  return valueAt(given, `trees.${tree}`) === undefined
    ? overlaid(given, { trees: { [tree]: {} } })
    : given;
}

export function completedWith(wizard: Wizard, facts: Facts | null): Wizard {
  if (facts === null) return wizard;
  return { ...wizard, facts, completed: complete(givenOf(wizard), facts) };
}

export function forms(wizard: Wizard): readonly Form[] {
  return formsOf(wizard.tree, wizard.scope);
}

export function placeOf(wizard: Wizard): Place {
  return wizard.stack.at(-1) ?? { path: '', list: null, focus: 0 };
}

/** The form that is on the screen: a topic, or a record inside it. */
export function formAt(wizard: Wizard, path = placeOf(wizard).path): Form | null {
  const topic = forms(wizard).find(
    (form) => path === form.path || path.startsWith(`${form.path}.`),
  );
  if (topic === undefined || topic.path === path) return topic ?? null;
  const [key = '', index = ''] = path.slice(topic.path.length + 1).split('.');
  const question = topic.questions.find((candidate) => candidate.key === key);
  if (question === undefined) return null;
  const name = question.fields[0]?.key ?? '';
  const value = valueAt(wizard.completed?.values, `${path}.${name}`);
  return recordForm(
    topic,
    question,
    Number(index),
    typeof value === 'string' && value !== '' ? value : 'new',
  );
}

export function askedNow(wizard: Wizard, form = formAt(wizard)): readonly Asked[] {
  if (form === null || wizard.completed === null) return [];
  return askedIn(form, wizard.completed, layersOf(wizard)).map((asked) => ({
    ...asked,
    problems: [...asked.problems, ...problemsAt(wizard.siteProblems, asked.path)],
  }));
}

export function focused(wizard: Wizard): Asked | null {
  return askedNow(wizard)[placeOf(wizard).focus] ?? null;
}

/** Whether a question is answered by typing into its line. */
export function takesText({ question }: Asked): boolean {
  return (question.kind === 'text' || question.kind === 'number') && !picks(question);
}

/** Whether its answer is chosen from a list on a page of its own. */
export function picks(question: Asked['question']): boolean {
  return question.kind === 'list' || (question.choices !== undefined && question.kind !== 'choice');
}

/** The names that an answer consists of. */
export function takenOf({ value, question }: Asked): readonly string[] {
  if (question.kind === 'list') return Array.isArray(value) ? value.map(String) : [];
  return value === undefined || value === null ? [] : [String(value)];
}

/** Goes to a question, with its answer in the field if it takes text. */
export function focusOn(wizard: Wizard, focus: number): Wizard {
  const place = placeOf(wizard);
  // The row after the last question is the one that goes on; a list of records has one that adds too.
  const last = place.list === null ? askedNow(wizard).length : recordsIn(wizard, place).length + 1;
  const at = Math.max(0, Math.min(last, focus));
  const moved = { ...wizard, stack: [...wizard.stack.slice(0, -1), { ...place, focus: at }] };
  const asked = focused(moved);
  return {
    ...moved,
    edit:
      asked !== null && place.list === null && takesText(asked)
        ? editOf(givenText(moved, asked))
        : null,
  };
}

/** The entries of the list that a place shows. */
export function recordsIn({ completed }: Wizard, { path, list }: Place): readonly unknown[] {
  const found = valueAt(completed?.values, `${path}.${list}`);
  return Array.isArray(found) ? found : [];
}

/** Whether there is such a place among the answers: a topic, a list of records, or one of them. */
export function isThere(wizard: Wizard, { path, list }: Place): boolean {
  const form = formAt(wizard, path);
  if (form === null || valueAt(wizard.completed?.values, path) === undefined) return false;
  if (list === null) return true;
  return form.questions.some(({ key, kind }) => key === list && kind === 'records');
}

/** An entry of a list that nobody filled in was not meant: without the one that is shown, if so. */
export function withoutEmptyEntry(wizard: Wizard): Wizard {
  if (wizard.stack.length < 2) return wizard;
  const { path } = placeOf(wizard);
  const entry = valueAt(wizard.completed?.values, path);
  const list = path.slice(0, path.lastIndexOf('.'));
  const records = valueAt(wizard.completed?.values, list);
  const form = formAt(wizard);
  if (form === null || !Array.isArray(records)) return wizard;
  const filled = form.questions.some(
    ({ key, initial }) => String(valueAt(entry, key) ?? initial ?? '') !== String(initial ?? ''),
  );
  return filled
    ? wizard
    : answered(
        wizard,
        list,
        records.filter((record) => record !== entry),
      );
}

/** What stands in the field: what was given, not what was found out. */
function givenText(wizard: Wizard, asked: Asked): string {
  const inRecord = wizard.stack.length > 1;
  const given = inRecord ? asked.value : valueAt(givenOf(wizard), asked.path);
  return given === undefined ? '' : harmless(shownValue(asked.question, given));
}

export function at(wizard: Wizard, stack: readonly Place[]): Wizard {
  const moved: Wizard = { ...wizard, stack };
  return focusOn(moved, placeOf(moved).focus);
}

/** One more answer; undefined takes it back. */
export function answered(wizard: Wizard, path: string, value: unknown): Wizard {
  const own = withAnswer(wizard.own, wizard.completed?.values, path, value);
  const changed = { ...wizard, own, built: false, revision: wizard.revision + 1 };
  return completedWith(changed, wizard.facts);
}

export type FormState = 'untouched' | 'seen' | 'wrong' | 'missing';

export function stateOf(wizard: Wizard, form: Form): FormState {
  const { completed } = wizard;
  if (completed === null) return 'untouched';
  const problems = [
    ...problemsAt(completed.problems, form.path),
    ...problemsAt(wizard.siteProblems, form.path),
  ];
  if (problems.some(({ code }) => code !== 'answers/missing')) return 'wrong';
  if (problems.length > 0) return 'missing';
  return wizard.seen.includes(form.path) ? 'seen' : 'untouched';
}

/** Whatever is wrong, of all answers. */
export function problemsOfAll(wizard: Wizard): readonly Wizard['siteProblems'][number][] {
  return [...(wizard.completed?.problems ?? []), ...wizard.siteProblems];
}

export function draftOf(
  wizard: Wizard,
  screen: string,
  savedAt: string,
  pretending: boolean,
): Draft {
  return {
    schema: 1,
    savedAt,
    root: pretending ? 'pretend' : wizard.root,
    preset: wizard.preset,
    tree: wizard.tree,
    answers: {
      base: wizard.base,
      original: wizard.original,
      own: wizard.own,
      scope: wizard.scope,
      stack: wizard.stack,
    },
    screen,
    done: wizard.seen,
  };
}

interface Kept {
  readonly base: unknown;
  /** Without it, the comments of a site file would be lost on the way. */
  readonly original: string | null;
  readonly own: unknown;
  readonly scope: 'all' | 'trees';
  readonly stack: readonly Place[];
}

/** The wizard as it was when its answers were kept. */
export function fromDraft(draft: Draft, root: string): Wizard {
  const kept = draft.answers as Partial<Kept> | null;
  const begun = beginning({
    root,
    scope: kept?.scope === 'trees' ? 'trees' : 'all',
    preset: draft.preset,
    tree: draft.tree,
    base: kept?.base ?? {},
    baseName:
      draft.preset === null ? say('last time') : say('preset {name}', { name: draft.preset }),
    original: typeof kept?.original === 'string' ? kept.original : null,
    own: kept?.own ?? {},
    seen: draft.done,
  });
  const stack = Array.isArray(kept?.stack) ? kept.stack.filter(isPlace) : [];
  return stack.length === 0 ? begun : { ...begun, stack };
}

function isPlace(found: unknown): found is Place {
  const place = found as Place | null;
  return (
    typeof place === 'object' &&
    place !== null &&
    typeof place.path === 'string' &&
    Number.isInteger(place.focus) &&
    (place.list === null || typeof place.list === 'string')
  );
}

/** Trials that ended badly, and were left so: the plan says them once more. */
export function warningsOf(wizard: Wizard): readonly Problem[] {
  return Object.values(wizard.trials).flatMap(({ verdict }) =>
    verdict !== null && verdict !== 'asking' && 'warning' in verdict ? [verdict.warning] : [],
  );
}

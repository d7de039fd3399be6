import { isDeepStrictEqual } from 'node:util';
import { type Message, say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import { type Question, questionsOf } from '../core/question.ts';
import { serverTopics, treeTopics } from '../features/index.ts';
import type { Completed } from './complete.ts';

/** A group of questions on one screen: a topic, or one record of a list such as a user. */
export interface Form {
  /** Path into the site: 'server.network', 'trees.lab.accounts.users.0'. */
  readonly path: string;
  readonly topic: string;
  readonly title: string;
  readonly help: string;
  readonly questions: readonly Question[];
}

/** One question, as it stands. */
export interface Asked {
  readonly question: Question;
  readonly path: string;
  /** undefined: not answered, and not found out. */
  readonly value: unknown;
  /** Who says so. */
  readonly from: Message | null;
  readonly problems: readonly Problem[];
}

/** What was answered, in layers: what one began with, and what was given since. */
export interface Layers {
  readonly base: unknown;
  /** Where `base` is from: 'preset minimal'. */
  readonly baseName: Message;
  readonly own: unknown;
}

/** Made once: the labels of a question may be many, and a screen asks with every key. */
const known = new WeakMap<object, readonly Question[]>();

function questionsOnce(answers: Parameters<typeof questionsOf>[0]): readonly Question[] {
  const before = known.get(answers);
  if (before !== undefined) return before;
  const questions = questionsOf(answers);
  known.set(answers, questions);
  return questions;
}

/** The topics of a wizard that edits the server and one tree, in order. */
export function formsOf(tree: string, scope: 'all' | 'trees'): readonly Form[] {
  const form = (topic: (typeof serverTopics | typeof treeTopics)[number], at: string): Form => ({
    path: `${at}.${topic.id}`,
    topic: topic.id,
    title: topic.title,
    help: topic.help,
    questions: questionsOnce(topic.answers),
  });
  return [
    ...(scope === 'all' ? serverTopics.map((topic) => form(topic, 'server')) : []),
    ...treeTopics.map((topic) => form(topic, `trees.${tree}`)),
  ];
}

/** The form of one record of a list. */
export function recordForm(parent: Form, question: Question, index: number, name: string): Form {
  return {
    path: `${parent.path}.${question.key}.${index}`,
    topic: parent.topic,
    title: `${parent.title}: ${name}`,
    help: question.title,
    questions: question.fields,
  };
}

/** An answer's place as a person knows it: 'What is their full name?' of teacher, among Accounts. */
export interface Placed {
  readonly topic: string;
  readonly words: string;
}

export function placeInWords(forms: readonly Form[], values: unknown, path: string): Placed | null {
  const form = forms.find((one) => path === one.path || path.startsWith(`${one.path}.`));
  if (form === undefined) return null;
  const [key = '', index = '', field = ''] = path.slice(form.path.length + 1).split('.');
  const question = form.questions.find((one) => one.key === key);
  if (question === undefined) return { topic: form.title, words: '' };
  if (question.kind !== 'records' || index === '') {
    return { topic: form.title, words: question.title };
  }
  const [first] = question.fields;
  const name = valueAt(values, `${form.path}.${key}.${index}.${first?.key ?? ''}`);
  const inside = question.fields.find((one) => one.key === field) ?? question;
  return {
    topic: form.title,
    words: typeof name === 'string' && name !== '' ? `${name}: ${inside.title}` : inside.title,
  };
}

/** The questions of a form that apply, with their answers. */
export function askedIn(form: Form, completed: Completed, layers: Layers): readonly Asked[] {
  const answers = (valueAt(completed.values, form.path) ?? {}) as Record<string, unknown>;
  return form.questions
    .filter(({ when }) => when === undefined || when(answers))
    .map((question) => {
      const path = `${form.path}.${question.key}`;
      const value = answers[question.key];
      return {
        question,
        path,
        value,
        from: sourceOf(path, value, question, completed, layers),
        problems: problemsAt(completed.problems, path),
      };
    })
    .filter(isToAnswer);
}

/** With one option there is nothing to choose; unless a site file chose another. */
function isToAnswer({ question, value, problems }: Asked): boolean {
  const usual = isDeepStrictEqual(value, question.initial);
  if (question.seldom === true && usual && problems.length === 0) return false;
  return question.kind !== 'choice' || question.options.length > 1 || problems.length > 0;
}

/** Problems of an answer or of something in it. */
export function problemsAt(problems: readonly Problem[], path: string): readonly Problem[] {
  return problems.filter(({ at }) => at === path || at?.startsWith(`${path}.`) === true);
}

function sourceOf(
  path: string,
  value: unknown,
  question: Question,
  completed: Completed,
  layers: Layers,
): Message | null {
  // Lists are answered whole: what was left alone in one of their records is nobody's answer.
  if (isInList(path, completed.values)) {
    const before = valueAt(layers.base, path);
    if (before !== undefined && isDeepStrictEqual(before, value)) return layers.baseName;
    if (question.initial !== undefined && isDeepStrictEqual(question.initial, value)) {
      return say('usual');
    }
  }
  if (valueAt(layers.own, path) !== undefined) return say('you');
  if (valueAt(layers.base, path) !== undefined) return layers.baseName;
  return completed.sources[path] ?? null;
}

function isInList(path: string, values: unknown): boolean {
  const keys = path.split('.');
  return keys.some((_, at) => Array.isArray(valueAt(values, keys.slice(0, at).join('.'))));
}

/** What lies at a path. undefined: nothing. */
export function valueAt(root: unknown, path: string): unknown {
  let at: unknown = root;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

/**
 * `own` with one more answer; undefined takes it back. Lists are answered whole: an answer inside
 * one takes the rest of the list from `values`.
 */
export function withAnswer(own: unknown, values: unknown, path: string, value: unknown): unknown {
  const keys = path.split('.');
  const index = keys.findIndex((_, at) =>
    Array.isArray(valueAt(values, keys.slice(0, at).join('.'))),
  );
  if (index > 0) {
    const listPath = keys.slice(0, index).join('.');
    const list = valueAt(values, listPath) as readonly unknown[];
    const [at = '', ...rest] = keys.slice(index);
    const changed = list.map((entry, position) =>
      String(position) !== at ? entry : rest.length === 0 ? value : set(entry, rest, value),
    );
    return set(own, keys.slice(0, index), changed);
  }
  return set(own, keys, value);
}

function set(root: unknown, keys: readonly string[], value: unknown): unknown {
  const [key = '', ...rest] = keys;
  const group = (typeof root === 'object' && root !== null ? root : {}) as Record<string, unknown>;
  const now = Object.hasOwn(group, key) ? group[key] : undefined;
  const next = rest.length === 0 ? value : set(now, rest, value);
  const { [key]: _, ...others } = group;
  if (next === undefined || (rest.length > 0 && isEmpty(next))) return others;
  // Kept in its place, so that answers stay in the order in which they were given.
  return Object.hasOwn(group, key)
    ? Object.fromEntries(
        Object.entries(group).map(([name, old]) => [name, name === key ? next : old]),
      )
    : { ...group, [key]: next };
}

function isEmpty(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).length === 0
  );
}

/** An answer in one line, as a person reads it. */
export function shownValue(question: Question, value: unknown): string {
  if (value === undefined || value === null) return '';
  // No name is one of the choices.
  if (value === '' && question.labels?.[''] !== undefined) return 'none';
  if (question.kind === 'yes-no') return value === true ? 'yes' : 'no';
  if (question.kind === 'records' && Array.isArray(value)) {
    return value
      .map((entry: unknown) => {
        const first = question.fields[0]?.key ?? '';
        return String((entry as Record<string, unknown>)?.[first] ?? '?');
      })
      .join(', ');
  }
  if (Array.isArray(value)) return value.map(String).join(', ');
  return String(value);
}

/** What a typed text means for a question; undefined: take the answer back. */
export function parsedText(question: Question, text: string): unknown {
  if (text === '') {
    if (question.nullable) return null;
    return question.kind === 'text' && question.initial === '' ? '' : undefined;
  }
  if (question.kind === 'number') return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  return text;
}

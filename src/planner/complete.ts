import type { z } from 'zod';
import type { Facts } from '../core/fact.ts';
import { type Message, say } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import { askingOf } from '../core/question.ts';
import { closest } from '../features/closest.ts';
import { frame, type Site, serverTopics, treeTopics } from '../features/index.ts';
import { labelPattern } from '../features/values.ts';
import { isLeftOut, leftOut, schemaAt, withUsual } from './entries.ts';

/** What the answers came to. `site` is null as long as there is a problem. */
export interface Completed {
  readonly site: Site | null;
  /** As far as it was answered or found out, with what is wrong left as it was given. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  /** Where a value came from that nobody gave: path to 'detected: …'. */
  readonly sources: Readonly<Record<string, Message>>;
}

interface Notes {
  readonly facts: Facts;
  readonly problems: Problem[];
  readonly sources: Record<string, Message>;
}

type Answers = Readonly<Record<string, unknown>>;

/** Fills what was left out from facts and defaults, and checks every answer by itself. Pure. */
export function complete(input: unknown, facts: Facts): Completed {
  const notes: Notes = { facts, problems: [], sources: {} };
  const whole = asObject(input ?? {}, '', notes);
  unknownKeys(whole, ['$schema', 'schema', 'server', 'trees', 'groups', 'clients'], '', notes);
  if (whole.schema !== undefined && whole.schema !== 1) {
    notes.problems.push({
      code: 'answers/other-schema',
      at: 'schema',
      summary: say('the answers are of another version of sidus'),
      remedy: say('write `schema: 1`, or use the sidus that they were written for'),
    });
  }
  const server = topicsOf(serverTopics, whole.server, 'server', notes);
  const trees = treesOf(whole.trees, notes);
  const groups = parsed(frame.groups, whole.groups, 'groups', notes);
  const clients = parsed(frame.clients, whole.clients, 'clients', notes);
  const site = { schema: 1, server, trees, groups, clients } as unknown as Site;
  if (notes.problems.length === 0) notes.problems.push(...dangling(site));
  return {
    site: notes.problems.length === 0 ? site : null,
    values: site as unknown as Answers,
    problems: notes.problems,
    sources: notes.sources,
  };
}

function treesOf(input: unknown, notes: Notes): Answers {
  const given = asObject(input ?? {}, 'trees', notes);
  const names = Object.keys(given);
  if (names.length === 0) {
    notes.problems.push({
      code: 'answers/no-tree',
      at: 'trees',
      summary: say('there is no tree'),
      remedy: say(
        'begin with a preset, such as `--preset minimal`, or name one: `trees: {sidus: {}}`',
      ),
    });
  }
  return Object.fromEntries(
    names.map((name) => {
      if (!labelPattern.test(name)) {
        notes.problems.push({
          code: 'answers/tree-name',
          at: 'trees',
          summary: say('{name} is not a name for a tree', { name: shown(name) }),
          remedy: say(
            'use up to 32 lower-case letters, digits and hyphens, beginning with a letter',
          ),
        });
      }
      return [name, topicsOf(treeTopics, given[name], `trees.${name}`, notes)];
    }),
  );
}

function topicsOf(
  topics: readonly { readonly id: string; readonly answers: z.ZodObject }[],
  input: unknown,
  at: string,
  notes: Notes,
): Answers {
  const given = asObject(input ?? {}, at, notes);
  unknownKeys(
    given,
    topics.map(({ id }) => id),
    at,
    notes,
  );
  return Object.fromEntries(
    topics.map(({ id, answers }) => [id, topicOf(answers, given[id], `${at}.${id}`, notes)]),
  );
}

function topicOf(topic: z.ZodObject, input: unknown, at: string, notes: Notes): Answers {
  const given = asObject(input ?? {}, at, notes);
  unknownKeys(given, Object.keys(topic.shape), at, notes);
  const answers: Record<string, unknown> = { ...given };
  for (const [key, field] of Object.entries(topic.shape)) {
    const schema = field as z.ZodType;
    const asking = askingOf(schema);
    const path = `${at}.${key}`;
    if (answers[key] === undefined && asking?.when?.(answers) !== false) {
      const suggestion = asking?.suggest?.({ facts: notes.facts, answers }) ?? null;
      if (suggestion !== null) {
        answers[key] = suggestion.value;
        notes.sources[path] = suggestion.from;
      }
    }
    if (answers[key] === undefined && !schema.safeParse(undefined).success) {
      notes.problems.push({
        code: 'answers/missing',
        at: path,
        summary: say('is not answered, and was not found out'),
        remedy: say('{question} Answer with `--set {path}=…`', {
          question: asking?.title ?? '',
          path: path.replace(/^server\./, ''),
        }),
      });
      continue;
    }
    if (answers[key] === undefined) notes.sources[path] = say('usual');
    answers[key] = parsed(schema, answers[key], path, notes);
  }
  return answers;
}

function parsed(schema: z.ZodType, value: unknown, at: string, notes: Notes): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues.slice(0, 20)) {
    const path = [at, ...issue.path.map(String)].join('.');
    const inside = schemaAt(schema, issue.path);
    const asking = askingOf(inside ?? schema);
    notes.problems.push(
      inside !== null && issue.code === 'invalid_type' && isLeftOut(value, issue.path)
        ? leftOut(path, asking?.title ?? '')
        : wordsOf(issue, path, asking?.help),
    );
  }
  return withUsual(schema, value);
}

function wordsOf(issue: z.core.$ZodIssue, at: string, help: string | undefined): Problem {
  if (issue.code === 'unrecognized_keys') {
    return {
      code: 'answers/unknown-key',
      at,
      summary: say('there is nothing called {keys} here', {
        keys: issue.keys.map(shown).join(', '),
      }),
      remedy: say('take it away; docs/questions.md lists what may be answered'),
    };
  }
  const [what, ...rest] = issue.message.split('; ');
  const generic = issue.message.startsWith('Invalid') || issue.message.startsWith('Too ');
  return {
    code: 'answers/wrong',
    at,
    summary: say('{what}', { what: generic ? plain(issue) : (what ?? issue.message) }),
    remedy: say('{remedy}', {
      remedy: rest.length > 0 ? rest.join('; ') : (help ?? 'see docs/questions.md'),
    }),
  };
}

/** What zod says of kinds and sizes, in our words. */
function plain(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `is not ${article(issue.expected)}`;
    case 'too_big':
      return `is more than ${issue.maximum}`;
    case 'too_small':
      return `is less than ${issue.minimum}`;
    case 'invalid_value':
      return `is none of ${issue.values.map(String).join(', ')}`;
    default:
      return 'is not what belongs here';
  }
}

function article(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a group of answers',
    record: 'a group of answers',
  };
  return names[expected] ?? `a ${expected}`;
}

function asObject(input: unknown, at: string, notes: Notes): Answers {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
    return input as Answers;
  }
  notes.problems.push({
    code: 'answers/wrong',
    ...(at === '' ? {} : { at }),
    summary: say('is not a group of answers'),
    remedy: say('write `name: value` lines below it; docs/questions.md lists the names'),
  });
  return {};
}

function unknownKeys(given: Answers, known: readonly string[], at: string, notes: Notes): void {
  for (const key of Object.keys(given).slice(0, 50)) {
    if (known.includes(key)) continue;
    const near = closest(key, known);
    notes.problems.push({
      code: 'answers/unknown-key',
      at: at === '' ? shown(key) : `${at}.${shown(key)}`,
      summary: say('there is no such question'),
      remedy:
        near.length > 0
          ? say('write {near} if that was meant', { near: near.join(' or ') })
          : say('choose among {known}', { known: known.join(', ') }),
    });
  }
}

/** Entries that name a tree, a group or a client that is not there, or one twice. */
function dangling(site: Site): readonly Problem[] {
  const problems: Problem[] = [];
  const missing = (code: string, at: string, what: string, name: string, known: string[]): void => {
    problems.push({
      code: `answers/${code}`,
      at,
      summary: say('there is no {what} called {name}', { what, name }),
      remedy:
        known.length > 0
          ? say('choose among {known}', { known: known.join(', ') })
          : say('add it, or take the name away'),
    });
  };
  const trees = Object.keys(site.trees);
  const groups = Object.keys(site.groups);
  for (const [name, group] of Object.entries(site.groups)) {
    if (group.tree !== undefined && !trees.includes(group.tree)) {
      missing('no-such-tree', `groups.${name}.tree`, 'tree', group.tree, trees);
    }
  }
  const seen = new Map<string, string>();
  for (const [index, client] of site.clients.entries()) {
    const at = `clients.${index}`;
    if (client.tree !== undefined && !trees.includes(client.tree)) {
      missing('no-such-tree', `${at}.tree`, 'tree', client.tree, trees);
    }
    if (client.group !== undefined && !groups.includes(client.group)) {
      missing('no-such-group', `${at}.group`, 'group', client.group, groups);
    }
    for (const key of ['mac', 'name', 'address'] as const) {
      const value = client[key];
      if (value === undefined) continue;
      const before = seen.get(`${key} ${value}`);
      if (before !== undefined) {
        problems.push({
          code: 'answers/client-twice',
          at: `${at}.${key}`,
          summary: say('{value} is already that of {before}', { value, before }),
          remedy: say('give each client its own'),
        });
      }
      seen.set(`${key} ${value}`, at);
    }
  }
  return problems;
}

/** Something that a person typed, safe to show: quoted, and not longer than a line. */
function shown(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > 60 ? `${quoted.slice(0, 57)}…"` : quoted.replaceAll('"', '');
}

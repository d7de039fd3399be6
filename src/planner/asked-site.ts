import type { Fact, Facts } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import { type Message, say } from '../core/message.ts';
import { type Problem, ProblemError } from '../core/problem.ts';
import { closest } from '../features/closest.ts';
import type { Site } from '../features/index.ts';
import { obstacleFacts, obstacles, spaceProblems } from '../features/obstacles.ts';
import { usersOfList } from './accounts-list.ts';
import { overlaid, parseAnswers, withSetting } from './answers.ts';
import { type Completed, complete } from './complete.ts';
import { contextOf, firstFacts, furtherFacts, problemsOf, type Scope } from './derive.ts';
import { findingFacts } from './found-out.ts';
import { withUsers } from './listed-users.ts';

/** Where answers are read: handed in, because planning reads nothing by itself. */
export interface Sources {
  readFile(path: string): Promise<string | null>;
  readStdin(): Promise<string>;
  preset(name: string): Promise<string | null>;
  presets(): Promise<readonly string[]>;
}

/** What learns facts; the runner's session does. */
export interface Gathering {
  gather(wanted: readonly Fact<unknown>[]): Promise<Facts>;
}

export interface AnswerOptions {
  readonly preset?: string;
  readonly answers?: string;
  readonly set?: readonly string[];
  /** Lists of users: FILE, or TREE=FILE. */
  readonly accounts?: readonly string[];
  readonly offline?: boolean;
}

export interface Asked {
  readonly site: Site;
  readonly facts: Facts;
  readonly sources: Readonly<Record<string, Message>>;
}

export interface Given {
  readonly answers: unknown;
  /** The text they came from, for its comments; the last when there are several. */
  readonly original: string | null;
}

/** The answers as given: the preset, over it the site file, over it each --set. */
export async function givenAnswers(
  options: AnswerOptions,
  root: string,
  outside: Sources,
): Promise<Given> {
  let answers: unknown = {};
  let original: string | null = null;
  if (options.preset !== undefined) {
    const text = await outside.preset(options.preset);
    if (text === null) throw await noPreset(options.preset, outside);
    answers = parseAnswers(text, `preset ${options.preset}`);
    original = text;
  }
  const path = options.answers;
  if (path !== undefined) {
    const text = path === '-' ? await outside.readStdin() : await outside.readFile(path);
    if (text === null) {
      throw new ProblemError({
        code: 'answers/no-file',
        at: '--answers',
        summary: say('there is no file {path}', { path }),
        remedy: say('give the path of a site file, or `-` for standard input'),
      });
    }
    answers = overlaid(answers, parseAnswers(text, path));
    original = text;
  } else if (options.preset === undefined) {
    const own = `${root === '/' ? '' : root}${layout.site}`;
    const text = await outside.readFile(own);
    if (text !== null) answers = parseAnswers(text, own);
    original = text;
  }
  answers = (options.set ?? []).reduce(withSetting, answers);
  for (const list of options.accounts ?? []) answers = await withList(answers, list, outside);
  return { answers, original };
}

async function withList(answers: unknown, given: string, outside: Sources): Promise<unknown> {
  const [, tree = null, path = given] = /^([a-z][a-z0-9-]*)=(.+)$/s.exec(given) ?? [];
  const text = path === '-' ? await outside.readStdin() : await outside.readFile(path);
  if (text === null) {
    throw new ProblemError({
      code: 'accounts/no-list',
      at: '--accounts',
      summary: say('there is no file {path}', { path }),
      remedy: say('give the path of a list of users, or `-` for standard input'),
    });
  }
  return withUsers(answers, tree, usersOfList(text, path));
}

async function noPreset(name: string, outside: Sources): Promise<ProblemError> {
  const known = await outside.presets();
  const near = closest(name, known);
  return new ProblemError({
    code: 'answers/no-preset',
    at: '--preset',
    summary: say('there is no preset called {name}', { name: JSON.stringify(name.slice(0, 60)) }),
    remedy: say('choose among {known}', { known: (near.length > 0 ? near : known).join(', ') }),
  });
}

export interface Purpose {
  readonly scope: Scope;
  /** What the server itself must be able to do; null: only look. */
  readonly obstacles: 'serve' | 'build' | null;
  /** Ask the archive whether it has the packages. */
  readonly solve: boolean;
  /** Find nothing out on the network. */
  readonly offline?: boolean;
}

/** What the answers came to, with all that is wrong with them and in their way. */
export interface Examined {
  readonly completed: Completed;
  readonly facts: Facts;
  readonly problems: readonly Problem[];
}

/** Answers to a site, with every fault of them at once. Throws a ProblemError. */
export async function askSite(
  given: unknown,
  session: Gathering,
  purpose: Purpose,
): Promise<Asked> {
  const { completed, facts, problems } = await examine(given, session, purpose);
  const { site, sources } = completed;
  if (site === null || problems.length > 0) throw new ProblemError(...problems);
  return { site, facts, sources };
}

/** As `askSite`, for whoever wants to know how far the answers came. */
export async function examine(
  given: unknown,
  session: Gathering,
  purpose: Purpose,
): Promise<Examined> {
  const sooner = [...firstFacts(), ...obstacleFacts];
  let first = await session.gather(sooner);
  let completed = complete(given, first);
  const finding = purpose.offline === true ? [] : findingFacts(completed.values);
  if (finding.length > 0) {
    first = await session.gather([...sooner, ...finding]);
    completed = complete(given, first);
  }
  const { site } = completed;
  const inTheWay = purpose.obstacles === null ? [] : obstacles(first, purpose.obstacles);
  if (site === null) {
    return { completed, facts: first, problems: [...completed.problems, ...inTheWay] };
  }
  const wanted = furtherFacts(site).filter((fact) => purpose.solve || !isSolve(fact));
  // Both: a screen that looks again meanwhile has them forgotten.
  const facts = await session.gather([...sooner, ...finding, ...wanted]);
  const all: Problem[] = [...problemsOf(site, facts, purpose.scope), ...inTheWay];
  if (purpose.obstacles !== null) {
    all.push(...spaceProblems(site, facts, (tree) => contextOf(site, tree)));
  }
  return { completed, facts, problems: all };
}

/** Asks the archive: minutes, the first time. */
export const isSolve = ({ id }: Fact<unknown>): boolean => id.startsWith('packages/solve/');

import { type Message, render } from './message.ts';

export type ProblemCode = `${string}/${string}`;

/** Something wrong, always with something that a person can do or paste. */
export interface Problem {
  readonly code: ProblemCode;
  /** What is, in the present tense. */
  readonly summary: Message;
  /** What to do next; never empty. */
  readonly remedy: Message;
  /** The answer it is about, as a path into the site: 'trees.sidus.locale.timezone'. */
  readonly at?: string;
  /** The command's own words. */
  readonly detail?: string;
}

/** The only error thrown on purpose. Anything else that reaches main.ts is our bug. */
export class ProblemError extends Error {
  readonly problems: readonly Problem[];

  constructor(...problems: readonly Problem[]) {
    super(problems.map((problem) => render(problem.summary)).join('\n'));
    this.name = 'ProblemError';
    this.problems = problems;
  }
}

/** `path: what is wrong; what to do`, with the command's own words below. */
export function describeProblem(problem: Problem): string {
  const where = problem.at === undefined ? '' : `${problem.at}: `;
  const head = `${where}${render(problem.summary)}; ${render(problem.remedy)}  [${problem.code}]`;
  if (problem.detail === undefined || problem.detail === '') return head;
  const detail = problem.detail.trimEnd().split('\n').slice(-12);
  return [head, ...detail.map((line) => `    | ${line}`)].join('\n');
}

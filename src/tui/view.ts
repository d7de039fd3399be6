import { render } from '../core/message.ts';
import type { Problem } from '../core/problem.ts';
import { blank, type Line, line, span, wrapped } from './line.ts';
import type { Theme } from './theme.ts';

/** What a screen shows; the frame around it is the same everywhere. */
export interface View {
  /** Where one is: 'Network 1/8'. */
  readonly title: string;
  readonly body: readonly Line[];
  /** So many of its first lines stay where they are, while the rest moves under them. */
  readonly pinned?: number;
  /** The line of the body that has to be seen. */
  readonly focus: number;
  /** Help while all is fine, what is wrong and what to do when it is not. Two lines are reserved. */
  readonly help: readonly Line[];
}

/** `width` columns are there for the body. */
export type Viewing = { readonly theme: Theme; readonly width: number; readonly height: number };

/** Where the columns are few, words take a third row, and a problem's remedy a fourth. */
export function helpOf(text: string, width: number): readonly Line[] {
  return wrapped(text, width - 1)
    .slice(0, 3)
    .map((one) => line(' ', span(one, 'dim')));
}

/** What is wrong, and what to do about it. */
export function problemLines(problem: Problem, width: number, most = 4): readonly Line[] {
  const text = `${render(problem.summary)}; ${render(problem.remedy)}`;
  return wrapped(ended(text), width - 1)
    .slice(0, most)
    .map((one) => line(' ', span(one, 'warning')));
}

/** A problem says what is: of an answer it leaves out the subject. */
function ended(text: string): string {
  const whole = /^(is|are|has|cannot|does|leaves|names|contains|holds|answers) /.test(text)
    ? `This ${text}`
    : // A name that somebody gave keeps its letters.
      text.replace(
        /^(the|there|another|no|nothing|of|a|an|two|only|somebody|nobody|clients) /,
        (word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`,
      );
  return /[.!?`)]$/.test(whole) ? whole : `${whole}.`;
}

export function sentence(text: string): string {
  // The name of a unit, a card or a file stays as it is.
  const isWord = /^\p{L}+(?![\p{L}\p{N}._/-])/u.test(text);
  const first = isWord ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
  return /[.!?`)]$/.test(first) ? first : `${first}.`;
}

/** Words in lines, each with the same indent. */
export function paragraph(
  text: string,
  width: number,
  tone: Parameters<typeof span>[1] = 'plain',
  indent = 1,
): readonly Line[] {
  return wrapped(text, width - indent).map((one) => line(' '.repeat(indent), span(one, tone)));
}

export function spaced(...groups: readonly (readonly Line[])[]): readonly Line[] {
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, index) => (index === 0 ? group : [blank, ...group]));
}

/** Text in so many columns: cut at the end with a sign of it, or filled up. */
export function fitted(text: string, width: number, more = '~'): string {
  if (width <= 0) return '';
  const points = [...text];
  if (points.length <= width) return text + ' '.repeat(width - points.length);
  return points.slice(0, Math.max(0, width - more.length)).join('') + more.slice(0, width);
}

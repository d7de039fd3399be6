import type { TextEdit } from './text-edit.ts';

/** What a screen draws: lines, so that a window over them, a linear layout and tests are easy. */
export type Tone = 'plain' | 'dim' | 'strong' | 'good' | 'warning' | 'bad' | 'accent' | 'chosen';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line =
  | { readonly kind: 'spans'; readonly spans: readonly Span[] }
  /** A text field, after `indent` columns, in `width` columns. */
  | {
      readonly kind: 'field';
      readonly indent: number;
      readonly width: number;
      readonly label: string;
      readonly edit: TextEdit;
      readonly placeholder: string;
      readonly after: readonly Span[];
    }
  /** Choices of which one is chosen; takes a line for each. */
  | {
      readonly kind: 'menu';
      readonly items: readonly { readonly label: string; readonly note: string }[];
      readonly index: number;
    };

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

export function line(...spans: readonly (Span | string)[]): Line {
  return {
    kind: 'spans',
    spans: spans.map((one) => (typeof one === 'string' ? span(one) : one)),
  };
}

/** The columns that labels of a menu take. */
export function labelWidth(items: readonly { readonly label: string }[]): number {
  return Math.max(...items.map(({ label }) => label.length)) + 2;
}

/** The columns that are left for notes beside them, after the pointer. */
export function noteWidth(items: readonly { readonly label: string }[], width: number): number {
  return Math.max(0, width - labelWidth(items) - 4);
}

export const blank: Line = line('');

export function heightOf(lines: readonly Line[]): number {
  return lines.reduce((sum, one) => sum + (one.kind === 'menu' ? one.items.length : 1), 0);
}

/** Text in lines of at most `width`, broken between words; a longer word is broken too. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let now = '';
    for (const word of paragraph.split(' ')) {
      let rest = word;
      if (now !== '' && now.length + 1 + rest.length <= width) {
        now = `${now} ${rest}`;
        continue;
      }
      if (now !== '') lines.push(now);
      while (rest.length > width) {
        lines.push(rest.slice(0, width));
        rest = rest.slice(width);
      }
      now = rest;
    }
    lines.push(now);
  }
  return lines;
}

/** As plain text, for the linear layout and for tests. */
export function plain(one: Line): string {
  switch (one.kind) {
    case 'spans':
      return one.spans
        .map(({ text }) => text)
        .join('')
        .trimEnd();
    case 'field':
      return `${one.label}${one.edit.text === '' ? one.placeholder : one.edit.text}${one.after.map(({ text }) => text).join('')}`.trimEnd();
    case 'menu':
      return one.items
        .map(({ label, note }, at) =>
          `${at === one.index ? '> ' : '  '}${label}  ${note}`.trimEnd(),
        )
        .join('\n');
    default:
      return one satisfies never;
  }
}

/** The part of the lines that fits, around the one that matters; what is cut is said at the edges. */
export function windowOver(
  lines: readonly Line[],
  height: number,
  focus: number,
): { readonly lines: readonly Line[]; readonly above: number; readonly below: number } {
  if (heightOf(lines) <= height) return { lines, above: 0, below: 0 };
  // Menus are last and short where they occur: count lines as one and take care of the rest.
  // The beginning is seen as long as that goes, and what follows the focus too.
  let from = Math.max(0, Math.min(focus - Math.floor((height * 2) / 3), lines.length - 1));
  let chosen: Line[] = [];
  const take = (): void => {
    chosen = [];
    let used = 0;
    for (const one of lines.slice(from)) {
      const tall = heightOf([one]);
      if (used + tall > height) break;
      chosen.push(one);
      used += tall;
    }
  };
  take();
  // A menu takes several rows: it is seen whole before what is above it.
  while (from < focus && from + chosen.length <= focus) {
    from += 1;
    take();
  }
  while (from > 0 && from + chosen.length >= lines.length) {
    const before = from;
    from -= 1;
    take();
    if (from + chosen.length < lines.length) {
      from = before;
      take();
      break;
    }
  }
  return { lines: chosen, above: from, below: lines.length - from - chosen.length };
}

const sequence = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');

/** What a command or a console printed, without what would draw on our screen. */
export function harmless(text: string): string {
  return text
    .replace(sequence, '')
    .replaceAll('\t', '  ')
    .replace(/\p{Cc}/gu, '');
}

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

/** The rows that fit, around the one that matters; of a menu, that is the choice. */
export function windowOver(
  lines: readonly Line[],
  height: number,
  focus: number,
  scroll = 0,
): { readonly lines: readonly Line[]; readonly above: number; readonly below: number } {
  // The beginning is seen as long as that goes, and what follows the focus too.
  const whole = heightOf(lines);
  if (whole <= height) return { lines, above: 0, below: 0 };
  const [focused] = lines.slice(focus);
  const start = heightOf(lines.slice(0, focus));
  const row = start + (focused?.kind === 'menu' ? focused.index : 0);
  const end = start + (focused === undefined ? 0 : heightOf([focused]));
  // A menu that fits is seen whole.
  const least = end - start <= height ? end - height : 0;
  const wanted = Math.max(least, row - Math.floor((height * 2) / 3));
  const at = Math.max(0, Math.min(wanted, whole - height));
  const from = Math.max(0, Math.min(at + scroll, whole - height));
  const shown: Line[] = [];
  let top = 0;
  for (const one of lines) {
    const tall = heightOf([one]);
    const first = Math.max(0, from - top);
    const end = Math.min(tall, from + height - top);
    top += tall;
    if (first >= end) continue;
    shown.push(
      one.kind === 'menu'
        ? { ...one, items: one.items.slice(first, end), index: one.index - first }
        : one,
    );
  }
  return { lines: shown, above: from, below: whole - from - height };
}

const sequence = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');

const control = /\p{Cc}/u;

/** A line without anything that would draw on our screen: site files, drafts and clients give words too. */
export function harmlessLine(one: Line): Line {
  const spans = (all: readonly Span[]): readonly Span[] =>
    all.some(({ text }) => control.test(text))
      ? all.map(({ text, tone }) => span(harmless(text), tone))
      : all;
  switch (one.kind) {
    case 'spans':
      return { ...one, spans: spans(one.spans) };
    case 'field':
      return { ...one, placeholder: harmless(one.placeholder), after: spans(one.after) };
    case 'menu':
      return {
        ...one,
        items: one.items.map(({ label, note }) => ({
          label: harmless(label),
          note: harmless(note),
        })),
      };
    default:
      return one satisfies never;
  }
}

/** What a command or a console printed, without what would draw on our screen. */
export function harmless(text: string): string {
  if (!control.test(text)) return text;
  return text
    .replace(sequence, '')
    .replaceAll('\t', '  ')
    .replace(/\p{Cc}/gu, '');
}

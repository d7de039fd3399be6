import type { TextProps } from 'ink';
import type { Tone } from './line.ts';
import type { Look } from './state/state.ts';

/** Glyph and word say it first; colour is the third sign (design.md 7). */
export interface Theme {
  readonly rule: string;
  readonly pointer: string;
  readonly marks: Readonly<Record<MarkName, string>>;
  readonly on: string;
  readonly off: string;
  readonly checked: string;
  readonly unchecked: string;
  readonly wrong: string;
  readonly filled: string;
  readonly empty: string;
  readonly cursor: string;
  readonly open: string;
  readonly shut: string;
  props(tone: Tone): TextProps;
  /** What words become that are not ours: of a command, of a person. */
  words(text: string): string;
}

export type MarkName = 'good' | 'warning' | 'bad' | 'asking' | 'running' | 'none' | 'skipped';

const ascii = {
  rule: '-',
  pointer: '>',
  marks: {
    good: '[ok]',
    warning: '[! ]',
    bad: '[!!]',
    asking: '[..]',
    running: '[>>]',
    none: '[  ]',
    skipped: '[==]',
  },
  on: '(*)',
  off: '( )',
  checked: '[x]',
  wrong: '[!]',
  unchecked: '[ ]',
  filled: '#',
  empty: '-',
  cursor: '_',
  open: 'v',
  shut: '+',
} as const;

const unicode = {
  rule: '─',
  pointer: '❯',
  marks: {
    good: ' ✓  ',
    warning: ' !  ',
    bad: ' ✗  ',
    asking: ' …  ',
    running: ' ▶  ',
    none: ' ·  ',
    skipped: ' =  ',
  },
  on: '(●)',
  off: '( )',
  checked: '[✓]',
  wrong: '[✗]',
  unchecked: '[ ]',
  filled: '█',
  empty: '░',
  cursor: '▏',
  open: '▾',
  shut: '▸',
} as const;

const coloured: Readonly<Record<Tone, TextProps>> = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  good: { color: 'green' },
  warning: { color: 'yellow' },
  bad: { color: 'red' },
  accent: { color: 'cyan' },
  chosen: { color: 'cyan', bold: true },
};

const mono: Readonly<Record<Tone, TextProps>> = {
  plain: {},
  dim: {},
  strong: { bold: true },
  good: {},
  warning: { bold: true },
  bad: { bold: true },
  accent: {},
  chosen: { bold: true },
};

export function themeOf(look: Look): Theme {
  return {
    ...(look.unicode ? unicode : ascii),
    props: (tone) => (look.colour ? coloured : mono)[tone],
    words: look.unicode ? (text) => text : inAscii,
  };
}

/** A bar of `width` columns, `share` of it filled. */
export function bar(theme: Theme, share: number, width: number): string {
  const filled = Math.max(0, Math.min(width, Math.round(share * width)));
  return theme.filled.repeat(filled) + theme.empty.repeat(width - filled);
}

const spelled: Readonly<Record<string, string>> = {
  '…': '~',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '→': '>',
};

/** Words for a terminal that knows ASCII only, as long as they were. */
export function inAscii(text: string): string {
  return [...text]
    .map((point) => {
      if (point <= '~') return point;
      const plain = point.normalize('NFD').slice(0, 1);
      return spelled[point] ?? (plain <= '~' ? plain : '?');
    })
    .join('');
}

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
  readonly filled: string;
  readonly empty: string;
  readonly cursor: string;
  readonly open: string;
  readonly shut: string;
  props(tone: Tone): TextProps;
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
  };
}

/** A bar of `width` columns, `share` of it filled. */
export function bar(theme: Theme, share: number, width: number): string {
  const filled = Math.max(0, Math.min(width, Math.round(share * width)));
  return theme.filled.repeat(filled) + theme.empty.repeat(width - filled);
}

import { expect } from 'vitest';
import { type Frame, frameOf } from '../../src/tui/frame.ts';
import { harmlessLine, heightOf, type Line, plain } from '../../src/tui/line.ts';
import type { State } from '../../src/tui/state/state.ts';

/** Terminals that people have: the smallest, a console, with the topics at the side, wider than we draw. */
export const sizes = [
  { columns: 60, rows: 16 },
  { columns: 80, rows: 24 },
  { columns: 100, rows: 30 },
  { columns: 140, rows: 40 },
] as const;

/** Columns that a line takes where it is drawn (widgets/). */
function columnsOf(one: Line): number {
  const long = (text: string): number => [...text].length;
  switch (one.kind) {
    case 'spans':
      return long(
        one.spans
          .map(({ text }) => text)
          .join('')
          .trimEnd(),
      );
    case 'field':
      // A field has a bracket at each end; what comes after it is cut where there is no room.
      return one.indent + long(one.label) + one.width + 2;
    case 'menu':
      return 3 + Math.max(...one.items.map(({ label }) => long(label)));
    default:
      return one satisfies never;
  }
}

function fits(lines: readonly Line[], width: number): void {
  for (const one of lines) {
    if (columnsOf(one) > width) throw new Error(`wider than ${width}: ${plain(one)}`);
    if (/\p{Cc}/u.test(plain(one).replaceAll('\n', ''))) {
      throw new Error(`draws by itself: ${JSON.stringify(plain(one))}`);
    }
  }
}

/** What holds of every frame, whatever it shows. */
export function expectSound(state: State): Frame {
  const frame = frameOf(state);
  if (frame === null) throw new Error('the terminal is too small');
  const { columns, rows, bodyWidth, bodyHeight, view } = frame;
  expect(rows).toBe(state.size.rows - 1);
  expect(columns).toBeLessThanOrEqual(state.size.columns);
  expect(heightOf(frame.body)).toBe(bodyHeight);
  // Two rows are reserved for help; words that they would cut take a few more from the body.
  const help = heightOf(frame.help);
  expect(help).toBeGreaterThanOrEqual(2);
  expect(help).toBeLessThanOrEqual(5);
  // Header, rule, and the second rule where there is room; keys.
  expect(2 + bodyHeight + (rows >= 20 ? 1 : 0) + help + 1).toBe(rows);
  fits([frame.header, frame.rule, ...frame.help, frame.footer], columns);
  fits(frame.body, bodyWidth);
  if (frame.rail !== null) {
    fits(frame.rail, columns - bodyWidth);
    expect(heightOf(frame.rail)).toBeLessThanOrEqual(bodyHeight);
  }
  // What has the focus is there to be seen, unless somebody looks elsewhere; of a menu, the choice.
  const focused = state.scroll === 0 ? view.body[view.focus] : undefined;
  if (focused?.kind === 'menu') {
    const label = focused.items[focused.index]?.label;
    const menu = frame.body.find(({ kind }) => kind === 'menu');
    if (menu?.kind !== 'menu') throw new Error('the menu cannot be seen');
    expect(menu.items[menu.index]?.label).toBe(label);
  } else if (focused !== undefined) {
    expect(frame.body.map(plain)).toContain(plain(harmlessLine(focused)));
  }
  return frame;
}

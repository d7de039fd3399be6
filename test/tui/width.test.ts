import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { narrowWidth } from '../../scripts/quick-width.mjs';
import { themeOf } from '../../src/tui/theme.ts';

// The bundle answers most of what Ink asks of string-width by itself: as string-width would.

const styled = fc
  .tuple(
    fc.constantFrom('', '\u001b[1m', '\u001b[38;5;7m', '\u001b[m'),
    fc.string({ unit: 'binary' }),
  )
  .map((parts) => parts.join(''));

test('a width that is known at once is the width', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(styled, fc.string()), { maxLength: 4 }), (parts) => {
      const text = parts.join('');
      const width = narrowWidth(text);
      if (width !== null) expect(width).toBe(stringWidth(text));
    }),
    { numRuns: 2000 },
  );
});

test('every character by itself', () => {
  const wrong: number[] = [];
  for (let point = 0; point < 0x30000; point += 1) {
    const text = String.fromCodePoint(point);
    const width = narrowWidth(text);
    if (width !== null && width !== stringWidth(text)) wrong.push(point);
  }
  expect(wrong).toEqual([]);
});

test('the marks of both looks are known at once', () => {
  for (const unicode of [true, false]) {
    const { marks, ...others } = themeOf({ unicode, colour: true });
    const glyphs = Object.values(others).filter((one) => typeof one === 'string');
    for (const text of [...Object.values(marks), ...glyphs]) {
      expect([text, narrowWidth(text)]).toEqual([text, [...text].length]);
    }
  }
});

test('what takes two columns, or none, is not', () => {
  for (const text of ['漢', '😀', 'e\u0301', '\u200b', '\u00ad', '\ud800', '\u001b[2J']) {
    expect(narrowWidth(text)).toBeNull();
  }
});

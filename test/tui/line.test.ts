import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chord, pressed, typed } from '../../src/tui/key-press.ts';
import {
  harmless,
  heightOf,
  type Line,
  line,
  plain,
  windowOver,
  wrapped,
} from '../../src/tui/line.ts';
import { edited, editOf } from '../../src/tui/text-edit.ts';
import { fitted } from '../../src/tui/view.ts';

const rows = (count: number): readonly Line[] =>
  Array.from({ length: count }, (_, index) => line(`row ${index}`));
const menu = (count: number, index: number): Line => ({
  kind: 'menu',
  items: Array.from({ length: count }, (_, at) => ({ label: `item ${at}`, note: '' })),
  index,
});

describe('windowOver', () => {
  test('all, where there is room', () => {
    const lines = [...rows(3), menu(4, 0)];
    expect(windowOver(lines, 7, 3)).toEqual({ lines, above: 0, below: 0 });
  });

  test('what it shows is as tall as there is room, holds what matters, and says what is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 }),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 3, max: 20 }),
        (heights, wanted, choice, height) => {
          // 0 is an ordinary line, another number a menu of so many.
          const lines = heights.map((tall, at) =>
            tall === 0 ? line(`row ${at}`) : menu(tall, choice % tall),
          );
          const focus = wanted % lines.length;
          const { lines: shown, above, below } = windowOver(lines, height, focus);
          const whole = heightOf(lines);
          expect(heightOf(shown)).toBe(Math.min(whole, height));
          expect(above + heightOf(shown) + below).toBe(whole);
          const before = heightOf(lines.slice(0, focus));
          const one = lines[focus];
          const row = before + (one?.kind === 'menu' ? one.index : 0);
          expect(row).toBeGreaterThanOrEqual(above);
          expect(row).toBeLessThan(above + height);
          const texts = (all: readonly Line[]): readonly string[] =>
            all.flatMap((each) => plain(each).split('\n'));
          expect(texts(shown)).toEqual(texts(lines).slice(above, above + height));
        },
      ),
    );
  });
});

describe('wrapped', () => {
  test('loses nothing but spaces, and no line is too long', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        const lines = wrapped(text, width);
        expect(lines.every((one) => one.length <= width)).toBe(true);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(/[ \n]/g, ''));
      }),
    );
  });

  test.each([
    ['one two three', 7, ['one two', 'three']],
    ['abcdefgh', 3, ['abc', 'def', 'gh']],
    ['a\nb', 9, ['a', 'b']],
    ['', 9, ['']],
  ])('%j in %i columns', (text, width, lines) => expect(wrapped(text, width)).toEqual(lines));
});

test('fitted text has its width to the column, cut with a sign of it', () => {
  expect(fitted('abc', 5)).toBe('abc  ');
  expect(fitted('abcdef', 5)).toBe('abcd~');
  expect(fitted('abc', 0)).toBe('');
  expect(fitted('abc', -3)).toBe('');
  expect([...fitted('😀😀😀', 2)]).toEqual(['😀', '~']);
});

test.each([
  ['\u001b[31mred\u001b[0m', 'red'],
  ['a\tb', 'a  b'],
  ['\u001b]0;title\u0007x', ']0;titlex'],
  ['\u009b2J\u0000\r\n', '2J'],
  ['a\u0008b', 'ab'],
  ['plain ─ é', 'plain ─ é'],
])('%j is harmless as %j', (text, shown) => expect(harmless(text)).toBe(shown));

describe('a line that is edited', () => {
  const keys = fc.oneof(
    fc.constantFrom(
      ...(['backspace', 'delete', 'left', 'right', 'home', 'end'] as const).map(pressed),
      ...['u', 'k', 'a', 'e'].map(chord),
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }).map(typed),
  );

  test('never tears a character, and its cursor is never outside', () => {
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 40 }), (pressedKeys) => {
        let edit = editOf('é😀x');
        for (const key of pressedKeys) {
          edit = edited(edit, key) ?? edit;
          expect(edit.cursor).toBeGreaterThanOrEqual(0);
          expect(edit.cursor).toBeLessThanOrEqual([...edit.text].length);
          expect(edit.text).not.toMatch(/\p{Cs}/u);
        }
      }),
    );
  });

  test.each([
    ['home', 'Xabc'],
    ['left', 'abXc'],
    ['end', 'abcX'],
  ] as const)('what is typed comes where the cursor is: %s', (key, text) => {
    const moved = edited(editOf('abc'), pressed(key));
    expect(moved === null ? null : edited(moved, typed('X'))?.text).toBe(text);
  });

  test('a key that edits nothing is none of its', () => {
    for (const key of [pressed('enter'), pressed('up'), chord('g'), pressed('tab')]) {
      expect(edited(editOf('abc'), key)).toBeNull();
    }
  });
});

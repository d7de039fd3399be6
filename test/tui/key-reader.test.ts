import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chord, type KeyPress, pressed, typed } from '../../src/tui/key-press.ts';
import { KeyReader } from '../../src/tui/key-reader.ts';

const esc = '\u001b';

function read(...pieces: readonly (Uint8Array | string | null)[]): readonly KeyPress[] {
  const reader = new KeyReader();
  return pieces.flatMap((piece) => (piece === null ? reader.flush() : reader.push(piece)));
}

describe('keys', () => {
  test.each<[string, string, readonly KeyPress[]]>([
    ['text', 'aé日😀', [...'aé日😀'].map(typed)],
    ['Enter, twice', '\r\r', [pressed('enter'), pressed('enter')]],
    ['Backspace, of either kind', '\u007f\b', [pressed('backspace'), pressed('backspace')]],
    ['text and Enter', 'a\r', [typed('a'), pressed('enter')]],
    ['an arrow and Enter', `${esc}[B\r`, [pressed('down'), pressed('enter')]],
    ['an arrow of application mode', `${esc}OB`, [pressed('down')]],
    ['Enter of the number pad', `${esc}OM`, [pressed('enter')]],
    ['Ctrl-Left', `${esc}[1;5D`, [{ name: 'left', text: '', ctrl: true }]],
    ['Home in its forms', `${esc}[H${esc}[1~${esc}[7~${esc}OH`, Array(4).fill(pressed('home'))],
    ['Delete', `${esc}[3~`, [pressed('delete')]],
    ['Tab and Shift-Tab', `\t${esc}[Z`, [pressed('tab'), pressed('shift-tab')]],
    ['Ctrl-C', '\u0003', [chord('c')]],
    ['Alt-Backspace', `${esc}\u007f`, [{ name: 'backspace', text: '', ctrl: true }]],
    ['an Esc and a letter that came together', `${esc}q`, [pressed('escape'), typed('q')]],
    ['an Esc and an arrow', `${esc}${esc}[A`, [pressed('escape'), pressed('up')]],
    [
      'an Esc and a bracket and Enter',
      `${esc}[\r`,
      [pressed('escape'), typed('['), pressed('enter')],
    ],
    ['function keys', `${esc}OP${esc}[15~${esc}[[A${esc}[1;5P${esc}[24;5~`, []],
    ['answers of a terminal', `${esc}[12;40R${esc}[?62;c${esc}[I`, []],
    ['NUL and what is no UTF-8', '\u0000\ufffd', []],
    [
      'Ctrl-C and Esc of kitty',
      `${esc}[99;5u${esc}[27u${esc}[97u`,
      [chord('c'), pressed('escape'), typed('a')],
    ],
  ])('%s', (_, bytes, keys) => {
    expect(read(bytes)).toEqual(keys);
  });

  test('an Esc by itself is one once nothing follows', () => {
    expect(read(esc)).toEqual([]);
    expect(read(esc, null)).toEqual([pressed('escape')]);
    expect(read(`${esc}${esc}`, null)).toEqual([pressed('escape'), pressed('escape')]);
    expect(read(`${esc}[`, null)).toEqual([pressed('escape'), typed('[')]);
    expect(read(esc, null, '[B')).toEqual([pressed('escape'), typed('['), typed('B')]);
  });

  test('a sequence without an end is what was typed', () => {
    expect(read(`${esc}[${'1'.repeat(40)}`)).toHaveLength(42);
  });
});

describe('a paste', () => {
  const paste = (text: string): string => `${esc}[200~${text}${esc}[201~`;

  test.each([
    ['is one text', 'one two', 'one two'],
    ['has no line ends', 'one\r\ntwo\nthree\r', 'one two three'],
    ['has no control characters', 'a\u0000\u0003\u0007b\u009b', 'ab'],
    ['runs no key', `a${esc}[Ab`, 'a[Ab'],
    ['has nothing invisible', 'server\u200b.lab\u00a0x\ufeff', 'server.lab x'],
  ])('%s', (_, text, expected) => {
    expect(read(paste(text))).toEqual([typed(expected)]);
  });

  test('of nothing is nothing', () => {
    expect(read(paste('\r\n'))).toEqual([]);
  });

  test('whose end was lost gives the keyboard back', () => {
    const reader = new KeyReader();
    expect(reader.push(`${esc}[200~abc`)).toEqual([]);
    expect(reader.wait).toBeGreaterThan(1000);
    expect(reader.flush()).toEqual([typed('abc')]);
    expect(reader.wait).toBeNull();
    expect(reader.push('\r')).toEqual([pressed('enter')]);
  });
});

const texts = fc.constantFrom(...'abzAZ019 .-_/@[]O~;é日😀ß');
const keys: fc.Arbitrary<{ readonly bytes: string; readonly key: KeyPress }> = fc.oneof(
  { weight: 5, arbitrary: texts.map((text) => ({ bytes: text, key: typed(text) })) },
  fc
    .constantFrom<[string, KeyPress['name']]>(
      ['\r', 'enter'],
      ['\t', 'tab'],
      ['\u007f', 'backspace'],
      [`${esc}[A`, 'up'],
      [`${esc}OB`, 'down'],
      [`${esc}[C`, 'right'],
      [`${esc}[D`, 'left'],
      [`${esc}[3~`, 'delete'],
      [`${esc}[5~`, 'page-up'],
      [`${esc}[Z`, 'shift-tab'],
    )
    .map(([bytes, name]) => ({ bytes, key: pressed(name) })),
  fc.constantFrom(...'abcuw').map((letter) => ({
    bytes: String.fromCharCode(letter.charCodeAt(0) - 96),
    key: chord(letter),
  })),
  fc.array(texts, { minLength: 1, maxLength: 12 }).map((pieces) => ({
    bytes: `${esc}[200~${pieces.join('')}${esc}[201~`,
    key: typed(pieces.join('')),
  })),
);

test('whatever is typed arrives once and in order, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(keys, { maxLength: 60 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      (sent, cuts) => {
        const bytes = Buffer.from(sent.map((one) => one.bytes).join(''));
        const at = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort(
          (a, b) => a - b,
        );
        const pieces = at.slice(1).map((to, index) => bytes.subarray(at[index], to));
        expect(read(...pieces)).toEqual(sent.map(({ key }) => key));
      },
    ),
    { numRuns: 1000 },
  );
});

test('any bytes at all are read to their end', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 }), (pieces) => {
      const reader = new KeyReader();
      for (const piece of pieces) reader.push(piece);
      reader.flush();
      expect(reader.wait).toBeNull();
      expect(reader.push('x').at(-1)).toEqual(typed('x'));
    }),
    { numRuns: 2000 },
  );
});

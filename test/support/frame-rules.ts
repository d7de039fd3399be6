import { frameOf } from '../../src/tui/frame.ts';
import { type Line, plain, type Span } from '../../src/tui/line.ts';
import type { LookName, Shown, Size } from './showing.tsx';

/** What is wrong with a frame as it was drawn, whatever it shows; empty: nothing. */
export function faultsOfFrame(frame: string, { columns, rows }: Size): readonly string[] {
  const lines = frame.split('\n');
  const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  const wide = lines.filter((line) => [...line].length > columns);
  const tooSmall = lines[0]?.startsWith('sidus needs') === true;
  return [
    lines.length > rows - 1 ? `is ${lines.length} rows tall of ${rows}` : '',
    wide.length > 0 ? `is wider than ${columns}: ${wide[0]}` : '',
    tooSmall || (/^ sidus {2}\S/.test(lines[0] ?? '') && count(/^ sidus {2}\S/) === 1)
      ? ''
      : 'has not one header',
    tooSmall || (footer.test(lines.at(-1) ?? '') && count(footer) === 1)
      ? ''
      : 'has not one line of keys',
  ].filter((fault) => fault !== '');
}

/** The way back and the list of keys, at the end of the last line. */
const footer = /Esc back {2}(\?|Ctrl-K) keys\s*$/;

/** What of a screen that matters is not to be seen. */
export function faultsOfScreen({ state, text, size }: Shown): readonly string[] {
  const frame = frameOf(state);
  if (frame === null) return [];
  const rows = text.split('\n');
  const isShown = (line: Line): boolean =>
    plain(line)
      .split('\n')
      .every((words) => rows.some((row) => row.includes(words.trim())));
  const focus = frame.view.body[frame.view.focus];
  const menus = frame.view.body.filter((line) => line.kind === 'menu');
  const fields = [...frame.body, ...frame.help].filter((line) => line.kind === 'field');
  const tooWide = [...frame.body, ...frame.help, frame.header, frame.footer].filter(
    (line) => line.kind === 'spans' && [...plain(line)].length > size.columns,
  );
  return [
    focus !== undefined && focus.kind === 'spans' && !isShown(focus)
      ? `the row in focus: ${plain(focus)}`
      : '',
    ...frame.view.help.flatMap((line) =>
      line.kind === 'spans' && !isShown(line) ? [`a line of help: ${plain(line)}`] : [],
    ),
    ...menus.flatMap(({ items, index }) =>
      items.flatMap(({ label }, at) =>
        rows.some((row) => row.slice(3).startsWith(label))
          ? []
          : [`${at === index ? 'the choice in focus' : 'a choice'}: ${label}`],
      ),
    ),
    ...frame.view.help.flatMap((line) =>
      line.kind === 'field' &&
      !rows.some((row) => row.includes(line.label.trim()) && row.includes('['))
        ? [`the line to type in: ${line.label}`]
        : [],
    ),
    ...fields.flatMap(({ indent, label, width, after }) =>
      // Two for its brackets.
      indent + label.length + width + 2 + lengthOf(after) > size.columns - 1
        ? [`all of the line to type in: ${label}`]
        : [],
    ),
    ...tooWide.map((line) => `the end of: ${plain(line)}`),
  ].filter((fault) => fault !== '');
}

const lengthOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, { text }) => sum + text.length, 0);

/** What a look draws that it must not. */
export function faultsOfLook({ look, written, text }: Shown): readonly string[] {
  if (look === 'colour') return [];
  const foreign = [...text].find((point) => (point.codePointAt(0) ?? 0) > 0x7e);
  return [
    look === 'ascii' && foreign !== undefined
      ? `is not ASCII: ${text.split('\n').find((row) => row.includes(foreign))}`
      : '',
    hasColour(written) ? 'is coloured' : '',
  ].filter((fault) => fault !== '');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what escapes are made of.
const graphics = /\u001b\[([0-9;]*)m/g;

function hasColour(written: string): boolean {
  return [...written.matchAll(graphics)].some(([, codes = '']) =>
    codes.split(';').some((code) => {
      const number = Number(code);
      return (number >= 30 && number <= 49) || (number >= 90 && number <= 107);
    }),
  );
}

/** The words of a screen, without the glyphs that differ between looks. */
export function wordsOf(text: string, look: LookName): readonly string[] {
  const glyphs =
    look === 'ascii'
      ? /\[(ok|! |!!|\.\.|>>| {2}|==|x| )\]|\([* ]\)|[#_>-]+/g
      : /[✓✗…▶·=!❯●█░▏▾▸─>#_-]|\[ ?\]|\( ?\)/g;
  return (
    text
      .replace(glyphs, ' ')
      .split(/[^\p{L}\p{N}]+/u)
      // In ASCII a row that is open is marked with this letter.
      .filter((word) => word !== '' && word !== 'v')
  );
}

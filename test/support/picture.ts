import type { IBuffer } from '@xterm/headless';

export interface Cell {
  readonly text: string;
  /** 0, 1 or 2 columns. */
  readonly width: number;
  /** Such as `bold red on blue`; empty: as usual. */
  readonly look: string;
}

const names = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
  'grey',
  'bright-red',
  'bright-green',
  'bright-yellow',
  'bright-blue',
  'bright-magenta',
  'bright-cyan',
  'bright-white',
] as const;

function colour(mode: 'default' | 'palette' | 'rgb', value: number): string | null {
  if (mode === 'default') return null;
  if (mode === 'rgb') return `#${value.toString(16).padStart(6, '0')}`;
  return names[value] ?? `colour-${value}`;
}

export function linesOf(buffer: IBuffer, rows: number): readonly string[] {
  return Array.from(
    { length: rows },
    (_, row) => buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '',
  );
}

export function cellsOf(
  buffer: IBuffer,
  rows: number,
  columns: number,
): readonly (readonly Cell[])[] {
  return Array.from({ length: rows }, (_, row) => {
    const line = buffer.getLine(buffer.viewportY + row);
    return Array.from({ length: columns }, (_, column) => {
      const cell = line?.getCell(column);
      if (cell === undefined) return { text: ' ', width: 1, look: '' };
      const front = colour(
        cell.isFgDefault() ? 'default' : cell.isFgRGB() ? 'rgb' : 'palette',
        cell.getFgColor(),
      );
      const back = colour(
        cell.isBgDefault() ? 'default' : cell.isBgRGB() ? 'rgb' : 'palette',
        cell.getBgColor(),
      );
      const words = [
        cell.isBold() ? 'bold' : '',
        cell.isDim() ? 'dim' : '',
        cell.isItalic() ? 'italic' : '',
        cell.isUnderline() ? 'underline' : '',
        cell.isInverse() ? 'inverse' : '',
        front ?? '',
        back === null ? '' : `on ${back}`,
      ];
      return {
        text: cell.getChars() === '' && cell.getWidth() > 0 ? ' ' : cell.getChars(),
        width: cell.getWidth(),
        look: words.filter((word) => word !== '').join(' '),
      };
    });
  });
}

/**
 * The screen for a golden file: its text, then where it is not plain. A change of colour is a diff too.
 */
export function golden(cells: readonly (readonly Cell[])[]): string {
  const lines = cells.map((row) =>
    row
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
  const height = lines.findLastIndex((line) => line !== '') + 1;
  return `${lines.slice(0, height).join('\n')}\n---\n${looksOf(cells)
    .map((look) => `${look}\n`)
    .join('')}`;
}

/** Where a screen is not plain: row, columns, how, and what stands there. */
export function looksOf(cells: readonly (readonly Cell[])[]): readonly string[] {
  return cells.flatMap((row, at) =>
    runsOf(row)
      .filter(({ look, text }) => look !== '' && (text.trim() !== '' || /inverse|on /.test(look)))
      .map(
        ({ from, to, look, text }) =>
          `${String(at + 1).padStart(2)}:${from + 1}-${to} ${look}: ${JSON.stringify(text.trimEnd() === '' ? text : text.trimEnd())}`,
      ),
  );
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly look: string;
  readonly text: string;
}

function runsOf(row: readonly Cell[]): readonly Run[] {
  const runs: Run[] = [];
  for (const [at, { look, text }] of row.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && last.look === look) {
      runs[runs.length - 1] = { ...last, to: at + 1, text: last.text + text };
    } else runs.push({ from: at, to: at + 1, look, text });
  }
  return runs;
}

/** Readable on a dark page and on a light one: the picture has its own background. */
const palette: Readonly<Record<string, string>> = {
  black: '#484f58',
  red: '#ff7b72',
  green: '#56d364',
  yellow: '#e3b341',
  blue: '#79c0ff',
  magenta: '#d2a8ff',
  cyan: '#56d4dd',
  white: '#c9d1d9',
  grey: '#8b949e',
  'bright-red': '#ffa198',
  'bright-green': '#7ee787',
  'bright-yellow': '#f2cc60',
  'bright-blue': '#a5d6ff',
  'bright-magenta': '#e2c5ff',
  'bright-cyan': '#b3f0ff',
  'bright-white': '#ffffff',
};
const paper = '#0d1117';
const ink = '#e6edf3';
const wide = 8.4;
const tall = 18;
const margin = 14;

/** A picture of the screen, for the README: text that can be selected, with no font of its own. */
export function svg(cells: readonly (readonly Cell[])[], title: string): string {
  const columns = Math.max(1, ...cells.map((row) => row.length));
  const width = Math.ceil(columns * wide + 2 * margin);
  const height = cells.length * tall + 2 * margin;
  const round = (value: number): string => String(Math.round(value * 100) / 100);
  const parts: string[] = [];
  for (const [at, row] of cells.entries()) {
    for (const { from, to, look, text } of runsOf(row)) {
      const words = look.split(' ');
      const has = (word: string): boolean => words.includes(word);
      const on = words.indexOf('on');
      const paint = (word: string | undefined): string | undefined =>
        word?.startsWith('#') ? word : palette[word ?? ''];
      let front =
        words
          .slice(0, on === -1 ? undefined : on)
          .map(paint)
          .find(Boolean) ?? ink;
      let back = on === -1 ? undefined : (paint(words[on + 1]) ?? paper);
      if (has('inverse')) [front, back] = [back ?? paper, front];
      const x = margin + from * wide;
      const y = margin + at * tall;
      const length = (to - from) * wide;
      if (back !== undefined) {
        parts.push(
          `<rect x="${round(x)}" y="${y}" width="${round(length)}" height="${tall}" fill="${back}"/>`,
        );
      }
      if (text.trim() === '') continue;
      const style = [
        has('bold') ? ' font-weight="bold"' : '',
        has('italic') ? ' font-style="italic"' : '',
        has('underline') ? ' text-decoration="underline"' : '',
        has('dim') ? ' opacity="0.65"' : '',
        front === ink ? '' : ` fill="${front}"`,
      ].join('');
      parts.push(
        `<text x="${round(x)}" y="${y + 13}" textLength="${round(length)}" lengthAdjust="spacingAndGlyphs"${style}>${escaped(text)}</text>`,
      );
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="${ink}" xml:space="preserve">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${paper}"/>
${parts.join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

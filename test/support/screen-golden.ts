import { expectGolden } from './golden.ts';
import { looksOf } from './picture.ts';
import { type LookName, type Shown, sizes } from './showing.tsx';

const names: Readonly<Record<LookName, string>> = {
  colour: 'in colour',
  NO_COLOR: 'with NO_COLOR',
  ascii: 'in ASCII',
};

/** The screen in a frame, for review: what is cut, and how much room is left, is to be seen. */
function framed({ text, size: { columns, rows }, look }: Shown): string {
  const title = ` ${columns}x${rows} ${names[look]} `;
  const lines = text.split('\n');
  return [
    `┌─${title}${'─'.repeat(columns - title.length - 1)}┐`,
    ...Array.from({ length: rows }, (_, row) => `│${(lines[row] ?? '').padEnd(columns)}│`),
    `└${'─'.repeat(columns)}┘`,
  ].join('\n');
}

/** One file a screen: three sizes as text, the colours of the first, and the other looks where asked. */
export function expectScreen(
  name: string,
  what: string,
  shown: readonly Shown[],
  others: boolean,
): void {
  const [first] = sizes;
  const pictures = shown.filter(
    ({ look, size }) => look === 'colour' || (others && size.columns === first.columns),
  );
  const [coloured] = shown;
  expectGolden(
    `screens/${name}.txt`,
    [
      what,
      '',
      ...pictures.map((one) => `${framed(one)}\n`),
      'Where 80x24 is not plain (row:columns), but for its rules and its line of keys:',
      ...looksOf((coloured?.cells ?? []).slice(0, first.rows - 2)).filter(
        (run) => !/: "[─\s]*"$/.test(run),
      ),
      '',
    ].join('\n'),
  );
}

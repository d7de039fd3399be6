import { stripVTControlCharacters } from 'node:util';
import { render } from 'ink-testing-library';
import { expect, test } from 'vitest';
import type { Line } from '../../src/tui/line.ts';
import { line, span } from '../../src/tui/line.ts';
import { editOf } from '../../src/tui/text-edit.ts';
import { themeOf } from '../../src/tui/theme.ts';
import { Row } from '../../src/tui/widgets/row.tsx';

// What the two input packages draw for sidus: they hear no keys (decision 011), so that a frame
// is all there is to see of them.
function drawn(shown: Line, width: number, unicode = true): string {
  const { lastFrame, unmount } = render(
    <Row line={shown} width={width} theme={themeOf({ unicode, colour: false })} />,
  );
  const frame = lastFrame() ?? '';
  unmount();
  return stripVTControlCharacters(frame);
}

const field = (edit: string, after = ''): Line => ({
  kind: 'field',
  indent: 4,
  width: 10,
  label: 'Name: ',
  edit: editOf(edit),
  placeholder: 'eno2',
  after: [span(after, 'dim')],
});

test('a field keeps its place and its brackets, however long the text behind it is', () => {
  expect(drawn(field('abc', ' (by you)'), 40)).toBe('    Name: [abc▏      ] (by you)');
  const cut = drawn(field('abc', ` (${'a long source '.repeat(9)})`), 40);
  expect(cut).toMatch(/^ {4}Name: \[abc▏ {6}\] \(a long/);
  expect(cut.split('\n')).toHaveLength(1);
  expect(cut.length).toBeLessThanOrEqual(40);
});

test('what is offered is apart from the cursor, and gone with the first letter', () => {
  expect(drawn(field(''), 40)).toContain('[▏ eno2');
  expect(drawn(field('e'), 40)).not.toContain('eno2');
});

test('a text longer than its field shows the part around the cursor', () => {
  const long = editOf('0123456789abcdef');
  const shown = drawn({ ...(field('') as Line & { kind: 'field' }), edit: long }, 40);
  expect(shown).toMatch(/\[\w*def▏ *\]/);
  expect(shown).not.toContain('[0');
});

test('of a menu one row is pointed at, and its notes stand below each other', () => {
  const menu: Line = {
    kind: 'menu',
    index: 1,
    items: [
      { label: 'Boot it once more', note: 'what was built is kept' },
      { label: 'Go on', note: 'to the plan' },
    ],
  };
  expect(drawn(menu, 60).split('\n')).toEqual([
    '   Boot it once more  what was built is kept',
    ' ❯ Go on              to the plan',
  ]);
  expect(drawn(menu, 60, false)).toContain(' > Go on');
  for (const row of drawn(menu, 30).split('\n')) expect(row.length).toBeLessThanOrEqual(30);
});

test('a line wider than the screen stays one line', () => {
  expect(drawn(line('a', span('b'.repeat(100))), 20).split('\n')).toHaveLength(1);
});

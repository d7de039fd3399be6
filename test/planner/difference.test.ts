import { expect, test } from 'vitest';
import { file } from '../../src/core/effect.ts';
import { changeOf } from '../../src/planner/difference.ts';

const before = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n';

test('lines that come and go, each hunk with its place and two lines around it', () => {
  const now = file('server', '/etc/x', before.replace('two', 'TWO').replace('nine', 'nine\nten'));
  expect(changeOf(now, before)).toEqual({
    added: 2,
    removed: 1,
    lines: [
      '@@ -1,4 +1,4 @@',
      ' one',
      '-two',
      '+TWO',
      ' three',
      ' four',
      '@@ -8,2 +8,3 @@',
      ' eight',
      ' nine',
      '+ten',
    ],
  });
});

test('an equal file has no change, an empty one is all new', () => {
  expect(changeOf(file('server', '/etc/x', before), before)).toEqual({
    added: 0,
    removed: 0,
    lines: [],
  });
  expect(changeOf(file('server', '/etc/x', 'a\nb\n'), '')).toMatchObject({ added: 2, removed: 0 });
});

test('a last line without an end is said', () => {
  expect(changeOf(file('server', '/etc/x', 'a\n'), 'a')?.lines).toContain(
    '\\ No newline at end of file',
  );
});

test('of a file with a secret neither side is shown', () => {
  const secret = file('server', '/etc/x', ['password=', { secret: 'lab.root' }, '\n']);
  expect(changeOf(secret, 'password=hunter2\n')).toBeNull();
});

import { expect, test } from 'vitest';
import { impatience } from '../../src/cli/impatience.ts';

test.each([
  ['once', [1000], [false]],
  ['once, and handed on by npm', [1000, 1003, 1400], [false, false, false]],
  ['twice', [1000, 1002, 2500], [false, false, true]],
  ['at the very start of the program', [0, 10, 501], [false, false, true]],
])('Ctrl-C %s', (_, times, wanted) => {
  const isImpatient = impatience();
  expect(times.map((now) => isImpatient(now))).toEqual(wanted);
});

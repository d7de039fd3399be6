import { expect, test } from 'vitest';
import { nextRunId } from '../../src/runner/run-id.ts';

const now = new Date('2026-11-21T22:09:59.700Z');

test('a run has the second in which it begins, and text of its own', () => {
  expect(nextRunId(null, now, 'aaaa')).toBe('2026-11-21T22-09-59-aaaa');
  expect(nextRunId('2026-11-21T22-09-58-zzzz', now, 'aaaa')).toBe('2026-11-21T22-09-59-aaaa');
});

test('it comes after the last one: in the same second, and when the clock was set back', () => {
  expect(nextRunId('2026-11-21T22-09-59-zzzz', now, 'aaaa')).toBe('2026-11-21T22-10-00-aaaa');
  expect(nextRunId('2027-12-31T23-59-59-zzzz', now, 'aaaa')).toBe('2028-01-01T00-00-00-aaaa');
});

test('a directory that is no run does not stop it', () => {
  expect(nextRunId('lost+found', now, 'aaaa')).toBe('2026-11-21T22-09-59-aaaa');
});

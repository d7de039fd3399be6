import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { quote } from '../../src/planner/script.ts';
import { shellLines } from '../../src/tui/shell-lines.ts';

/** The words that a shell makes of a command. */
function wordsOf(command: string): readonly string[] {
  const script = command.replace(/^sidus/, "printf '%s\\0'");
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

const user = {
  name: 'student',
  fullName: "O'Hara, the 1st",
  groups: ['audio', 'video', 'plugdev'],
};
const long = [
  'sidus',
  'apply',
  '--preset',
  'minimal',
  '--set',
  'network.domain=lab.example.org',
  '--set',
  `trees.minimal.accounts.users=${JSON.stringify([user, user])}`,
]
  .map(quote)
  .join(' ');

describe('a command on several lines', () => {
  test('is short enough where it can be, and broken between options', () => {
    const lines = shellLines(long, 76);
    expect(lines[0]).toBe('sidus apply --preset minimal --set network.domain=lab.example.org \\');
    expect(lines.every((line) => line.length <= 76)).toBe(true);
    expect(lines.length).toBeGreaterThan(3);
  });

  test('means the same when it is pasted', () => {
    const [last = '', ...before] = [...wordsOf(shellLines(long, 60).join('\n'))].reverse();
    const [given = '', ...same] = [...wordsOf(long)].reverse();
    expect(before).toEqual(same);
    const settingOf = (word: string): unknown => parse(word.slice(word.indexOf('=') + 1));
    expect(settingOf(last)).toEqual(settingOf(given));
  });

  test('is left alone where it is short', () => {
    expect(shellLines('sidus check', 76)).toEqual(['sidus check']);
  });

  test('loses nothing, whatever it holds', () => {
    const value = fc.array(fc.record({ name: fc.string(), 'full, name': fc.string() }));
    fc.assert(
      fc.property(value, fc.integer({ min: 20, max: 100 }), (given, width) => {
        const command = ['sidus', 'apply', '--set', `x=${JSON.stringify(given)}`]
          .map(quote)
          .join(' ');
        const again = shellLines(command, width).join('\n');
        const taken = again.replaceAll(' \\\n', ' ').replaceAll('\n', '');
        expect(taken).toBe(command);
        // No line ends inside a text.
        expect(JSON.parse(wordsOf(again).at(-1)?.slice(2) ?? '')).toEqual(given);
      }),
      { numRuns: 60 },
    );
  });
});

import { describe, expect, test } from 'vitest';
import { canDraw, hindrance, lookOf } from '../../src/tui/terminal.ts';

const tty = { isTTY: true };

function at(environment: Record<string, string>, input = true, output = true) {
  return {
    input: (input ? tty : {}) as NodeJS.ReadStream,
    output: (output ? tty : {}) as NodeJS.WriteStream,
    environment,
  };
}

describe('what can be drawn on', () => {
  test.each([
    ['a terminal', at({ TERM: 'xterm-256color' }), null],
    ['the console', at({ TERM: 'linux' }), null],
    ['a serial line', at({ TERM: 'vt220' }), null],
    ['keys from a pipe', at({ TERM: 'xterm' }, false), 'input'],
    ['a pipe', at({ TERM: 'xterm' }, true, false), 'output'],
    ['an editor', at({ TERM: 'dumb' }), 'dumb'],
    ['no TERM', at({}), 'dumb'],
    ['CI', at({ TERM: 'xterm', CI: 'true' }), 'continuous-integration'],
    ['CI that is empty, as Ink sees it', at({ TERM: 'xterm', CI: '' }), 'continuous-integration'],
    ['CI=false', at({ TERM: 'xterm', CI: 'false' }), null],
    ['another CI', at({ TERM: 'xterm', CONTINUOUS_INTEGRATION: '1' }), 'continuous-integration'],
  ] as const)('%s', (_, terminal, expected) => {
    expect(hindrance(terminal)).toBe(expected);
    expect(canDraw(terminal)).toBe(expected === null);
  });
});

describe('how it looks', () => {
  test.each([
    ['xterm', { LANG: 'en_US.UTF-8' }, { unicode: true, colour: true, linear: false }],
    ['xterm', { LANG: 'C.utf8' }, { unicode: true }],
    ['xterm', { LANG: 'fr_FR.UTF-8', LC_ALL: 'C' }, { unicode: false }],
    ['xterm', { LANG: 'C', LC_CTYPE: 'C.UTF-8' }, { unicode: true }],
    ['xterm', { LC_ALL: '', LANG: 'C.UTF-8' }, { unicode: true }],
    ['xterm', {}, { unicode: false, colour: true }],
    ['linux', { LANG: 'C.UTF-8' }, { unicode: false, colour: true }],
    ['vt220', { LANG: 'C.UTF-8' }, { unicode: false, colour: false }],
    ['vt100', { LANG: 'C.UTF-8' }, { unicode: false, colour: false }],
    ['xterm', { NO_COLOR: '1' }, { colour: false }],
    ['xterm', { NO_COLOR: '' }, { colour: true }],
    ['xterm', { SIDUS_LINEAR: '1' }, { linear: true }],
    ['xterm', { INK_SCREEN_READER: 'true' }, { linear: true }],
  ])('%s %o', (term, environment, expected) => {
    expect(lookOf({ TERM: term, ...environment })).toMatchObject(expected);
  });

  test('--no-color', () => {
    expect(lookOf({ TERM: 'xterm' }, false).colour).toBe(false);
  });
});

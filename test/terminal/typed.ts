import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { bytesOf, OpenTerminal } from '../support/terminal.ts';
import type { Subject } from './subject.ts';

/** mulberry32: the same keys for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lets this many milliseconds pass, and nothing else happen. */
function hold(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** A field is this long at most, so that all of it is seen. */
const longest = 30;

/**
 * Types random text, arrows, deletions and pastes, 0 to 50 ms apart, and holds the field against what
 * it must be then. The bytes go out cut where nobody would cut them.
 */
export async function everyKeyArrives(
  subject: Subject,
  {
    seed,
    keys,
    round = 200,
  }: { readonly seed: number; readonly keys: number; readonly round?: number },
): Promise<void> {
  const chance = random(seed);
  const below = (limit: number): number => Math.floor(chance() * limit);
  const alphabet = [...subject.alphabet];
  const terminal = new OpenTerminal(subject.args, { program: subject.program, env: subject.env });
  try {
    await terminal.see(subject.ready);
    await subject.toField(terminal);
    for (let sent = 0; sent < keys; ) {
      let text: string[] = [];
      let cursor = 0;
      const log: string[] = [];
      for (let key = 0; key < round && sent < keys; key += 1, sent += 1) {
        const kind = chance();
        let bytes: string;
        if (text.length < longest && kind < 0.55) {
          const character = alphabet[below(alphabet.length)] ?? 'a';
          text.splice(cursor, 0, character);
          cursor += 1;
          bytes = character;
        } else if (text.length < longest - 10 && kind < 0.6) {
          const paste = Array.from(
            { length: 2 + below(8) },
            () => alphabet[below(alphabet.length)] ?? 'a',
          );
          text.splice(cursor, 0, ...paste);
          cursor += paste.length;
          bytes = `\u001b[200~${paste.join('')}\u001b[201~`;
        } else if (kind < 0.75) {
          bytes = bytesOf('backspace');
          if (cursor > 0) text.splice(cursor - 1, 1);
          cursor = Math.max(0, cursor - 1);
        } else if (kind < 0.85) {
          bytes = bytesOf('left');
          cursor = Math.max(0, cursor - 1);
        } else if (kind < 0.95) {
          bytes = bytesOf('right');
          cursor = Math.min(text.length, cursor + 1);
        } else if (kind < 0.97) {
          bytes = bytesOf('delete');
          text.splice(cursor, 1);
        } else {
          bytes = bytesOf(kind < 0.985 ? 'home' : 'end');
          cursor = kind < 0.985 ? 0 : text.length;
        }
        log.push(bytes);
        const gap = chance();
        const wait =
          gap < 0.5 ? 0 : gap < 0.85 ? 1 + below(3) : gap < 0.95 ? 5 + below(10) : 15 + below(36);
        const whole = Buffer.from(bytes);
        if (whole.length > 1 && chance() < 0.2) {
          const cut = 1 + below(whole.length - 1);
          terminal.write(whole.subarray(0, cut));
          // Less than an Esc waits for; a timer may come much later on a busy machine.
          hold(1 + below(3));
          terminal.write(whole.subarray(cut));
        } else terminal.write(whole);
        if (wait > 0) await sleep(wait);
      }
      const expected = subject.field(text.join(''));
      try {
        await terminal.see(expected, 5000);
      } catch (error) {
        throw new Error(
          `seed ${seed}, up to key ${sent}: ${JSON.stringify(log.join('')).replaceAll('\u007f', '\\u007f')}\n${String(error)}`,
        );
      }
      text = [];
      await terminal.press(...subject.clear);
      await terminal.see(subject.field(' '), 5000);
    }
    expect(terminal.state.second).toBe(true);
  } finally {
    terminal.kill('SIGKILL');
    await terminal.ended;
  }
}

import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Text to a terminal before anything else gets a turn; false: there is no terminal. */
function writeNow(descriptor: number, text: string): boolean {
  let rest: Uint8Array = Buffer.from(text);
  for (let tries = 0; rest.length > 0 && tries < 200; tries += 1) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false;
      // A slow line whose buffer is full: at most a second.
      Atomics.wait(pause, 0, 0, 5);
    }
  }
  return true;
}

function drain(): void {
  try {
    const terminal = openSync(
      '/dev/tty',
      constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
    try {
      const typed = new Uint8Array(4096);
      for (let reads = 0; reads < 64 && readSync(terminal, typed) > 0; reads += 1);
    } finally {
      closeSync(terminal);
    }
  } catch {
    // Nothing is left to read, or no terminal.
  }
}

/** Where a person types though standard input is a pipe; null: nobody does. */
function typewriter(): NodeJS.ReadStream | null {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return null;
  }
}

/** The terminal of this process. With a pipe as standard input, keys come from /dev/tty. */
export function ownTerminal(): {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly environment: NodeJS.ProcessEnv;
  writeSync(text: string): boolean;
  drain(): void;
} {
  const piped = process.stdin.isTTY !== true && process.stdout.isTTY === true;
  return {
    input: (piped ? typewriter() : null) ?? process.stdin,
    output: process.stdout,
    environment: process.env,
    writeSync: (text) => writeNow(process.stdout.fd, text),
    drain,
  };
}

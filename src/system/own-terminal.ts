import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { isatty, ReadStream } from 'node:tty';

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Text to a terminal before anything else gets a turn; without a terminal, nothing. */
function writeNow(descriptor: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  for (let tries = 0; rest.length > 0 && tries < 200; tries += 1) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      // A slow line whose buffer is full: at most a second.
      Atomics.wait(pause, 0, 0, 5);
    }
  }
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
  writeSync(text: string): void;
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

/**
 * A terminal may be gone by the time we end. Node sets it as it was, and aborts where it cannot
 * (20.20, ResetStdio): a descriptor that is closed is left alone.
 */
export function survivesItsTerminal(): void {
  const descriptors = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.on('exit', () => {
    for (const descriptor of descriptors) {
      if (isatty(descriptor)) continue;
      try {
        closeSync(descriptor);
      } catch {
        // Closed already.
      }
    }
  });
}

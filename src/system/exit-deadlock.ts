import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Node may never end: while it ends, it waits for the threads that compile, and a thread whose heap is
 * full waits for the main thread to collect garbage (nodejs/node#54918, open; seen with 20.20 in one
 * of fifty ends of a screen that had just begun to draw). After a collection there is room for what is
 * still being compiled. Takes some 10 ms. Never throws.
 */
export function makeRoomToEnd(): void {
  try {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
  } catch {
    // Then it ends as it always did.
  }
}

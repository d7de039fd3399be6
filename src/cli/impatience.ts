/** Milliseconds in which two signals are one: `npm start` hands on what the terminal has sent us. */
const together = 500;

/**
 * Tells a second Ctrl-C from the echo of the first. Called at each, with a time in milliseconds;
 * true: somebody does not want to wait.
 */
export function impatience(): (now: number) => boolean {
  let first = Number.POSITIVE_INFINITY;
  return (now) => {
    first = Math.min(first, now);
    return now - first > together;
  };
}

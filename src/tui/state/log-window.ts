/** The last lines of a log, and the part of them that is looked at. The whole log is a file. */
export interface LogWindow {
  readonly lines: readonly string[];
  /** How many lines came before those that are kept. */
  readonly dropped: number;
  /** Lines below the window; 0 follows what comes. */
  readonly back: number;
}

/** From so many rows on, there is a second rule, above the help. */
export const rowsForRule = 21;

/** Rows of a terminal that are left for the body of a screen, with two for its help. */
export function bodyRows({ rows }: { readonly rows: number }): number {
  return rows - (rows >= rowsForRule ? 7 : 6);
}

export const emptyLog: LogWindow = { lines: [], dropped: 0, back: 0 };
const kept = 2000;

/** A person who scrolled up keeps looking at the same lines while others come. */
export function logged(log: LogWindow, added: readonly string[]): LogWindow {
  if (added.length === 0) return log;
  const all = [...log.lines, ...added];
  const lines = all.slice(-kept);
  return {
    lines,
    dropped: log.dropped + all.length - lines.length,
    back: log.back === 0 ? 0 : Math.min(log.back + added.length, lines.length),
  };
}

export function scrolled(log: LogWindow, by: number, height: number): LogWindow {
  const most = Math.max(0, log.lines.length - height);
  return { ...log, back: Math.max(0, Math.min(most, log.back + by)) };
}

export function visible(log: LogWindow, height: number): readonly string[] {
  // Where the lines that were looked at are gone, the oldest that are kept.
  const end = Math.max(Math.min(height, log.lines.length), log.lines.length - log.back);
  return log.lines.slice(Math.max(0, end - height), end);
}

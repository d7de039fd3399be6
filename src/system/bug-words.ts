import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Nobody expected this: our bug, with all that is known of it where a report can quote it. */
export function bugWords(error: unknown): string {
  const log = join(homedir(), 'sidus-bug.log');
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    writeFileSync(log, `${new Date().toISOString()}\n${words}\n`, { mode: 0o600 });
  } catch {
    // A home that cannot be written to: the first line below has to do.
  }
  return `sidus has a bug: ${words.split('\n')[0]}\nIt is written to ${log}; send that with what you did. What was done is kept, and \`sidus resume\` may go on.`;
}

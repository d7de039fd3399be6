import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/**
 * A line that a person types and nobody sees; null: there is no terminal, on both sides. `stop` is
 * called by Ctrl-C, and the line is then empty.
 */
export async function askUnseen(
  question: string,
  signal: AbortSignal,
  stop: () => void,
): Promise<string | null> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return null;
  // Echo is readline's own business in a terminal's raw mode: it goes nowhere.
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() });
  const reader = createInterface({
    input: process.stdin,
    output: nowhere,
    terminal: true,
    historySize: 0,
  });
  reader.on('SIGINT', stop);
  process.stderr.write(question);
  try {
    return await reader.question('', { signal });
  } catch {
    return '';
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}

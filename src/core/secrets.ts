import { say } from './message.ts';
import { ProblemError } from './problem.ts';

/** `{"TREE.users.alice": "…"}`. Throws a ProblemError that does not repeat the content. */
export function parseSecrets(text: string, path: string): Readonly<Record<string, string>> {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    found = null;
  }
  const entries = typeof found === 'object' && found !== null ? Object.entries(found) : null;
  if (
    entries === null ||
    Array.isArray(found) ||
    entries.some(([, value]) => typeof value !== 'string' || /[\n\r\0:]/.test(value))
  ) {
    throw new ProblemError({
      code: 'secrets/unreadable',
      summary: say('{path} does not hold secrets', { path }),
      remedy: say(
        'write one JSON object of names and texts without line breaks or colons: {example}',
        { example: '{"TREE.users.alice": "…"}' },
      ),
    });
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

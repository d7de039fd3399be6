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
    entries.some(([name, value]) => typeof value !== 'string' || !fits(name, value))
  ) {
    throw new ProblemError({
      code: 'secrets/unreadable',
      summary: say('{path} does not hold secrets', { path }),
      remedy: say(
        'write one JSON object of names and texts, passwords without line breaks: {example}',
        { example: '{"TREE.users.alice": "…"}' },
      ),
    });
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

/**
 * chpasswd(8) takes one line for each user, and sssd.conf(5) and nslcd.conf(5) one for a password;
 * other secrets, such as keys, have several.
 */
function fits(name: string, value: string): boolean {
  return /\.(root|directory|users\.[^.]+)$/.test(name)
    ? !/[\n\r\0]/.test(value)
    : !value.includes('\0');
}

import { whereIs } from '../core/layout.ts';
import { say } from '../core/message.ts';
import { ProblemError } from '../core/problem.ts';
import { parseSecrets } from '../core/secrets.ts';
import type { Text } from '../core/text.ts';
import type { System } from '../system/system.ts';

/** Text with its holes filled. Throws a ProblemError for a secret that nobody gave. */
export async function resolveText(text: Text, system: System): Promise<string> {
  if (typeof text === 'string') return text;
  const parts: string[] = [];
  for (const part of text) {
    if (typeof part === 'string') parts.push(part);
    else if ('at' in part) parts.push(whereIs(part.at.place) + part.at.path);
    else {
      const secret = await system.secret(part.secret);
      if (secret === null) {
        throw new ProblemError({
          code: 'secrets/missing',
          summary: say('the secret {name} is missing', { name: part.secret }),
          remedy: say('give it with `--secrets FILE`, a JSON object of names and texts', {}),
        });
      }
      parts.push(secret);
    }
  }
  return parts.join('');
}

/** The value of a secret in a copy of secrets.json; null: it is not in it, or there is no copy. */
export async function secretBefore(
  name: string,
  copy: string | null,
  system: System,
): Promise<string | null> {
  const text = copy === null ? null : await system.read('server', copy);
  return text === null ? null : (parseSecrets(text, copy ?? '')[name] ?? null);
}

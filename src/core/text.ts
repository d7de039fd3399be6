import type { PlacePath } from './place.ts';

/**
 * Text that may name secrets and places. Both are filled in at the moment of writing: a secret
 * appears in no plan, log or golden, and a feature need not know where a tree lies.
 */
export type Text = string | readonly TextPart[];
export type TextPart = string | { readonly secret: string } | { readonly at: PlacePath };

/**
 * A word of a command: text, a place on disk, one of our own scripts (pinned by its hash), or a
 * directory of our cache (the server's for root, otherwise the user's own).
 */
export type Word =
  | string
  | { readonly at: PlacePath }
  | { readonly asset: string; readonly sha256: string }
  | { readonly cache: string };

/** Never a shell string. */
export type Argv = readonly [Word, ...Word[]];

export function secretsIn(text: Text): readonly string[] {
  if (typeof text === 'string') return [];
  return text.flatMap((part) =>
    typeof part === 'object' && 'secret' in part ? [part.secret] : [],
  );
}

import { structuredPatch } from 'diff';
import type { FileEffect } from '../core/effect.ts';
import { secretsIn } from '../core/text.ts';
import { textOf } from './describe.ts';

/** How a file of the server would change. */
export interface FileChange {
  readonly added: number;
  readonly removed: number;
  /** Unified, as diff(1) -u writes it, without the two lines of names. */
  readonly lines: readonly string[];
}

/** The change of a file, or null where it holds a secret: neither side of it is shown then. */
export function changeOf(effect: FileEffect, now: string): FileChange | null {
  if (secretsIn(effect.content).length > 0) return null;
  const patch = structuredPatch('now', 'planned', now, textOf(effect.content), '', '', {
    context: 2,
  });
  const lines = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: hunk }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...hunk,
  ]);
  return {
    added: lines.filter((text) => text.startsWith('+')).length,
    removed: lines.filter((text) => text.startsWith('-')).length,
    lines,
  };
}

import { script } from '../core/assets.ts';
import { type CopyEffect, copy, type Effect, run } from '../core/effect.ts';
import type { Fact } from '../core/fact.ts';
import { layout } from '../core/layout.ts';
import type { TreePlace } from '../core/place.ts';

/** A file that somebody made, on this server or behind an address, as it is when the plan is made. */
export type Imported =
  | { readonly status: 'there'; readonly sha256: string; readonly bytes: number }
  | { readonly status: 'absent'; readonly words: string };

export function importedFile(from: string): Fact<Imported> {
  return {
    id: `imported/${from}`,
    source: {
      kind: 'command',
      place: 'server',
      argv: ['sh', script('import-file'), 'look', { cache: 'imported' }, from],
      patience: 30,
      anyExit: true,
    },
    otherwise: { status: 'absent', words: 'it could not be looked for' },
    parse: (text) => {
      const [, sha256 = '', bytes = ''] =
        /^sha256 ([0-9a-f]{64}) bytes ([0-9]+)$/m.exec(text) ?? [];
      if (sha256 !== '') return { status: 'there', sha256, bytes: Number(bytes) };
      return {
        status: 'absent',
        words: /^absent (.*)$/m.exec(text)?.[1] ?? 'it could not be read',
      };
    },
  };
}

/**
 * Takes it into a tree. It is kept on the server by its sum first: what it says never stands in a
 * plan, because it may hold a password.
 */
export function imported(
  from: string,
  sha256: string,
  place: TreePlace,
  path: string,
  owned: Partial<Pick<CopyEffect, 'mode' | 'owner' | 'group'>> = {},
): readonly Effect[] {
  const kept = { place: 'server', path: `${layout.cache}/imported/${sha256}` } as const;
  return [
    run(
      'server',
      ['sh', script('import-file'), 'keep', { cache: 'imported' }, from, sha256, { at: kept }],
      { unless: { kind: 'exists', at: kept } },
    ),
    copy(kept, place, path, owned),
  ];
}

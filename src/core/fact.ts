import type { DirectoryQuestion } from './directory.ts';
import type { Place, PlacePath } from './place.ts';
import type { Argv } from './text.ts';

/** Where a fact is learnt, without changing anything but our own cache. */
export type Source =
  | { readonly kind: 'file'; readonly at: PlacePath }
  | { readonly kind: 'target'; readonly at: PlacePath }
  | { readonly kind: 'list'; readonly at: PlacePath }
  | {
      readonly kind: 'command';
      readonly place: Place;
      readonly argv: Argv;
      readonly stdin?: string;
      /** Seconds; a fact that takes longer is `otherwise`. */
      readonly patience?: number;
      /** The answer counts however the command ends: it says in words what is wrong. */
      readonly anyExit?: true;
    }
  /** What a directory says: a `DirectoryAnswer`, as JSON. */
  | { readonly kind: 'directory'; readonly question: DirectoryQuestion }
  /** The directory that everything is put under: '/' or the one of --root. */
  | { readonly kind: 'root' }
  | { readonly kind: 'user' };

/**
 * Something that can be learnt without changing anything. Parsing is pure, so recorded output is
 * its test. `text` is the file, the link's target, the names one a line, or standard output.
 */
export interface Fact<T> {
  readonly id: string;
  readonly source: Source;
  /** When there is no such file or command, or it fails. */
  readonly otherwise: T;
  parse(text: string): T;
}

/** A snapshot. Asking for a fact that nobody gathered is a bug, and says so. */
export interface Facts {
  get<T>(fact: Fact<T>): T;
  has(fact: Fact<unknown>): boolean;
}

export function factsFrom(values: ReadonlyMap<string, unknown>): Facts {
  return {
    get<T>(fact: Fact<T>): T {
      if (!values.has(fact.id)) throw new Error(`nobody gathered the fact ${fact.id}`);
      return values.get(fact.id) as T;
    },
    has: (fact) => values.has(fact.id),
  };
}

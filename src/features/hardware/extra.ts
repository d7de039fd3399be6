import type { Suite } from '../package-names.ts';

/** Something that clients with certain hardware need. One file each, and one line in index.ts. */
export interface Extra {
  readonly id: string;
  /** A few words: on a screen they stand behind the name, on one line. */
  readonly help: string;
  /** All of it is in this part of the archive. */
  readonly component: 'main' | 'contrib' | 'non-free' | 'non-free-firmware';
  packages(suite: Suite): readonly string[];
}

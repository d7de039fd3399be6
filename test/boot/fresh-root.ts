import { rmSync } from 'node:fs';
import { setup as build } from '../support/build.ts';

/** The tree of an older day would prove nothing of today's program. */
export function setup(): void {
  build();
  for (const suite of ['boots', 'bookworm']) {
    rmSync(`/var/tmp/sidus-test-${suite}`, { recursive: true, force: true });
  }
}

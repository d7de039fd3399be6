import { rmSync } from 'node:fs';
import { setup as build } from '../support/build.ts';

/** The tree of an older day would prove nothing of today's program. */
export function setup(): void {
  build();
  rmSync('/var/tmp/sidus-test-boots', { recursive: true, force: true });
}

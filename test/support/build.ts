import { execFileSync } from 'node:child_process';

/** The tests that start the program start what is in src now, not what was built yesterday. */
export function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
}

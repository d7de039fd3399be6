import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';

/** Holds text against a file that people read in review; `npm run golden` rewrites it, CI never. */
export function expectGolden(name: string, text: string): void {
  const path = `test/golden/${name}`;
  if (process.env['GOLDEN'] === 'write') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  let golden: string;
  try {
    golden = readFileSync(path, 'utf8');
  } catch {
    golden = `(there is no ${path}; write it with \`npm run golden\` and review it)`;
  }
  expect(text, `differs from ${path}; see \`npm run golden\``).toBe(golden);
}

// Writes the generated files, or with --check says which are stale. Assets come first: the rest imports them.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const check = process.argv.includes('--check');
const stale: string[] = [];

function put(path: string, content: string): void {
  let before = '';
  try {
    before = readFileSync(path, 'utf8');
  } catch {
    // Not there yet: written below.
  }
  if (before === content) return;
  if (check) stale.push(path);
  else writeFileSync(path, content);
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const path = join(directory, name);
      return statSync(path).isDirectory() ? filesBelow(path) : [path];
    });
}

const assets = filesBelow('assets').map((path) => {
  const content = readFileSync(path, 'utf8');
  return {
    name: relative('assets', path),
    mode: statSync(path).mode & 0o111 ? 0o755 : 0o644,
    sha256: createHash('sha256').update(content).digest('hex').slice(0, 16),
    content,
  };
});

put(
  'src/core/assets.ts',
  `// Generated from assets/ by \`npm run generate\`; edit the files there.

export interface Asset {
  readonly name: string;
  readonly mode: number;
  readonly sha256: string;
  readonly content: string;
}

export const assets: readonly Asset[] = ${JSON.stringify(assets, null, 2)};

/** One of our plain files, by its path below assets/. */
export function asset(name: string): Asset {
  const found = assets.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(\`there is no asset called \${name}\`);
  return found;
}

/** A script of ours as a word of a command, pinned to its content. */
export function script(name: string): { readonly asset: string; readonly sha256: string } {
  return { asset: name, sha256: asset(name).sha256 };
}
`,
);

const { generated } = await import('./documents.ts');
for (const [path, content] of generated()) put(path, content);

if (stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}; run \`npm run generate\` and commit the result`);
  process.exit(1);
}

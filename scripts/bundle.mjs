// One way to bundle, for the program and for the small programs of tests.
import { readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// Ink asks for it only when DEV=true; it is not installed, and has no business in a program.
const noDevtools = {
  name: 'no-devtools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, () => ({
      path: 'react-devtools-core',
      namespace: 'nothing',
    }));
    build.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({
      contents: 'export default { initialize() {}, connectToDevTools() {} };',
    }));
  },
};

const quickWidth = fileURLToPath(new URL('quick-width.mjs', import.meta.url));

// What is not ours and not wanted: on the way to the first paint every byte is read, and counts.
const lighter = {
  name: 'lighter',
  setup(build) {
    // The words of zod's own messages, in 60 languages: we have our own (src/planner/complete.ts).
    build.onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer }) =>
      /\/zod\//.test(importer) ? { path: 'locales', namespace: 'nowhere' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'nowhere' }, () => ({ contents: 'export {};' }));
    build.onResolve({ filter: /^string-width$/ }, ({ importer }) =>
      importer === quickWidth ? undefined : { path: quickWidth },
    );
    // It would load the whole of fetch to read what it carries along as text.
    build.onLoad({ filter: /\/yoga-wasm-base64-esm\.js$/ }, async ({ path }) => ({
      contents: `const fetch = undefined;\n${await readFile(path, 'utf8')}`,
    }));
  },
};

/**
 * Entries become `outdir/NAME.mjs`, and what is imported with `import()` lies in chunks beside them:
 * a command that draws nothing never loads what draws.
 */
export async function bundle(entryPoints, outdir) {
  const { metafile } = await build({
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[name]-[hash]',
    splitting: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    jsx: 'automatic',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    plugins: [noDevtools, lighter],
    // Names stay: what a person sends us of a fault has to be readable.
    minifySyntax: true,
    minifyWhitespace: true,
    // React's checks for developers cost time; a person's DEV=true is not meant for us.
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
    // CommonJS packages inside the bundle call require for node's own modules.
    banner: {
      js: "#!/usr/bin/env node\nimport {createRequire as createRequireOfBundle} from 'node:module';const require=createRequireOfBundle(import.meta.url);",
    },
  });
  // Last, so that a program which is being started finds the chunks it was built with, or new ones.
  const made = new Set(Object.keys(metafile.outputs).map((path) => path.split('/').at(-1)));
  for (const name of readdirSync(outdir)) {
    if (/^chunk-.*\.mjs$/.test(name) && !made.has(name)) rmSync(`${outdir}/${name}`);
  }
  return metafile;
}

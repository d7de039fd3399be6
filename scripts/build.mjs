// Bundles the program into dist/: first paint comes three times sooner than from the single files (terminal.md D2).
import { chmodSync } from 'node:fs';
import { build } from 'esbuild';

await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/main.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  legalComments: 'none',
  logLevel: 'warning',
  // CommonJS packages inside the bundle call require for node's own modules.
  banner: {
    js: "#!/usr/bin/env node\nimport {createRequire as createRequireOfBundle} from 'node:module';const require=createRequireOfBundle(import.meta.url);",
  },
});
chmodSync('dist/main.mjs', 0o755);

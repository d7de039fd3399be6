import type { Metafile } from 'esbuild';

export function bundle(
  entryPoints: Readonly<Record<string, string>>,
  outdir: string,
): Promise<Metafile>;

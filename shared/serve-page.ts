// Serves an example's page on this machine.
import { type BuildOptions, build } from 'esbuild';
import { serveFolder } from './serve-folder.js';

/** Builds a page into its folder and serves it, at a free port or the one that PORT names; prints the address. */
export async function servePage(options: BuildOptions & { outdir: string }): Promise<void> {
  await build(options);
  const { port } = await serveFolder(options.outdir, { port: Number(process.env.PORT ?? 0) });
  console.log(`http://localhost:${port}/  (Ctrl+C ends it)`);
}

// Serves an example's page on this machine.
import { type BuildOptions, context } from 'esbuild';

/** Builds a page into its folder and serves it, at a free port or the one that PORT names; prints the address. */
export async function servePage(options: BuildOptions & { outdir: string }): Promise<void> {
  const port = process.env.PORT ? Number(process.env.PORT) : 0;
  const building = await context(options);
  try {
    await building.rebuild();
    const served = await building.serve({ servedir: options.outdir, host: '127.0.0.1', port });
    console.log(`http://localhost:${served.port}/  (Ctrl+C ends it)`);
  } catch (error) {
    await building.dispose();
    throw error;
  }
}

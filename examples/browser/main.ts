// npm run example:browser: builds the page and serves it on this machine, at a free port or the one that PORT names.
import path from 'node:path';
import { context } from 'esbuild';
import { pageOptions } from './build.js';

const FOLDER = path.resolve(__dirname, '../../browser-example');

async function main(): Promise<void> {
  const port = process.env.PORT ? Number(process.env.PORT) : 0;
  const building = await context(pageOptions(FOLDER));
  try {
    await building.rebuild();
    const served = await building.serve({ servedir: FOLDER, host: '127.0.0.1', port });
    console.log(`http://localhost:${served.port}/  (Ctrl+C ends it)`);
  } catch (error) {
    await building.dispose();
    throw error;
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

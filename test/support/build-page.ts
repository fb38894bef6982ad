// A script for a page, bundled with the package as pages have it.
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** @param source A module that imports `squared-emd` and its other entry points. */
export function buildPage(source: string): string {
  const resolveDir = join(__dirname, '../../../test/support');
  const { outputFiles } = buildSync({
    stdin: { contents: source, resolveDir },
    bundle: true,
    format: 'iife',
    write: false,
  });
  return outputFiles[0].text;
}

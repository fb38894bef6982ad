// Scripts for pages, bundled with the package as pages have it.
import { join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';

const root = join(__dirname, '../..');

function bundle(entry: BuildOptions): string {
  const tsconfigRaw = { compilerOptions: { target: 'es2022' } };
  const { outputFiles } = buildSync({ ...entry, bundle: true, format: 'iife', tsconfigRaw, write: false });
  return outputFiles[0].text;
}

/** @param file A module, by its path in the project. */
export const bundleFile = (file: string): string => bundle({ entryPoints: [join(root, file)] });

/** @param contents A module that imports `squared-emd` and other packages. */
export const bundleText = (contents: string): string => bundle({ stdin: { contents, resolveDir: root } });

// A user's project, with the package as npm would install it.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(__dirname, '../../..');

/**
 * Makes a project in a new folder.
 *
 * @param parts Of the package, beside its package.json.
 * @param peers Other packages that the project has, from this checkout.
 * @returns Where the package is.
 */
export function makeProject(folder: string, parts: readonly string[], peers: readonly string[] = []): string {
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'squared-emd');
  mkdirSync(installed, { recursive: true });
  for (const name of ['package.json', ...parts]) cpSync(join(root, name), join(installed, name), { recursive: true });
  const { dependencies } = require(join(root, 'package.json')) as { dependencies: object };
  for (const name of [...Object.keys(dependencies), ...peers]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'user', private: true, dependencies: { 'squared-emd': '*' } }),
  );
  return installed;
}

// `squared-emd build`: compiles native code from the sources in the package, for those whose system has no prebuilt binary, or
// who want one built there.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of package.json, seen from dist/lib. */
const root = join(__dirname, '../..');

/** npm's own node-gyp if npm runs the command; otherwise npm fetches one. */
function nodeGyp(): { command: string; parameters: string[] } {
  const npm = process.env.npm_execpath;
  const own = npm && join(dirname(npm), '../node_modules/node-gyp/bin/node-gyp.js');
  if (own && existsSync(own)) return { command: process.execPath, parameters: [own] };
  return { command: 'npx', parameters: ['--yes', 'node-gyp'] };
}

/** The headers installed with this Node.js, if there are any; otherwise node-gyp downloads them. */
function headers(): string[] {
  const folder = join(dirname(process.execPath), '..');
  return existsSync(join(folder, 'include/node/node_api.h')) ? ['--nodedir', folder] : [];
}

/** Runs node-gyp; returns the exit code. */
export function build(): number {
  const native = join(root, 'native');
  const { command, parameters } = nodeGyp();
  const all = [...parameters, 'rebuild', '--directory', native, ...headers()];
  console.log(`> ${[command, ...all].join(' ')}`);
  // On Windows npx is a script, which needs a shell; for a shell the path of node, with its space, would be two words.
  const shell = process.platform === 'win32' && command === 'npx';
  const { status, error } = spawnSync(command, shell ? all.map((one) => `"${one}"`) : all, { stdio: 'inherit', shell });
  if (status !== 0) {
    console.error(
      `squared-emd: compiling has failed${error ? `: ${error.message}` : ''}. It needs Python 3, make and a C++17 compiler ` +
        '(Debian: apt-get install python3 make g++). WebAssembly computes as before.',
    );
    return 1;
  }
  const made = join(native, 'build/Release/squared_emd.node');
  const place = join(root, 'build/Release/squared_emd.node');
  cpSync(made, place);
  rmSync(join(native, 'build'), { recursive: true, force: true });
  console.log(`> ${place}`);
  return 0;
}

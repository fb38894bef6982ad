// The command behind `npm run test:bundlers`: the programs of pages, bundled by Vite and webpack as they are without configuration, run
// in Chromium. npm brings the bundlers into a temporary folder. Arguments choose among them, as `vite@7`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noChromium, withPage } from '../../../shared/chromium.js';
import { makeProject } from '../../support/user-project.js';
import { compressedBytes } from './compressed-bytes.js';
import { PROGRAMS } from './programs.js';

/** Programs that bundle main.js to out/main.js, in a project where the bundler is installed. */
const BUNDLERS: Record<string, string> = {
  vite: `
    const { build } = await import('vite');
    await build({ logLevel: 'warn', build: { rollupOptions: { input: 'main.js', output: { dir: 'out', entryFileNames: 'main.js' } } } });`,
  webpack: `
    const { default: webpack } = await import('webpack');
    webpack({ mode: 'production', context: process.cwd(), entry: './main.js', output: { path: process.cwd() + '/out' } }, (error, stats) => {
      const { errors = [], warnings = [] } = stats?.toJson() ?? {};
      const problems = [error, ...errors, ...warnings].filter((one) => one && !/size limit|performance recommendations/.test(one.message));
      if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\\n'));
    });`,
};

function run(command: string, parameters: string[], folder: string): void {
  const { status, stdout, stderr } = spawnSync(command, parameters, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    timeout: 300_000,
  });
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

/** Bundles and runs a program; says what is wrong, or how large the bundle is. */
async function check(project: string, name: string): Promise<{ problem?: string; bytes: number }> {
  const { source, answer: expected, most, without } = PROGRAMS[name];
  writeFileSync(join(project, 'main.js'), source);
  run(process.execPath, ['bundle.mjs'], project);
  const text = readFileSync(join(project, 'out/main.js'), 'utf8');
  const bytes = compressedBytes(text);
  if (without.test(text)) return { bytes, problem: `the bundle has something with ${without}` };
  if (bytes > most) return { bytes, problem: `${bytes} bytes compressed, at most ${most}` };
  let answer: unknown;
  await withPage(join(project, 'out'), async (page) => {
    await page.addScriptTag({ url: '/main.js', type: 'module' });
    answer = await page.evaluate('answer');
  });
  return answer === expected ? { bytes } : { bytes, problem: `it says ${answer}, expected ${expected}` };
}

async function main(chosen: string[]): Promise<void> {
  const reason = noChromium();
  if (reason) throw new Error(reason);
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-bundlers-'));
  const counts = { passed: 0, failed: 0 };
  try {
    for (const bundler of chosen.length > 0 ? chosen : Object.keys(BUNDLERS)) {
      const [kind, version = 'latest'] = bundler.split('@');
      if (!Object.hasOwn(BUNDLERS, kind)) throw new Error(`no bundler is called ${kind}`);
      const project = join(folder, bundler.replace('@', '-'));
      mkdirSync(project);
      const install = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `${kind}@${version}`];
      run('npm', install, project);
      makeProject(project, ['dist/esm', 'dist/cjs'], ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu']);
      writeFileSync(join(project, 'bundle.mjs'), BUNDLERS[kind]);
      for (const name of Object.keys(PROGRAMS)) {
        const { problem, bytes } = await check(project, name).catch((error) => ({ problem: `${error}`, bytes: 0 }));
        counts[problem === undefined ? 'passed' : 'failed']++;
        console.log(
          problem === undefined ? ` ok  ${bundler}: ${name}, ${bytes} bytes` : `FAIL ${bundler}: ${name}: ${problem}`,
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

void main(process.argv.slice(2));

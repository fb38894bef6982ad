// The command behind `npm test`, `npm run test:full` (--full) and `npm run test:gpu` (--gpu). Further arguments choose files by
// parts of their names.
//
// Suites in gpu/ run on the CUDA emulator, which is built first, or with --gpu on this machine's GPU, and nothing else then.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, sep } from 'node:path';
import { type Markers, markersOf } from './support/markers.js';
import { type Job, type Report, runAll } from './support/runner.js';

const root = join(__dirname, '../..');
const sources = join(root, 'test');

/** For tests of the runner: where it looks for suites. */
const SUITES = '--suites=';
const isGpu = ({ name }: Suite) => name.startsWith('gpu/');
/** Orders in which the emulator runs threads, blocks and streams. */
const SEEDS = [1, 2, 3, 4, 5];
const NO_CUDA = { SQUARED_EMD_CUDA: '0' };

interface Suite extends Markers {
  name: string;
}

// By their sources, so that a file of which only an old build is left is not run, and one that was not built fails. The longest first.
function suitesIn(folder: string): Suite[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => {
      const name = file.slice(0, -'.test.ts'.length).split(sep).join('/');
      return { name, ...markersOf(readFileSync(join(folder, file), 'utf8'), name) };
    })
    .sort((a, b) => b.seconds - a.seconds || a.name.localeCompare(b.name));
}

/** What computes on this machine. */
function here(): { backend: string; isas: string[] } {
  const program = `console.log(JSON.stringify(require(${JSON.stringify(join(root, 'dist/lib/index.js'))}).info()))`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  if (stdout === '') throw new Error(`the library does not load:\n${stderr}`);
  return JSON.parse(stdout);
}

const jobOf = (name: string, env: Record<string, string>, variant?: string): Job => ({
  name: variant ? `${name} (${variant})` : name,
  file: join(root, 'dist/test', `${name}.test.js`),
  env,
});

const wasmJob = (name: string, env: Record<string, string>) =>
  jobOf(name, { ...env, SQUARED_EMD_BACKEND: 'wasm' }, 'wasm');

function cpuJobs(suites: Suite[], isas: string[], full: boolean): Job[] {
  const env: Record<string, string> = full ? { SQUARED_EMD_TEST: 'full', ...NO_CUDA } : NO_CUDA;
  const others = isas.slice(0, -1); // the last is the default one
  return suites.flatMap(({ name, numeric, wasm }) => [
    jobOf(name, env),
    ...(wasm ? [wasmJob(name, env)] : []),
    ...(numeric ? others : []).map((isa) => jobOf(name, { ...env, SQUARED_EMD_ISA: isa }, isa)),
  ]);
}

/** The emulator's library; undefined, with a line that says so, where there is nothing to build it with. */
function emulator(): string | undefined {
  if (spawnSync('cmake', ['--version']).status !== 0) {
    console.log('no cmake: the CUDA emulator is not built');
    return undefined;
  }
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'build:emulator'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the CUDA emulator was not built:\n${stdout}${stderr}`);
  return join(root, 'build/emulator/libsquared_emd_cuda.so');
}

function emulatorJobs(suites: Suite[], full: boolean): Job[] {
  if (suites.length === 0) return [];
  const library = emulator();
  const env: Record<string, string> = library ? { SQUARED_EMD_CUDA_LIBRARY: library } : NO_CUDA;
  if (!full) return suites.map(({ name }) => jobOf(name, env));
  return SEEDS.flatMap((seed) => {
    const seeded = {
      ...env,
      SQUARED_EMD_TEST: 'full',
      SQUARED_EMD_TEST_SEED: `${seed}`,
      CUDA_EMULATOR_SEED: `${seed}`,
    };
    return suites.map(({ name }) => jobOf(name, seeded, `seed ${seed}`));
  });
}

function jobsWithoutGpu(suites: Suite[], full: boolean): Job[] {
  if (suites.length === 0) return [];
  const { backend, isas } = here();
  if (backend === 'wasm') {
    const able = suites.filter(({ wasm }) => wasm);
    console.log(`no native code here: ${able.length} suites of ${suites.length} run, on WebAssembly`);
    return able.map(({ name }) => wasmJob(name, full ? { SQUARED_EMD_TEST: 'full' } : {}));
  }
  const onCpu = suites.filter((suite) => !isGpu(suite));
  return [...cpuJobs(onCpu, isas, full), ...emulatorJobs(suites.filter(isGpu), full)];
}

function print({ name }: Job, { passed, failed, skipped, seconds, problems, output }: Report): void {
  const counts = `${passed} passed${failed ? `, ${failed} FAILED` : ''}${skipped ? `, ${skipped} skipped` : ''}`;
  console.log(`${failed ? 'FAIL' : ' ok '} ${name}: ${counts} (${seconds.toFixed(1)} s)`);
  if (failed) console.log(`${output.trimEnd()}\n${problems.map((problem) => `  ${name}: ${problem}\n`).join('')}`);
}

async function main(): Promise<void> {
  const parameters = process.argv.slice(2);
  const [full, gpu] = ['--full', '--gpu'].map((flag) => parameters.includes(flag));
  const folder = parameters.find((parameter) => parameter.startsWith(SUITES))?.slice(SUITES.length) ?? sources;
  const patterns = parameters.filter((parameter) => !parameter.startsWith('--'));
  const chosen = suitesIn(folder).filter(
    ({ name }) => patterns.length === 0 || patterns.some((pattern) => name.includes(pattern)),
  );
  if (chosen.length === 0) console.log(`no test file matches ${patterns.join(' ') || folder}`);

  const jobs = gpu ? chosen.filter(isGpu).map(({ name }) => jobOf(name, {})) : jobsWithoutGpu(chosen, full);
  for (const { file } of jobs)
    if (!existsSync(file)) console.log(`${relative(root, file)} is missing: was it compiled?`);
  const skips = new Map<string, string>();
  // On one GPU more than two suites would compete for its memory.
  const width = Math.min(gpu ? 2 : 4, availableParallelism());
  const { passed, failed, skipped } = await runAll(jobs, width, full ? 3600 : 600, (job, report) => {
    print(job, report);
    for (const skip of report.skips) skips.set(skip, job.name);
  });

  for (const [skip, name] of skips) console.log(`skipped in ${name}: ${skip}`);
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

main().catch((error: unknown) => {
  console.log(`${error instanceof Error ? error.message : error}\n\n0 passed, 1 failed`);
  process.exitCode = 1;
});

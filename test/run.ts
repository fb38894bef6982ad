// The command behind `npm test` and `npm run test:full` (--full). Further arguments choose files by parts of their names.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, sep } from 'node:path';
import { type Job, type Report, runAll } from './runner.js';

const root = join(__dirname, '../..');
const sources = join(root, 'test');

/** Suites about numbers run once for every instruction set of the machine. */
const NUMERIC = [
  'golden',
  'accuracy',
  'random-problems',
  'hard-rows',
  'invalid-rows',
  'properties',
  'determinism',
  'labels',
  'zero-copy',
];

/** Those that take longest start first. */
const LONGEST = ['hazards/sanitizers', 'hard-rows', 'accuracy', 'determinism', 'hazards/crashes'];

// By their sources, so that a file of which only an old build is left is not run, and one that was not built fails.
function suites(): string[] {
  const names = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => name.slice(0, -'.test.ts'.length).split(sep).join('/'));
  const rank = (name: string) => (LONGEST.includes(name) ? LONGEST.indexOf(name) : LONGEST.length);
  return names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** The instruction sets other than the default one, which is the last. */
function otherIsas(): string[] {
  const program = `console.log(JSON.stringify(require(${JSON.stringify(join(root, 'dist/lib/index.js'))}).info().isas))`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  if (stdout === '') throw new Error(`the library does not load:\n${stderr}`);
  return (JSON.parse(stdout) as string[]).slice(0, -1);
}

function jobsFor(names: string[], full: boolean): Job[] {
  const env: Record<string, string> = full ? { SQUARED_EMD_TEST: 'full' } : {};
  const job = (name: string, isa?: string): Job => ({
    name: isa ? `${name} (${isa})` : name,
    file: join(root, 'dist/test', `${name}.test.js`),
    env: isa ? { ...env, SQUARED_EMD_ISA: isa } : env,
  });
  const numeric = names.filter((name) => NUMERIC.includes(name));
  const again = numeric.length === 0 ? [] : otherIsas().flatMap((isa) => numeric.map((name) => job(name, isa)));
  return [...names.map((name) => job(name)), ...again];
}

function print({ name }: Job, { passed, failed, skipped, seconds, problems, output }: Report): void {
  const counts = `${passed} passed${failed ? `, ${failed} FAILED` : ''}${skipped ? `, ${skipped} skipped` : ''}`;
  console.log(`${failed ? 'FAIL' : ' ok '} ${name}: ${counts} (${seconds.toFixed(1)} s)`);
  if (failed) console.log(`${output.trimEnd()}\n${problems.map((problem) => `  ${name}: ${problem}\n`).join('')}`);
}

async function main(): Promise<void> {
  const parameters = process.argv.slice(2);
  const full = parameters.includes('--full');
  const patterns = parameters.filter((parameter) => parameter !== '--full');
  const chosen = suites().filter((name) => patterns.length === 0 || patterns.some((pattern) => name.includes(pattern)));
  if (chosen.length === 0) console.log(`no test file matches ${patterns.join(' ') || relative(root, sources)}`);

  const jobs = jobsFor(chosen, full);
  for (const { file } of jobs)
    if (!existsSync(file)) console.log(`${relative(root, file)} is missing: was it compiled?`);
  const skips = new Map<string, string>();
  const width = Math.min(2, availableParallelism());
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

// Runs test files, each in a process of its own, and counts. uvu alone exits with 0 if nothing ran or `test.run()` was
// forgotten, and a process that crashes counts nothing: here each of these is a failure.
import { spawn } from 'node:child_process';

export interface Job {
  name: string;
  file: string;
  env?: Record<string, string>;
}

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Report extends Tally {
  output: string;
  /** Why the file as a whole failed, and the reasons for its skips. */
  problems: string[];
  skips: string[];
  seconds: number;
}

interface Ending {
  output: string;
  code: number | null;
  signal: string | null;
}

function runFile({ file, env }: Job, timeoutSeconds: number): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], {
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000);
    child.on('error', (error) => chunks.push(Buffer.from(String(error))));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ output: Buffer.concat(chunks).toString(), code, signal });
    });
  });
}

/** What uvu's summary says, and the failures that it does not notice. */
export function judge({ output, code, signal }: Ending): Omit<Report, 'seconds'> {
  const number = (word: string) => {
    const found = output.match(new RegExp(`^ {2}${word}: +(\\d+)`, 'm'));
    return found ? Number(found[1]) : undefined;
  };
  const skips = Array.from(output.matchAll(/^SKIP (.+)$/gm), ([, text]) => text);
  const [total, passed = 0, skipped = 0] = [number('Total'), number('Passed'), number('Skipped')];
  const problems: string[] = [];
  if (signal !== null) problems.push(`ended by ${signal}`);
  else if (total === undefined) problems.push('ended without a summary: was test.run() called?');
  else if (total + skipped === 0) problems.push('contains no test');
  else if (code !== 0 && passed === total) problems.push(`all tests passed, but it exited with ${code}`);
  if (skipped !== skips.length)
    problems.push(`${skipped} skipped tests, ${skips.length} reasons: test.only or test.skip?`);
  return { passed, failed: (total ?? 0) - passed + problems.length, skipped, output, problems, skips };
}

/** Runs all jobs, `width` at a time, in the given order. */
export async function runAll(
  jobs: readonly Job[],
  width: number,
  timeoutSeconds: number,
  done: (job: Job, report: Report) => void,
): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  const queue = [...jobs];
  const next = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const start = performance.now();
      const report = { ...judge(await runFile(job, timeoutSeconds)), seconds: (performance.now() - start) / 1000 };
      tally.passed += report.passed;
      tally.failed += report.failed;
      tally.skipped += report.skipped;
      done(job, report);
    }
  };
  await Promise.all(Array.from({ length: width }, next));
  return tally;
}

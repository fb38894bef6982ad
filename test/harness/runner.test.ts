// The runner must not call a run good in which nothing ran.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Report, runAll } from '../support/runner.js';

const test = suite('runner');

const folder = mkdtempSync(join(tmpdir(), 'squared-emd-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

async function reportOn(body: string, timeoutSeconds = 60): Promise<Report> {
  const file = join(folder, 'fixture.js');
  writeFileSync(
    file,
    `const { suite } = require(${JSON.stringify(require.resolve('uvu'))}); const test = suite('fixture');\n${body}`,
  );
  const reports: Report[] = [];
  await runAll([{ name: 'fixture', file }], 1, timeoutSeconds, (_, report) => reports.push(report));
  return reports[0];
}

const GOOD = "test('good', () => {});";
const BAD = "test('bad', () => { throw new Error('no'); });";

const CASES: [what: string, body: string, passed: number, failed: number, skipped: number, problem?: RegExp][] = [
  ['passes', `${GOOD}${GOOD} test.run();`, 2, 0, 0],
  ['fails', `${GOOD}${BAD} test.run();`, 1, 1, 0],
  ['forgets test.run()', `${GOOD}`, 0, 1, 0, /test\.run/],
  ['has no test', 'test.run();', 0, 1, 0, /no test/],
  ['does not load', "require('./missing.js');", 0, 1, 0, /without a summary/],
  ['is killed', `test('x', () => process.kill(process.pid, 'SIGSEGV')); test.run();`, 0, 1, 0, /SIGSEGV/],
  ['exits in a test', `test('x', () => process.exit(0)); test.run();`, 0, 1, 0, /without a summary/],
  [
    'exits with an error after its tests',
    `${GOOD} test.run(); process.on('exit', () => process.exit(3));`,
    1,
    1,
    0,
    /exited with 3/,
  ],
  ['leaves an only', `${GOOD} test.only('x', () => {}); test.run();`, 1, 1, 1, /only/],
  ['skips without a reason', `${GOOD} test.skip('x'); test.run();`, 1, 1, 1, /reasons/],
  ['skips for a reason', `${GOOD} console.log('SKIP x: no luck'); test.skip('x'); test.run();`, 1, 0, 1],
];

for (const [what, body, passed, failed, skipped, problem] of CASES) {
  test(`a file that ${what}`, async () => {
    const report = await reportOn(body);
    assert.equal([report.passed, report.failed, report.skipped], [passed, failed, skipped], report.output);
    if (problem) assert.match(report.problems.join(), problem);
    else assert.equal(report.problems, []);
  });
}

test('a file that hangs', async () => {
  const report = await reportOn(
    `${GOOD} test('x', () => new Promise(() => setInterval(() => {}, 1000))); test.run();`,
    1,
  );
  assert.is(report.failed, 1);
  assert.match(report.problems.join(), /SIGKILL/);
});

test('a pattern that matches no file', () => {
  const { status, stdout } = spawnSync(process.execPath, [join(__dirname, '../run.js'), 'no-such-suite'], {
    encoding: 'utf8',
  });
  assert.is(status, 1);
  assert.match(stdout, /\n0 passed, 0 failed\n$/);
});

test('a run that passes ends with the numbers', () => {
  const { status, stdout } = spawnSync(process.execPath, [join(__dirname, '../run.js'), 'covering'], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stdout);
  assert.match(stdout, /\n3 passed, 0 failed\n$/);
});

test.run();

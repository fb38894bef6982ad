// The benchmark's own checks: each peer that is there computes the same, reports and comparisons can be written, and the README
// shows a result that is in the repository.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { comparison, readResult } from '../bench/report/compare.js';
import { page } from '../bench/report/page.js';
import { withPerformance } from '../bench/report/readme.js';
import type { BenchResult } from '../bench/report/result.js';
import type { Timed } from '../bench/report/summary.js';
import { ranks } from '../bench/run/oracle.js';

const test = suite('benchmark');
const root = path.join(__dirname, '../..');

let result: BenchResult;

test('all peers that are there agree with the oracle in a small case of each kind', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'squared-emd-bench-'));
  try {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['dist/bench/main.js', '--quick', '--rows', '4', '--classes', '8', '--threads', '1', '--out', folder],
      { cwd: root, encoding: 'utf8' },
    );
    assert.is(status, 0, stderr);
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.json'));
    result = readResult(path.join(folder, file));
    const peers = result.groups.flatMap(({ cases }) => cases.flatMap(({ contenders }) => contenders));
    const names = new Set(peers.map(({ contender }) => contender.peer));
    for (const name of [
      'squared-emd',
      'plain JavaScript',
      'onnxruntime-node',
      'tfjs wasm',
      'tfjs cpu',
      'memory copy',
    ]) {
      assert.ok(names.has(name), `${name} is missing`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a page has the charts and every case', () => {
  const html = page(result);
  assert.is(html.match(/<svg/g)?.length, 4);
  for (const { name } of result.groups.flatMap(({ cases }) => cases)) assert.ok(html.includes(name), name);
});

test('a comparison shows what has changed beyond the noise, and nothing else', () => {
  assert.is(comparison(result, result).rows.length, 0);
  const slower = structuredClone(result);
  const [first] = slower.groups[0].cases;
  const subject = first.contenders.find(({ contender }) => contender.subject) as Timed;
  subject.samples = subject.samples.map((sample) => sample * 100);
  const { rows } = comparison(result, slower);
  assert.is(rows.length, 1);
  assert.ok(rows[0][0].startsWith(first.name), rows[0][0]);
  assert.ok(Number(rows[0][3]) < 0.1, rows[0][3]);
});

test('the table in the README is that of the result that it names', () => {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const file = /\(\[(bench\/results\/.*?\.json)\]/.exec(readme)?.[1];
  assert.ok(file, 'README.md names no result');
  const expected = withPerformance(readme, readResult(path.join(root, file as string)), file as string);
  const words = (text: string) => text.replaceAll(/[\s|-]+/g, ' '); // the formatter aligns tables
  assert.is(words(readme), words(expected));
});

test('ranks of the oracle: of equal distances the same', () => {
  // Classes at 0, 1, 2 on a line: from the middle both others are as far.
  const distances = Float64Array.of(0, 1, 2, 1, 0, 1, 2, 1, 0);
  assert.equal(Array.from(ranks(distances, 3)), [0, 0.5, 1, 0.5, 0, 0.5, 1, 0.5, 0]);
});

test.run();

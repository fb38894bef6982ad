// The benchmark's own checks: each peer that is there computes the same, reports and comparisons can be written, and the README
// shows a result that is in the repository.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { throughputChart } from '../../bench/report/charts.js';
import { comparison, readResult } from '../../bench/report/compare.js';
import { page } from '../../bench/report/page.js';
import { withPerformance } from '../../bench/report/readme.js';
import type { BenchResult } from '../../bench/report/result.js';
import type { Timed } from '../../bench/report/summary.js';
import { ranks } from '../../bench/run/oracle.js';
import { collisions, layoutsOf } from '../support/svg-layout.js';

const test = suite('benchmark');
const root = path.join(__dirname, '../../..');

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
  for (const { name } of result.groups.flatMap(({ cases }) => cases)) assert.ok(html.includes(name), name);
  assert.ok(layoutsOf(html).length > 0);
});

const RESULTS = path.join(root, 'bench/results');
const results = () => readdirSync(RESULTS).filter((name) => name.endsWith('.html'));

test('charts of results: no text lies over another, none is cut off, and all fit on a telephone', () => {
  const kept = results().map((name) => page(readResult(path.join(RESULTS, name.replace(/html$/, 'json')))));
  for (const html of [page(result), ...kept]) {
    for (const layout of layoutsOf(html)) {
      assert.ok(layout.width <= 370, `${layout.width} pixels`);
      assert.equal(collisions(layout), [], layout.texts.map(({ text }) => text).join(', '));
    }
  }
});

test('throughput: a panel shows one number of classes, each peer at a line of its own, the fastest first', () => {
  const [name] = results();
  const kept = readResult(path.join(RESULTS, name.replace(/html$/, 'json')));
  const panels = layoutsOf(throughputChart(kept));
  const titles = panels.map(({ texts }) => texts.map(({ text }) => text).find((text) => / classes, /.test(text)) ?? '');
  assert.is(new Set(titles).size, panels.length);
  const classes = titles.map((title) => Number.parseInt(title, 10));
  assert.equal(
    classes,
    [...classes].sort((a, b) => a - b),
  );
  assert.not(
    titles.some((title) => title.endsWith(' 1 row')),
    'what a call costs by itself is another chart',
  );
  for (const { texts } of panels) {
    const names = texts.filter(({ text }) => /^(squared-emd|PyTorch|plain JavaScript|memory copy)/.test(text));
    assert.ok(names.length >= 4);
    assert.is(new Set(names.map(({ top }) => top)).size, names.length);
    const times = texts.filter(({ text, left }) => /^[\d.]+( \/ [\d.]+)?$/.test(text) && left > 250);
    const best = times.map(({ text }) => Math.min(...text.split(' / ').map(Number)));
    assert.equal(
      best,
      [...best].sort((a, b) => a - b),
    );
  }
});

test('the page of a result is written again from its data', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'squared-emd-bench-'));
  try {
    const file = path.join(folder, 'again.json');
    writeFileSync(file, JSON.stringify(result));
    const { status, stderr } = spawnSync(process.execPath, ['dist/bench/page.js', file], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.is(status, 0, stderr);
    assert.is(readFileSync(path.join(folder, 'again.html'), 'utf8'), page(result));
  } finally {
    rmSync(folder, { recursive: true });
  }
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

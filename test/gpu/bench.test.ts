// The bench of the GPU, at sizes of which no time says anything: every case is verified, none is left out, and the result has all parts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { GpuResult } from '../../bench/gpu/report.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('bench on a GPU');

test('verifies and times every form, type and size', () => {
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-bench-'));
  try {
    const program = join(__dirname, '../../bench/gpu/main.js');
    const sizes = ['--classes', '2,10', '--bytes', '2000', '--rounds', '2', '--no-peers', '--out', folder];
    const { status, stderr } = spawnSync(process.execPath, [program, ...sizes], { encoding: 'utf8' });
    assert.is(status, 0, stderr);
    const [file] = readdirSync(folder);
    const result = JSON.parse(readFileSync(join(folder, file), 'utf8')) as GpuResult;
    assert.equal(result.left, []);
    assert.is(result.large.length, 2 * 3);
    assert.is(result.forms.length, 8 + 4 * 3);
    assert.is(result.small.length, 3);
    assert.is(result.features.length, 1);
    for (const one of [...result.large, ...result.forms]) assert.ok(one.loss.median > 0 && one.copy.median > 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();

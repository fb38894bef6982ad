// Batches whose arrays are larger than a binding may be, on a device that binds little.
import * as assert from 'uvu/assert';
import { type GpuDevice, WebGpuEmdLoss } from '../../lib/webgpu.js';
import { type Description, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { checkResult } from '../support/check.js';
import { rejects } from '../support/errors.js';
import { seed } from '../support/scale.js';
import { counting } from './support/counting.js';
import { webGpuSuite } from './support/device.js';
import { arraysOf, evaluateOnWebGpu, lossOptions } from './support/webgpu-call.js';

const test = webGpuSuite('batches larger than bindings on WebGPU');

const LIMIT = 4096;

const binding = (device: GpuDevice): GpuDevice =>
  new Proxy(device, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'limits') {
        return { ...{ minStorageBufferOffsetAlignment: 256 }, maxStorageBufferBindingSize: LIMIT };
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const CHOSEN: Partial<Description>[] = [
  { classes: 10, rows: 333, mix: 'both' },
  { classes: 10, rows: 1400, inner: 'some', weights: 'both', targets: 'distribution' },
  { classes: 3, rows: 700, ignore: true, reduction: 'none', upstream: 'rows' },
  { classes: 100, rows: 31, ground: 'tree-random', weights: 'sample' },
  { classes: 900, rows: 5, ground: 'circular', input: 'probabilities', reduction: 'sum' },
];

test('results of the oracle, in parts', async (device) => {
  for (const [i, chosen] of CHOSEN.entries()) {
    const problem = makeProblem({ ...PLAIN, mood: 'peaked', ...chosen }, seed + i);
    const what = JSON.stringify(chosen);
    checkResult(problem, await evaluateOnWebGpu(binding(device), problem, { offset: 8 }), what, WEBGPU);
    checkResult(problem, await evaluateOnWebGpu(binding(device), problem, { inPlace: true }), what, WEBGPU);
  }
});

test('a product of more rows than its space has room for, all of them side by side', async (device) => {
  const [classes, rows] = [70, 60_000];
  const base = makeProblem({ ...PLAIN, classes, rows: 3, ground: 'energy', mood: 'calm' }, seed);
  const { predictions, targets } = base;
  const spread = Float32Array.from({ length: classes * rows }, (_, i) => {
    const [c, b] = [Math.floor(i / rows), i % rows];
    return (predictions as Float32Array)[(b % 3) * classes + c];
  });
  const labels = Int32Array.from({ length: rows }, (_, b) => Number(targets.values[b % 3]));
  const problem = { ...base, predictions: spread, inner: rows, targets: { kind: 'index' as const, values: labels } };
  const { losses } = await evaluateOnWebGpu(device, { ...problem, reduction: 'none' }, { without: 'gradient' });
  const expected = (await evaluateOnWebGpu(device, { ...base, reduction: 'none' })).losses as Float32Array;
  for (const b of [0, 1, 2, 30_000, 59_999]) assert.is(losses?.[b], expected[b % 3], `row ${b}`);
});

test('no binding is larger, and each row is bound once', async (plain) => {
  const { device, counts } = counting(plain);
  const problem = makeProblem({ ...PLAIN, classes: 10, rows: 333 }, seed);
  const loss = new WebGpuEmdLoss(binding(device), lossOptions(problem));
  loss.encode(device.createCommandEncoder(), arraysOf(device, problem, { without: 'losses' }));
  const bytes = problem.predictions.length * 4;
  assert.is(counts.dispatches, Math.ceil(bytes / (LIMIT - 256)));
  assert.ok(counts.written <= bytes + 256 * counts.dispatches, `${counts.written} bytes are written`);
});

test('labels that are none, and rows that are not finite, have their place in the batch', async (device) => {
  const rows = Array.from({ length: 300 }, () => Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7));
  const labels = rows.map((_, b) => b % 8);
  rows[250][3] = Number.NaN;
  const { nonFinite, firstNonFinite } = await evaluateOnWebGpu(binding(device), problemOf(rows, labels));
  assert.equal([nonFinite, firstNonFinite], [1, 250]);
  labels[277] = 9;
  await rejects(
    () => evaluateOnWebGpu(binding(device), problemOf(rows, labels)),
    RangeError,
    /^targets\[277\]: expected .* received 9/,
  );
});

test('a row that alone is too large is refused', async (device) => {
  const problem = makeProblem({ ...PLAIN, classes: 1025, rows: 1 }, seed);
  await rejects(
    () => evaluateOnWebGpu(binding(device), problem),
    RangeError,
    /^predictions: expected at most 4096 bytes of one GPUBuffer \(maxStorageBufferBindingSize\), received 4100/,
  );
});

test.run();

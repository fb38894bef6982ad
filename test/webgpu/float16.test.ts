// float16 predictions and gradients on WebGPU, on a device without `shader-f16`.
// runner: 15 s
import * as assert from 'uvu/assert';
import { fromFloat16, toFloat16 } from '../../lib/gpu/float16.js';
import { type GpuBuffer, type GpuDevice, WebGpuEmdLoss } from '../../lib/webgpu.js';
import { optionsOf, targetsOf } from '../../shared/oracle/call.js';
import { norm } from '../../shared/oracle/numbers.js';
import { oracle, type Problem } from '../../shared/oracle/oracle.js';
import { type Description, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { lossBound, WEBGPU } from '../../shared/oracle/tolerances.js';
import { gradientRow } from '../support/check.js';
import { seed } from '../support/scale.js';
import { webGpuSuite } from './support/device.js';
import { download, lossOptions, upload } from './support/webgpu-call.js';

const test = webGpuSuite('float16 on WebGPU');

const halves = (values: ArrayLike<number>): Uint16Array => {
  const bits = new Uint16Array(values.length + (values.length & 1)).fill(0x1234); // what comes behind stays as it is
  toFloat16(Float32Array.from(values), bits.subarray(0, values.length));
  return bits;
};

/** The problem with predictions that are float16 numbers. */
const rounded = (problem: Problem): Problem => ({
  ...problem,
  predictions: fromFloat16(halves(problem.predictions).subarray(0, problem.predictions.length)),
});

async function evaluateHalves(device: GpuDevice, problem: Problem, inPlace: boolean) {
  const { sampleWeights, upstream } = optionsOf(problem);
  const count = problem.predictions.length;
  const predictions = upload(device, halves(problem.predictions), 4);
  const gradient = inPlace ? predictions : upload(device, halves(new Float32Array(count).fill(7)), 4);
  const loss = new WebGpuEmdLoss(device, lossOptions(problem));
  const put = (values: unknown) => (values instanceof Float32Array ? upload(device, values) : undefined);
  const rows = count / problem.classes;
  const losses = upload(device, new Float32Array(rows));
  const result = await loss.evaluate({
    predictions: { buffer: predictions, offset: 4 },
    type: 'float16',
    targets: upload(device, targetsOf(problem.targets)),
    targetType: problem.targets.kind === 'index' ? 'int32' : 'distribution',
    rows,
    gradient: { buffer: gradient, offset: 4 },
    losses,
    sampleWeights: put(sampleWeights),
    upstream: typeof upstream === 'number' ? upstream : (put(upstream) as GpuBuffer | undefined),
  });
  const bits = new Uint16Array(await download(device, gradient), 4);
  if (count % 2 === 1) assert.is(bits[count], 0x1234, 'the half behind the last one');
  loss.dispose();
  return {
    ...result,
    gradient: fromFloat16(bits.subarray(0, count)),
    losses: new Float32Array(await download(device, losses), 0, rows),
  };
}

/** As exact as float32, but for the rounding of each entry. */
function check(problem: Problem, actual: Awaited<ReturnType<typeof evaluateHalves>>, what: string): void {
  const expected = oracle(problem);
  expected.losses.forEach((value, b) => {
    const near = Math.abs(actual.losses[b] - value) <= lossBound(problem, expected.details[b], WEBGPU);
    assert.ok(
      Object.is(actual.losses[b], value) || near,
      `${what}: loss of row ${b}: ${actual.losses[b]}, not ${value}`,
    );
    const wanted = gradientRow(problem, expected.gradient, b);
    const error = gradientRow(problem, actual.gradient, b).map((g, c) => Math.abs(g - wanted[c]));
    const rounding = wanted.map((g) => Math.max(2 ** -25, Math.abs(g) * 2 ** -11));
    assert.ok(
      norm(error) <= norm(rounding) + 4e-5 * norm(wanted) || wanted.every(Number.isNaN),
      `${what}: gradient of row ${b}: off by ${norm(error)}`,
    );
  });
}

const CHOSEN: Partial<Description>[] = [
  { classes: 7, rows: 67, mix: 'both' },
  { classes: 65, rows: 33, ground: 'circular-gaps', weights: 'both' },
  { classes: 101, rows: 21, inner: 'some', targets: 'distribution' },
  { classes: 301, rows: 5, ground: 'tree-random', input: 'probabilities' },
  { classes: 999, rows: 3, ground: 'ordered-gaps', reduction: 'none', upstream: 'rows' },
  { classes: 4001, rows: 3, mix: 'both' },
  { classes: 16_401, rows: 2 },
];

test('losses as exact as in float32, gradients rounded once, odd numbers of classes, also in place', async (device) => {
  for (const [i, chosen] of CHOSEN.entries()) {
    const problem = rounded(makeProblem({ ...PLAIN, mood: 'calm', ...chosen }, seed + i));
    const what = JSON.stringify(chosen);
    const result = await evaluateHalves(device, problem, false);
    check(problem, result, what);
    const again = await evaluateHalves(device, problem, true);
    assert.equal(again.gradient, result.gradient, `${what}, in place`);
  }
});

test('every float16 number is read, also those below 6e-5, infinities and NaN', async (device) => {
  const every = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const values = fromFloat16(every);
  // As the probability of a class of its own row: E = (p - 1)^2 + p_2^2 tells it.
  const rows = Array.from(values, (p) => Float32Array.of(p, 0, 0));
  const problem = problemOf(rows, new Array(rows.length).fill(0), { input: 'probabilities', reduction: 'sum' });
  const { losses } = await evaluateHalves(device, problem, false);
  values.forEach((p, i) => {
    const expected = Number.isFinite(p) ? 2 * (p - 1) ** 2 : Number.NaN;
    const isNear = Math.abs(losses[i] - expected) <= 1e-6 * expected;
    assert.ok(
      Number.isNaN(expected) ? Number.isNaN(losses[i]) : isNear,
      `${i}: ${p} gives ${losses[i]}, not ${expected}`,
    );
  });
});

test('gradients beyond 65504 become infinite, those below 3e-8 zero, NaN stays NaN', async (device) => {
  for (const [upstream, expected] of [
    [1e6, Infinity],
    [-1e6, -Infinity],
    [1e-9, 0],
  ]) {
    const problem = problemOf([Float32Array.of(0, 1)], [0], { upstream });
    const { gradient } = await evaluateHalves(device, problem, false);
    assert.ok(
      Math.abs(gradient[1]) === Math.abs(expected) && Math.sign(gradient[1] || 0) === Math.sign(expected),
      `${gradient}`,
    );
  }
  const { gradient } = await evaluateHalves(
    device,
    problemOf([Float32Array.of(Number.NaN, 1), Float32Array.of(0, 1)], [0, 0]),
    true,
  );
  assert.equal(Array.from(gradient, Number.isNaN), [true, true, false, false]);
});

test.run();

// What a call asks of the device, and what it leaves alone: dispatches, memory, readbacks, other work in the same encoder.
// runner: 15 s
import * as assert from 'uvu/assert';
import { WebGpuEmdLoss } from '../../lib/webgpu.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import { type Description, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { sameBits } from '../support/bits.js';
import { checkResult } from '../support/check.js';
import { rejects } from '../support/errors.js';
import { seed } from '../support/scale.js';
import { counting } from './support/counting.js';
import { newDevice, webGpuSuite } from './support/device.js';
import { arraysOf, evaluateOnWebGpu, floatsAt, lossOptions, upload } from './support/webgpu-call.js';

const test = webGpuSuite('calls on WebGPU');

const make = (change: Partial<Description>) => makeProblem({ ...PLAIN, mix: 'both', mood: 'calm', ...change }, seed);
/** The sizes of each form. */
const SIZES = [8, 200, 3900, 16_400];

for (const classes of SIZES) {
  test(`${classes} classes: two dispatches, each of predictions and gradient bound once`, async (plain) => {
    const { device, counts } = counting(plain);
    const problem = make({ classes, rows: 3 });
    const loss = new WebGpuEmdLoss(device, lossOptions(problem));
    const lossOut = upload(device, new Float32Array(8));
    const arrays = { ...arraysOf(device, problem, { without: 'losses' }), lossOut };
    loss.encode(device.createCommandEncoder(), arrays);
    assert.is(counts.dispatches, 2);
    assert.is(counts.pipelines, 2);
    const row = 3 * classes * 4;
    assert.ok(counts.read <= row + 3 * 4 + 64, `${counts.read} bytes are read`);
    assert.ok(counts.written <= row + 2 * 1024, `${counts.written} bytes are written`);
    assert.equal([counts.copies, counts.maps, counts.submits], [0, 0, 0]);
  });
}

/** In each form; on which devices does not matter to long rows. */
const WEIGHTED: [classes: number, rows: number, dispatches: number][] = [
  [8, 512, 2],
  [8, 513, 3],
  [70, 512, 2],
  [70, 513, 3],
  [300, 21, 2],
  [4000, 9, 2],
];

for (const [classes, rows, dispatches] of WEIGHTED) {
  test(`the mean of ${rows} weighted rows of ${classes} classes: ${dispatches} dispatches`, async (plain, capable) => {
    const problem = make({ classes, rows, weights: 'both', ignore: true });
    const { device, counts } = counting(plain);
    const loss = new WebGpuEmdLoss(device, lossOptions(problem));
    const lossOut = upload(device, new Float32Array(8));
    loss.encode(device.createCommandEncoder(), { ...arraysOf(device, problem), lossOut });
    assert.is(counts.dispatches, dispatches);
    for (const own of [plain, capable]) {
      checkResult(problem, await evaluateOnWebGpu(own, problem), 'all', WEBGPU);
      const { gradient } = await evaluateOnWebGpu(own, problem, { without: 'losses' });
      checkResult(problem, { ...(await evaluateOnWebGpu(own, problem)), gradient }, 'the gradient alone', WEBGPU);
    }
  });
}

test('a second call makes neither buffers nor pipelines; other losses share those of the device', (plain) => {
  const { device, counts } = counting(plain);
  const problem = make({ weights: 'both', ignore: true });
  const loss = new WebGpuEmdLoss(device, lossOptions(problem));
  const arrays = arraysOf(device, problem);
  loss.encode(device.createCommandEncoder(), arrays);
  const { buffers, pipelines } = counts;
  loss.encode(device.createCommandEncoder(), arrays);
  assert.equal([counts.buffers, counts.pipelines], [buffers, pipelines]);
  new WebGpuEmdLoss(device, lossOptions(problem)).encode(device.createCommandEncoder(), arrays);
  assert.is(counts.pipelines, pipelines);
});

test('a ground distance for which there is no memory changes nothing', async (device) => {
  let isFull = false;
  const full = new Proxy(device, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return name === 'createBuffer' && isFull
        ? () => {
            throw new RangeError('createBuffer: out of memory');
          }
        : value.bind(target);
    },
  });
  const problem = make({ ground: 'ordered-gaps', rows: 3 });
  const loss = new WebGpuEmdLoss(full, lossOptions(problem));
  const arrays = arraysOf(device, problem);
  const { loss: before } = await loss.evaluate(arrays);
  const { groundDistance } = loss;
  isFull = true;
  assert.throws(() => {
    loss.groundDistance = { kind: 'ordered', gaps: new Array(7).fill(10) };
  }, /out of memory/);
  isFull = false;
  assert.is(loss.groundDistance, groundDistance);
  assert.is((await loss.evaluate(arrays)).loss, before);
});

test('dispose destroys all that the loss has made', (device) => {
  let alive = 0;
  const watched = new Proxy(device, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'createBuffer') return value.bind(target);
      return (descriptor: object) => {
        const buffer = value.call(target, descriptor);
        alive++;
        const destroy = buffer.destroy.bind(buffer);
        buffer.destroy = () => {
          alive--;
          destroy();
        };
        return buffer;
      };
    },
  });
  const problem = make({ ground: 'energy', weights: 'both', classes: 70 });
  const loss = new WebGpuEmdLoss(watched, lossOptions(problem));
  loss.encode(device.createCommandEncoder(), arraysOf(device, problem));
  assert.ok(alive > 2, `${alive} buffers`);
  loss.dispose();
  assert.is(alive, 0);
});

test('prepare compiles in the background all that a call then needs', async (plain) => {
  const { device, counts } = counting(plain);
  const problem = make({ weights: 'both', classes: 11 });
  const loss = new WebGpuEmdLoss(device, lossOptions(problem));
  const arrays = { ...arraysOf(device, problem), lossOut: upload(device, new Float32Array(8)) };
  await Promise.all([loss.prepare(arrays), loss.prepare(arrays)]);
  assert.equal([counts.pipelines, counts.dispatches, counts.submits], [0, 0, 0]);
  loss.encode(device.createCommandEncoder(), arrays);
  assert.equal([counts.pipelines, counts.dispatches], [0, 2]);
  await rejects(() => loss.prepare({ ...arrays, rows: 1.5 }), RangeError, /^rows: expected an integer/);
});

test('evaluate submits once and reads 32 bytes back', async (plain) => {
  const { device, counts } = counting(plain);
  const problem = make({});
  const loss = new WebGpuEmdLoss(device, lossOptions(problem));
  const arrays = arraysOf(device, problem);
  await loss.evaluate(arrays);
  assert.equal([counts.submits, counts.copies, counts.maps], [1, 1, 1]);
  const { buffers } = counts;
  await loss.evaluate(arrays);
  assert.is(counts.buffers, buffers, 'buffers of the second');
});

/** Records into one encoder, submits it, and gives what `lossOut` then holds. */
async function recorded(device: Parameters<Parameters<typeof test>[1]>[0], problems: Problem[]): Promise<number[]> {
  const encoder = device.createCommandEncoder();
  const outs = problems.map((problem) => {
    const lossOut = upload(device, new Float32Array(8));
    new WebGpuEmdLoss(device, lossOptions(problem)).encode(encoder, { ...arraysOf(device, problem), lossOut });
    return lossOut;
  });
  device.queue.submit([encoder.finish() as never]);
  return Promise.all(outs.map(async (out) => (await floatsAt(device, out, 0, 1))[0]));
}

test('calls in one encoder, of other sizes and options: each reads its own numbers', async (device) => {
  const problems = [make({ rows: 5 }), make({ rows: 9, upstream: 'scalar', weights: 'both' }), make({ classes: 100 })];
  const together = await recorded(device, problems);
  for (const [i, problem] of problems.entries()) assert.equal(await recorded(device, [problem]), [together[i]]);
});

test('calls of one loss whose numbers differ, recorded before any is submitted', async (device) => {
  const problem = make({ rows: 4, reduction: 'sum' });
  const loss = new WebGpuEmdLoss(device, lossOptions(problem));
  const encoder = device.createCommandEncoder();
  const calls = Array.from({ length: 80 }, (_, i) => ({ ...arraysOf(device, problem), upstream: i + 1 }));
  for (const arrays of calls) loss.encode(encoder, arrays);
  device.queue.submit([encoder.finish() as never]);
  const gradients = await Promise.all(
    calls.map(({ gradient }) => floatsAt(device, (gradient as { buffer: never }).buffer, 0, 32)),
  );
  for (const [i, gradient] of gradients.entries()) {
    assert.ok(Math.abs(gradient[3] - (i + 1) * gradients[0][3]) <= 1e-6 * Math.abs(gradient[3]), `call ${i}`);
  }
});

test('evaluations at the same time', async (device) => {
  const problem = make({ rows: 20, weights: 'sample' });
  const loss = new WebGpuEmdLoss(device, lossOptions(problem));
  const results = await Promise.all(Array.from({ length: 5 }, () => loss.evaluate(arraysOf(device, problem))));
  for (const { loss: value } of results) assert.is(value, results[0].loss);
});

test('all arrays in one buffer, close together', async (device) => {
  const problem = make({ rows: 6, classes: 9, weights: 'sample' });
  const separate = await evaluateOnWebGpu(device, problem);
  const [elements, rows] = [54, 6];
  const counts = {
    predictions: elements,
    targets: rows,
    sampleWeights: rows,
    gradient: elements,
    losses: rows,
    lossOut: 8,
  };
  const arena = new Float32Array(elements * 2 + rows * 3 + 8 + 1);
  const at: Record<string, number> = {};
  let next = 1;
  for (const [name, count] of Object.entries(counts)) {
    at[name] = next;
    next += count;
  }
  arena.set(problem.predictions, at.predictions);
  new Int32Array(arena.buffer).set(Array.from(problem.targets.values, Number), at.targets);
  arena.set(problem.sampleWeights!, at.sampleWeights);
  const buffer = upload(device, arena);
  const part = (name: keyof typeof counts) => ({ buffer, offset: at[name] * 4, size: counts[name] * 4 });
  const result = await new WebGpuEmdLoss(device, lossOptions(problem)).evaluate({
    predictions: part('predictions'),
    targets: part('targets'),
    targetType: 'int32',
    rows,
    sampleWeights: part('sampleWeights'),
    gradient: part('gradient'),
    losses: part('losses'),
    lossOut: part('lossOut'),
  });
  assert.is(result.loss, separate.loss);
  sameBits(await floatsAt(device, buffer, at.gradient * 4, elements), separate.gradient, 'gradient');
  sameBits(await floatsAt(device, buffer, at.losses * 4, rows), separate.losses, 'losses');
  sameBits(await floatsAt(device, buffer, at.predictions * 4, elements), problem.predictions, 'predictions');
});

test('two devices, one ground distance', async (device) => {
  const other = await newDevice();
  const problem = make({ ground: 'ordered-gaps', weights: 'class' });
  const [a, b] = [await evaluateOnWebGpu(device, problem), await evaluateOnWebGpu(other, problem)];
  sameBits(a.gradient, b.gradient, 'gradient');
});

test('more rows than are worked on side by side', async (device) => {
  const problem = make({ classes: 2, rows: 70_001, weights: 'sample', mix: 'emd' });
  checkResult(problem, await evaluateOnWebGpu(device, problem), '70,001 rows', WEBGPU);
});

test('another ground distance between calls', async (device) => {
  const problem = make({ ground: 'ordered-gaps' });
  const { groundDistance, ...options } = lossOptions(problem);
  const loss = new WebGpuEmdLoss(device, options);
  assert.equal(loss.groundDistance, { kind: 'ordered' });
  await loss.evaluate(arraysOf(device, problem));
  loss.groundDistance = groundDistance!;
  assert.is(loss.groundDistance, groundDistance);
  const { loss: value } = await loss.evaluate(arraysOf(device, problem));
  assert.is(value, (await evaluateOnWebGpu(device, problem)).loss);
});

test.run();

// emdLossAsync on tensors of onnxruntime-web that are in GPU buffers, in Chromium.
// runner: 15 s
import { dirname } from 'node:path';
import type { Tensor } from 'onnxruntime-common';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fromFloat16 } from '../../lib/gpu/float16.js';
import { emdLoss, type GroundDistanceJSON } from '../../lib/index.js';
import type * as adapter from '../../lib/onnxruntime.js';
import { OnnxGraph } from '../../lib/onnxruntime.js';
import { bundleText } from '../../shared/bundle-page.js';
import { noChromium, openSite } from '../../shared/chromium.js';
import { optionsOf } from '../../shared/oracle/call.js';
import { type Description, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { checkResult } from '../support/check.js';
import { seed } from '../support/scale.js';
import { skip } from '../support/skip.js';

const test = suite('onnxruntime on GPU buffers');

/** Globals of the page. */
declare const ort: typeof import('onnxruntime-common');
declare const squaredEmd: typeof adapter;
declare const downloads: number[];
declare const device: GPUDevice;

const SCRIPT = `
  const mapAsync = GPUBuffer.prototype.mapAsync;
  globalThis.downloads = [];
  GPUBuffer.prototype.mapAsync = function (...given) {
    downloads.push(this.size);
    return mapAsync.apply(this, given);
  };
  globalThis.ready = (async () => {
    globalThis.ort = await import('/ort.webgpu.bundle.min.mjs');
    ort.env.wasm.numThreads = 1;
    const adapter = await navigator.gpu.requestAdapter();
    globalThis.device = await adapter.requestDevice();
  })();`;

async function withOrtPage(use: (page: Page) => Promise<void>): Promise<void> {
  const bundle = bundleText(
    "import * as squaredEmd from 'squared-emd/onnxruntime'; Object.assign(globalThis, { squaredEmd });",
  );
  const site = await openSite(dirname(require.resolve('onnxruntime-web')), {
    '/squared-emd.js': { text: bundle },
    '/': { text: `<!doctype html><script src="/squared-emd.js"></script><script>${SCRIPT}</script>` },
  });
  try {
    const page = await site.open('/');
    await page.evaluate('ready');
    await use(page);
  } finally {
    await site.close();
  }
}

function check(name: string, body: (page: Page) => Promise<void>): void {
  const reason = noChromium();
  if (reason) skip(test, name, reason);
  else test(name, () => withOrtPage(body));
}

/** `logits = features weights`, and `slopes = features^T gradient`. */
function layer(name: 'forward' | 'backward', features: number, classes: number): string {
  const graph = new OnnxGraph(name);
  const x = graph.input('features', 'float32', ['rows', features]);
  if (name === 'forward') {
    const weights = graph.input('weights', 'float32', [features, classes]);
    graph.output('logits', graph.add('MatMul', [x, weights]), 'float32', ['rows', classes]);
  } else {
    const gradient = graph.input('gradient', 'float32', ['rows', classes]);
    const transposed = graph.add('Transpose', [x], { perm: [1, 0] });
    graph.output('slopes', graph.add('MatMul', [transposed, gradient]), 'float32', [features, classes]);
  }
  return Buffer.from(graph.encode()).toString('base64');
}

check('a head is trained: logits and gradient stay on the GPU, the losses are those of Node.js', async (page) => {
  const [rows, features, classes, steps] = [32, 6, 12, 20];
  const inputs = Array.from({ length: rows * features }, (_, i) => Math.fround(Math.sin(i * i)));
  const labels = Array.from({ length: rows }, (_, b) => Math.floor(6 + 5.9 * Math.sin(3 * inputs[b * features])));
  const models = { forward: layer('forward', features, classes), backward: layer('backward', features, classes) };
  const { losses, read } = await page.evaluate(
    async ({ models, inputs, labels, sizes: [rows, features, classes, steps] }) => {
      const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      const options = {
        executionProviders: [{ name: 'webgpu', device }],
        preferredOutputLocation: 'gpu-buffer',
      } as unknown as Parameters<typeof ort.InferenceSession.create>[1];
      const forward = await ort.InferenceSession.create(bytes(models.forward), options);
      const backward = await ort.InferenceSession.create(bytes(models.backward), options);
      const x = new ort.Tensor('float32', Float32Array.from(inputs), [rows, features]);
      const y = new ort.Tensor('int32', Int32Array.from(labels), [rows]);
      const weights = new Float32Array(features * classes);
      const losses: number[] = [];
      let read: number[] = [];
      for (let step = 0; step < steps; step++) {
        const { logits } = await forward.run({
          features: x,
          weights: new ort.Tensor('float32', weights, [features, classes]),
        });
        downloads.length = 0;
        const { loss, gradient } = await squaredEmd.emdLossAsync(logits, y, {
          gpuDevice: device as never,
          crossEntropyWeight: 1,
          emdWeight: 2,
        });
        read = [...read, ...downloads];
        losses.push(loss);
        const { slopes } = await backward.run({ features: x, gradient: gradient as Tensor });
        const change = (await slopes.getData()) as Float32Array;
        change.forEach((slope, i) => {
          weights[i] -= 0.1 * slope;
        });
        for (const tensor of [logits, gradient as Tensor, slopes]) tensor.dispose();
      }
      return { losses, read };
    },
    { models, inputs, labels, sizes: [rows, features, classes, steps] as const },
  );
  assert.equal(read, new Array(steps).fill(32), 'eight numbers are read in each step');

  const weights = new Float32Array(features * classes);
  for (let step = 0; step < steps; step++) {
    const logits = Float32Array.from({ length: rows * classes }, (_, i) => {
      const [b, c] = [Math.floor(i / classes), i % classes];
      let sum = 0;
      for (let f = 0; f < features; f++) sum += inputs[b * features + f] * weights[f * classes + c];
      return sum;
    });
    const { loss, gradient } = emdLoss(logits, labels, { classes, crossEntropyWeight: 1, emdWeight: 2 });
    assert.ok(Math.abs(losses[step] - loss) <= 1e-5 * loss, `step ${step}: ${losses[step]}, not ${loss}`);
    for (let i = 0; i < weights.length; i++) {
      const [f, c] = [Math.floor(i / classes), i % classes];
      for (let b = 0; b < rows; b++) weights[i] -= 0.1 * inputs[b * features + f] * gradient[b * classes + c];
    }
  }
  assert.ok(losses[steps - 1] < 0.85 * losses[0], `${losses}`);
});

const PROBLEMS: Partial<Description>[] = [
  { classes: 10, mix: 'both' },
  { classes: 70, ground: 'circular-gaps', inner: 'all', weights: 'both' },
  { classes: 5, ground: 'tree-random', targets: 'distribution', reduction: 'none', upstream: 'rows' },
  { classes: 300, ground: 'energy', rows: 2, power: 2, reduction: 'sum', upstream: 'scalar' },
];

check('labels, weights and outputs anywhere: results of the oracle', async (page) => {
  for (const [i, chosen] of PROBLEMS.entries()) {
    const problem = makeProblem({ ...PLAIN, rows: 6, mood: 'peaked', ...chosen }, seed + i);
    const {
      groundDistance,
      sampleWeights,
      upstream,
      classWeights,
      inner = 1,
      classes,
      ...options
    } = optionsOf(problem);
    const rows = problem.predictions.length / classes;
    for (const onGpu of [true, false]) {
      const result = await page.evaluate(
        async ({ options, ground, numbers, dims, rowDims, isDistribution, onGpu }) => {
          const gpu = (type: string, values: Float32Array | Int32Array, dims: number[]) => {
            const size = Math.ceil(values.byteLength / 16) * 16;
            const buffer = device.createBuffer({ size, usage: 4 | 8 | 128 });
            device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
            return ort.Tensor.fromGpuBuffer(buffer as never, { dataType: type as 'float32', dims });
          };
          const put = (type: string, values: number[] | undefined, dims: number[]) => {
            if (values === undefined) return undefined;
            const array = type === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
            return onGpu ? gpu(type, array, dims) : new ort.Tensor(type as 'float32', array as Float32Array, dims);
          };
          const logits = gpu('float32', Float32Array.from(numbers.predictions), dims);
          const labels = put(isDistribution ? 'float32' : 'int32', numbers.targets, isDistribution ? dims : rowDims);
          const losses = gpu('float32', new Float32Array(numbers.rows), rowDims);
          const { loss, gradient, ...result } = await squaredEmd.emdLossAsync(logits as never, labels as never, {
            ...options,
            groundDistance: ground as never,
            axis: 1,
            classWeights: numbers.classWeights,
            sampleWeights: put('float32', numbers.sampleWeights, rowDims) as never,
            upstream: (Array.isArray(numbers.upstream)
              ? put('float32', numbers.upstream, rowDims)
              : numbers.upstream) as never,
            // In place; the bytes come back through a tensor that is made.
            gradient: onGpu ? true : (logits as never),
            losses: losses as never,
            gpuDevice: device as never,
          });
          const read = async (tensor: unknown) => {
            const { gpuBuffer, size } = tensor as { gpuBuffer: GPUBuffer; size: number };
            const landing = device.createBuffer({ size: gpuBuffer.size, usage: 1 | 8 });
            const encoder = device.createCommandEncoder();
            encoder.copyBufferToBuffer(gpuBuffer, 0, landing, 0, gpuBuffer.size);
            device.queue.submit([encoder.finish()]);
            await landing.mapAsync(1);
            return Array.from(new Float32Array(landing.getMappedRange(), 0, size));
          };
          const slopes = await read(gradient);
          const same = onGpu ? Array.from((await (gradient as unknown as Tensor).getData()) as Float32Array) : slopes;
          if (slopes.some((g, i) => !Object.is(g, same[i]))) throw new Error('getData() has other numbers');
          return { ...result, loss, gradient: slopes, losses: await read(losses) };
        },
        {
          options: options as object,
          ground: (groundDistance as { toJSON(): GroundDistanceJSON } | undefined)?.toJSON(),
          numbers: {
            rows,
            predictions: Array.from(problem.predictions),
            targets: Array.from(problem.targets.values as ArrayLike<number>, Number),
            classWeights: classWeights && Array.from(classWeights as Float32Array),
            sampleWeights: sampleWeights && Array.from(sampleWeights as Float32Array),
            upstream: typeof upstream === 'object' ? Array.from(upstream as Float32Array) : upstream,
          },
          dims: inner === 1 ? [rows, classes] : [rows / inner, classes, inner],
          rowDims: inner === 1 ? [rows] : [rows / inner, inner],
          isDistribution: problem.targets.kind === 'distribution',
          onGpu,
        },
      );
      const [gradient, losses] = [Float32Array.from(result.gradient), Float32Array.from(result.losses)];
      checkResult(
        problem,
        { ...result, gradient, losses } as never,
        `${JSON.stringify(chosen)}, on the GPU: ${onGpu}`,
        WEBGPU,
      );
    }
  }
});

check('float16: gradient and logits are float16 tensors', async (page) => {
  const { loss, type, gradient } = await page.evaluate(async () => {
    // 0, 1, 2 and 2, 0, 1
    const bits = Uint16Array.of(0, 0x3c00, 0x4000, 0x4000, 0, 0x3c00);
    const buffer = device.createBuffer({ size: 16, usage: 4 | 8 | 128 });
    device.queue.writeBuffer(buffer, 0, bits);
    const logits = ort.Tensor.fromGpuBuffer(buffer as never, { dataType: 'float16', dims: [2, 3] });
    const labels = new ort.Tensor('int32', Int32Array.of(0, 2), [2]);
    const result = await squaredEmd.emdLossAsync(logits as never, labels, { gpuDevice: device as never });
    const made = result.gradient as unknown as Tensor;
    const data = (await made.getData()) as unknown as { buffer: ArrayBuffer };
    return { loss: result.loss, type: made.type, gradient: Array.from(new Uint16Array(data.buffer)) };
  });
  const expected = emdLoss(Float32Array.of(0, 1, 2, 2, 0, 1), [0, 2], { classes: 3 });
  assert.is(type, 'float16');
  assert.ok(Math.abs(loss - expected.loss) < 1e-5, `${loss}`);
  fromFloat16(Uint16Array.from(gradient)).forEach((g, i) => {
    assert.ok(Math.abs(g - expected.gradient[i]) <= 2 ** -11 * Math.abs(expected.gradient[i]) + 1e-5, `${g}`);
  });
});

check('errors name the argument', async (page) => {
  const messages = await page.evaluate(async () => {
    const gpuDevice = device as never;
    const cpu = new ort.Tensor('float32', new Float32Array(6), [2, 3]);
    const buffer = device.createBuffer({ size: 32, usage: 4 | 8 | 128 }) as never;
    const logits = ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [2, 3] }) as unknown as Tensor;
    const other = device.createBuffer({ size: 32, usage: 4 | 8 | 128 }) as never;
    const soft = ort.Tensor.fromGpuBuffer(other, { dataType: 'float32', dims: [2, 3] }) as unknown as Tensor;
    const double = ort.Tensor.fromGpuBuffer(buffer, { dataType: 'int32', dims: [2, 3] }) as unknown as Tensor;
    const labels = (...values: number[]) => new ort.Tensor('int32', Int32Array.from(values), [values.length]);
    const calls: (() => Promise<unknown>)[] = [
      () => squaredEmd.emdLossAsync(cpu, labels(0, 1), { gpuDevice }),
      () => squaredEmd.emdLossAsync(logits, labels(0, 1)),
      () => squaredEmd.emdLossAsync(double, labels(0, 1), { gpuDevice }),
      () => squaredEmd.emdLossAsync(logits, labels(0, 3), { gpuDevice }),
      () => squaredEmd.emdLossAsync(logits, labels(0), { gpuDevice }),
      () => squaredEmd.emdLossAsync(logits, labels(0, 1), { gpuDevice: {} as never }),
      () => squaredEmd.emdLossAsync(logits, labels(0, 1), { gpuDevice, gradient: cpu }),
      () => squaredEmd.emdLossAsync(logits, labels(0, 1), { gpuDevice, sampleWeights: Float32Array.of(1, -1) }),
      () => squaredEmd.emdLossAsync(logits, labels(0, 1), { gpuDevice, threads: 2 }),
      () => squaredEmd.emdLossAsync(logits, soft, { gpuDevice, gradient: soft }),
    ];
    return Promise.all(
      calls.map((call) =>
        call().then(
          () => 'no error',
          (error: Error) => `${error.name} ${error.message}`,
        ),
      ),
    );
  });
  const expected = [
    /^TypeError logits: expected an ort.Tensor of float32 or float16, whose location is 'gpu-buffer', received "a tensor on cpu"/,
    /^TypeError logits: expected an ort.Tensor of float32 or float16 on the CPU/,
    /^TypeError logits: expected an ort.Tensor of float32 or float16, .* received "a tensor of int32"/,
    /^RangeError labels\[1\]: expected a class index in 0..2, received 3/,
    /^RangeError labels: expected the dimensions \[2\], received "\[1\]"/,
    /^TypeError gpuDevice: expected a GPUDevice/,
    /^TypeError gradient: expected an ort.Tensor of float32, whose location is 'gpu-buffer'/,
    /^RangeError sampleWeights\[1\]: expected/,
    /^TypeError threads: expected one of the options/,
    /^RangeError gradient: expected memory of its own, or exactly that of logits, but it overlaps labels$/,
  ];
  expected.forEach((pattern, i) => {
    assert.match(messages[i], pattern);
  });
});

test.run();

// The page: a backbone computes features once, and two heads learn from them, with and without the EMD.
import type * as ortModule from 'onnxruntime-web';
import { accuracyWithin, decode, meanAbsoluteError, rankedProbabilityScore, softmax } from 'squared-emd/metrics';
import { type Samples, splitSamples } from '../../../shared/data.js';
import { Random } from '../../../shared/random.js';
import { onSchemeChange } from '../../browser/page/charts/palette.js';
import { loadHouses } from '../../browser/page/data.js';
import { byId } from '../../browser/page/views/element.js';
import { BANDS, ROWS, SEED } from '../split.js';
import { Head, onGpu, type Runtime } from './head.js';
import { type Course, HEADS, View } from './view.js';

const BATCH = 60;
const RATE = 0.001;
/** With `?quick` in the address a first look. */
const EPOCHS = new URLSearchParams(location.search).has('quick') ? 20 : 60;

async function startRuntime(): Promise<Runtime> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error('this browser has no WebGPU, or no adapter for it');
  const device = await adapter.requestDevice();
  const { vendor, architecture } = device.adapterInfo;
  byId('gpu').textContent = `${vendor} ${architecture}`.trim() || 'a GPU without a name';
  const file = './ort.webgpu.bundle.min.mjs';
  const ort = (await import(file)) as typeof ortModule;
  ort.env.wasm.numThreads = 1;
  return { ort, device };
}

/** Rows in the space of the backbone, as tensors on the GPU of so many rows each. */
async function featuresOf(runtime: Runtime, samples: Samples, rows: number): Promise<ortModule.Tensor[]> {
  const { ort } = runtime;
  const session = await ort.InferenceSession.create('backbone.onnx', onGpu(runtime));
  const tensors: ortModule.Tensor[] = [];
  for (let start = 0; start + rows <= samples.rows; start += rows) {
    const inputs = samples.inputs.slice(start * samples.features, (start + rows) * samples.features);
    const { features } = await session.run({ inputs: new ort.Tensor('float32', inputs, [rows, samples.features]) });
    tensors.push(features);
  }
  return tensors;
}

/** Scores of predictions by their median. */
function scoresOf(logits: Float32Array, labels: Int32Array): Course['scores'] {
  const probabilities = softmax(logits, { classes: BANDS });
  const predicted = decode(probabilities, { classes: BANDS, rule: 'median' });
  return {
    withinOne: 100 * accuracyWithin(predicted, labels, 1),
    distance: meanAbsoluteError(predicted, labels),
    rps: rankedProbabilityScore(probabilities, labels, { classes: BANDS }),
  };
}

async function main(): Promise<void> {
  const view = new View(EPOCHS);
  onSchemeChange(() => view.show());
  const runtime = await startRuntime();
  const { train, test } = splitSamples(await loadHouses(), ROWS, new Random(SEED));
  const batches = await featuresOf(runtime, train, BATCH);
  const [held] = await featuresOf(runtime, test, test.rows);
  const width = held.dims[1];
  const labels = batches.map(
    (_, i) => new runtime.ort.Tensor('int32', train.labels.slice(i * BATCH, (i + 1) * BATCH), [BATCH]),
  );
  const random = new Random(SEED);
  const bound = Math.sqrt(6 / width);
  const first = Float32Array.from({ length: width * BANDS }, () => random.uniform(-bound, bound));
  const heads: Head[] = []; // onnxruntime-web makes one session at a time
  for (const _ of HEADS) heads.push(await Head.create(runtime, first.slice(), BANDS, RATE));
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const [i, { emdWeight }] of HEADS.entries()) {
      for (const [b, features] of batches.entries()) await heads[i].step(features, labels[b], emdWeight);
      view.add(i, { scores: scoresOf(await heads[i].logitsOf(held), test.labels) });
    }
  }
  view.end();
}

main().catch((error: Error) => {
  document.body.dataset.state = 'failed';
  const status = byId('status');
  status.textContent = `Something went wrong: ${error.message}`;
  status.classList.add('failed');
});

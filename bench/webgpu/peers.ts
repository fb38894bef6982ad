// A program of its own for each batch, as the shaders of tfjs 4.22 for prefix sums are right for the first length alone: the loss and its
// gradient beside what libraries have on the same GPU, a call at a time with the reading of a number.
import { parseArgs } from 'node:util';
import { toText } from '../../shared/table.js';
import { type WebGpu, webGpu } from '../../shared/webgpu-device.js';
import { type Contender, timed } from '../browser/contender.js';
import { ofPackage } from '../browser/package.js';
import type { Batch } from '../browser/protocol.js';
import { tableOf } from '../browser/table.js';
import { openDevice } from './device.js';
import '@tensorflow/tfjs-layers'; // registers the gradients of operators

/** What a page has, and libraries look for: before they are loaded. */
async function likeAPage(gpu: WebGpu): Promise<void> {
  const { globals } = (await import('webgpu')) as unknown as { globals: object };
  const navigator = { gpu, userAgent: `Node.js/${process.versions.node}` };
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string' },
      classes: { type: 'string' },
      rounds: { type: 'string' },
      software: { type: 'boolean', default: false },
    },
  });
  const [rows, classes, rounds] = [values.rows, values.classes, values.rounds].map(Number);
  const batch = { rows, classes };
  const gpu = await webGpu(values.software);
  await likeAPage(gpu);
  const { ofBuffers, ofJaxJs, ofTfjs, startJax, startTfjs } = await import('../browser/webgpu-contenders.js');
  const { device } = await openDevice(gpu);
  const contenders: Contender[] = ofBuffers(device, batch);
  const join = async (name: string, start: () => Promise<unknown>, make: (batch: Batch) => Contender[]) => {
    try {
      await start();
      contenders.push(...make(batch));
    } catch (error) {
      console.log(`${name}: ${(error as Error).message}`);
    }
  };
  await join('TensorFlow.js', startTfjs, ofTfjs);
  await join('jax-js', startJax, ofJaxJs);
  contenders.push(ofPackage(batch));
  console.log(toText(tableOf(batch, await timed(contenders, { rounds }))));
}

main().then(
  () => process.exit(0), // Dawn keeps Node.js alive
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);

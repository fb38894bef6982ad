// Child: a call fails after its work was enqueued, as the event that is to follow it cannot be recorded (unmarked.cpp); the next ones
// must not notice.
import * as assert from 'uvu/assert';
import { DeviceArray, EmdError, emdLoss, emdLossAsync, Stream } from '../../../lib/index.js';

const CLASSES = 8;
const ones = new Float32Array(4 * CLASSES).fill(1);
const labels = [0, 1, 2, 3];

async function fails(call: () => unknown): Promise<void> {
  let caught: unknown;
  try {
    await call();
  } catch (error) {
    caught = error;
  }
  assert.instance(caught, EmdError);
  assert.is((caught as EmdError).code, 'CUDA_ERROR');
  assert.match((caught as EmdError).message, /no event is recorded/);
}

const MANNERS: Record<string, () => Promise<void>> = {
  loss: async () => {
    const options = { classes: CLASSES, stream: Stream.fromHandle(new Stream().handle, { device: 0 }) };
    const predictions = DeviceArray.from(ones);
    await fails(() => emdLoss(predictions, labels, options));
    assert.is(emdLoss(predictions, labels, options).rows, 4);
  },
  'loss-async': async () => {
    const options = { classes: CLASSES, stream: Stream.fromHandle(new Stream().handle, { device: 0 }) };
    const predictions = DeviceArray.from(ones);
    await fails(() => emdLossAsync(predictions, labels, options));
    assert.is((await emdLossAsync(predictions, labels, options)).rows, 4);
  },
  // What is copied to must not be lent to the next copy meanwhile.
  download: async () => {
    const [from, to] = [DeviceArray.from(ones), DeviceArray.allocate('float32', ones.length)];
    await fails(() => from.toHostAsync());
    await to.copyFromAsync(ones.map(() => 2));
    assert.equal(new Set(to.toHost() as Float32Array), new Set([2]));
  },
};

async function main(manner: string): Promise<void> {
  await MANNERS[manner]();
  console.log('done');
}

void main(process.argv[2]);

// Typed arrays of classes that users derived, whose constructors take what they like, and Buffers: `subarray` and `slice` call those
// constructors, and that of a Buffer copies nothing.
// runner: wasm
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClassCentroids, emdLoss, emdLossAsync, pairwiseDistances, SelfGuidedEmd } from '../../lib/index.js';
import { decode, softmax } from '../../lib/metrics.js';
import { sameBits } from '../support/bits.js';

const test = suite('arrays of derived classes');

/** What `subarray` and `slice` would make of it is of another length. */
class Matrix extends Float32Array {
  constructor(rows: number, columns: number) {
    super(rows * columns);
    for (let i = 0; i < this.length; i++) this[i] = 3 * Math.sin(12.9898 * i);
  }
}
class Tags extends Int32Array {
  constructor({ rows, classes }: { rows: number; classes: number }) {
    super(rows);
    for (let row = 0; row < rows; row++) this[row] = (7 * row) % classes;
  }
}

const classes = 300;
const rows = 1000;
const matrix = new Matrix(rows, classes);
const tags = new Tags({ rows, classes });
const plain = new Float32Array(matrix.buffer);
const labels = new Int32Array(tags.buffer);

test('the loss of a large batch', async () => {
  const expected = emdLoss(plain, labels, { classes });
  const gradient = new Matrix(rows, classes);
  assert.is(emdLoss(matrix, tags, { classes, gradient }).loss, expected.loss);
  sameBits(gradient, expected.gradient, 'gradient');
  const later = new Matrix(rows, classes);
  assert.is((await emdLossAsync(matrix, tags, { classes, gradient: later })).loss, expected.loss);
  sameBits(later, expected.gradient, 'gradient of the call that does not block');
});

test('centroids and distances', async () => {
  const centroids = (values: Float32Array, indices: Int32Array) => {
    const made = new ClassCentroids({ classes, features: classes });
    made.accumulate(values, indices);
    made.update();
    return made.centroids;
  };
  const expected = centroids(plain, labels);
  sameBits(centroids(matrix, tags), expected, 'centroids');
  const later = new ClassCentroids({ classes, features: classes });
  const once = later.accumulateAsync(matrix, tags);
  const twice = later.accumulateAsync(matrix, tags); // waits, with copies
  await Promise.all([once, twice]);
  assert.is(later.counts[0], 2 * 4);
  sameBits(pairwiseDistances(matrix, { rows: 100 }), pairwiseDistances(plain, { rows: 100 }), 'distances');
});

test('the self-guided loss', async () => {
  const losses = [0, 1].map(() => new SelfGuidedEmd({ classes, features: classes }));
  const expected = losses[0].evaluate(plain, plain, labels);
  const sampleWeights = new Matrix(rows, 1).fill(1);
  const later = await losses[1].evaluateAsync(matrix, matrix, tags, { sampleWeights });
  sameBits(later.gradient, expected.gradient, 'gradient');
  losses.forEach((loss) => void loss.endEpoch());
  sameBits(losses[1].distances, losses[0].distances, 'distances');
});

test('labels in a Buffer that is filled anew while the call waits', async () => {
  const made = new ClassCentroids({ classes: 2, features: 1 });
  const buffer = Buffer.from([0, 0, 0]);
  const features = new Float32Array(3);
  const first = made.accumulateAsync(features, buffer);
  const second = made.accumulateAsync(features, buffer);
  buffer.fill(1);
  await Promise.all([first, second]);
  assert.equal([...made.counts], [6, 0]);
});

test('metrics', () => {
  assert.equal(decode(matrix, { classes, input: 'logits' }), decode(plain, { classes, input: 'logits' }));
  sameBits(softmax(matrix, { classes }), softmax(plain, { classes }), 'softmax');
});

test.run();

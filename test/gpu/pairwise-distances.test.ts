// Distances between points on a GPU: against float64, symmetric to the last bit, in any size, and with every wrong argument.
import * as assert from 'uvu/assert';
import { ClassCentroids, DeviceArray, Graph, pairwiseDistances, Stream } from '../../lib/index.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { throws } from '../support/errors.js';
import { euclidean } from '../support/oracle-centroids.js';
import { scaled, seed } from '../support/scale.js';
import { everyWrong, floats, NOT_A_NUMBER, wrongKinds, wrongNumbers } from '../support/wrong.js';
import { release } from './support/device-call.js';
import { gpuSuite, twoGpus } from './support/gpu.js';

const test = gpuSuite('pairwise distances on a GPU');

const bring = (array: DeviceArray) => array.toHost() as Float32Array;

test('sizes that fill no block and no panel, against float64 and the CPU', () => {
  const random = new Random(seed);
  for (const [rows, features] of scaled(
    [
      [1, 1],
      [2, 3],
      [5, 17],
      [64, 16],
      [65, 33],
      [130, 20],
      [9, 300],
    ],
    [
      [257, 129],
      [33, 2000],
    ],
  )) {
    const points = random.floats(rows * features, () => 100 + random.normal());
    const array = DeviceArray.from(points);
    const result = pairwiseDistances(array, { rows });
    const distances = bring(result);
    const onCpu = pairwiseDistances(points, { rows });
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) {
        const at = i * rows + j;
        const [a, b] = [i, j].map((row) => points.subarray(row * features, (row + 1) * features));
        const expected = euclidean(a, b);
        const what = `${rows} x ${features} [${i}, ${j}]`;
        assert.ok(
          Math.abs(distances[at] - expected) <= 2e-6 * expected,
          `${what}: expected ${expected}, received ${distances[at]}`,
        );
        assert.ok(Math.abs(distances[at] - onCpu[at]) <= 2e-6 * expected, `${what}: ${onCpu[at]} on the CPU`);
        assert.is(distances[at], distances[j * rows + i], what);
      }
    }
    release(array, result);
  }
});

test('a point that is not finite is far from all others and leaves them alone', () => {
  const points = Float32Array.of(0, 0, 3, 4, Number.NaN, 1, 6, 8);
  const distances = bring(pairwiseDistances(DeviceArray.from(points), { rows: 4 }));
  assert.equal([distances[1], distances[3], distances[7]], [5, 10, 5]);
  for (const at of [2, 6, 8, 9, 11]) assert.ok(Number.isNaN(distances[at]), `${at}`);
});

test('into an array, on a stream, and in a graph', async () => {
  const stream = new Stream();
  const points = DeviceArray.from(Float32Array.of(0, 0, 3, 4), { stream });
  const out = DeviceArray.allocate('float32', 4, { stream });
  assert.is(pairwiseDistances(points, { rows: 2, out, stream }), out);
  await stream.synchronize();
  sameBits(bring(out), Float32Array.of(0, 5, 5, 0), 'out');
  const graph = Graph.capture(stream, () => pairwiseDistances(points, { rows: 2, out, stream }));
  points.copyFrom(Float32Array.of(0, 0, 6, 8), { stream });
  graph.launch(stream);
  await stream.synchronize();
  sameBits(bring(out), Float32Array.of(0, 10, 10, 0), 'launched');
});

test('wrong arguments write nothing', () => {
  const points = DeviceArray.from(floats(6));
  const out = DeviceArray.allocate('float32', 9).fill(7);
  everyWrong([...NOT_A_NUMBER, ...wrongNumbers(0, -1, 0.5, 2 ** 30)], 'rows', (rows) =>
    pairwiseDistances(points, { rows, out }),
  );
  everyWrong(wrongNumbers(DeviceArray.from(floats(5)), DeviceArray.allocate('float32', 0)), 'points', (value) =>
    pairwiseDistances(value, { rows: 3, out }),
  );
  everyWrong(wrongKinds(DeviceArray.allocate('float16', 6), DeviceArray.from(new Int32Array(6))), 'points', (value) =>
    pairwiseDistances(value, { rows: 3, out }),
  );
  everyWrong(wrongKinds(floats(9), {}, DeviceArray.allocate('float16', 9)), 'out', (value) =>
    pairwiseDistances(points, { rows: 3, out: value }),
  );
  everyWrong(wrongNumbers(DeviceArray.allocate('float32', 8)), 'out', (value) =>
    pairwiseDistances(points, { rows: 3, out: value }),
  );
  everyWrong(wrongKinds(1, {}, null), 'stream', (stream) => pairwiseDistances(points, { rows: 3, out, stream }));
  const memory = DeviceArray.allocate('float32', 12);
  const overlapping = () => pairwiseDistances(memory.subarray(0, 6), { rows: 3, out: memory.subarray(3, 12) });
  throws(overlapping, RangeError, /^out: expected memory of its own, but it overlaps points/);
  const disposed = DeviceArray.from(floats(6));
  disposed.dispose();
  assert.throws(() => pairwiseDistances(disposed, { rows: 3 }), /disposed/);
  assert.ok(bring(out).every((value) => value === 7));
});

test('more than the GPU has: the message says how much', () => {
  const points = DeviceArray.allocate('float32', 4e6);
  throws(
    () => pairwiseDistances(points, { rows: 4e6 }),
    RangeError,
    /^rows: expected at most \d+, as a matrix \[4000000, 4000000\] would need 64000 GB, received 4000000$/,
  );
  const centroids = new ClassCentroids({ classes: 4e6, features: 1, device: 0 });
  throws(() => centroids.distances(), RangeError, /^classes: expected at most \d+, .* would need 64000 GB/);
  points.dispose();
});

test(
  'memory of another GPU',
  () => {
    const points = DeviceArray.from(floats(6));
    const out = DeviceArray.allocate('float32', 9, { device: 1 });
    throws(() => pairwiseDistances(points, { rows: 3, out }), RangeError, /^out: expected memory of GPU 0/);
  },
  twoGpus,
);

test.run();

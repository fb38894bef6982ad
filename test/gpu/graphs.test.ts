// Graphs: what can be captured, what is refused without breaking the stream, and what a launch works on.
import * as assert from 'uvu/assert';
import {
  DeviceArray,
  EmdError,
  type EmdOptions,
  emdLoss,
  emdLossAsync,
  Graph,
  ordered,
  Stream,
  tree,
} from '../../lib/index.js';
import { throws } from '../support/errors.js';
import { floats, naming } from '../support/wrong.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('graphs');

const C = 8;
const ROWS = 32;
const scores = Float32Array.from({ length: ROWS * C }, (_, i) => Math.sin(i));
const labels = Int32Array.from({ length: ROWS }, (_, i) => i % C);

function batch() {
  return {
    predictions: DeviceArray.from(scores),
    targets: DeviceArray.from(labels),
    gradient: DeviceArray.allocate('float32', ROWS * C).fill(0),
    lossOut: DeviceArray.allocate('float32', 4).fill(0),
  };
}
const loss = (array: DeviceArray) => (array.toHost() as Float32Array)[0];

function capture(stream: Stream, { predictions, targets, ...outputs }: ReturnType<typeof batch>, options = {}): Graph {
  return Graph.capture(stream, () => {
    emdLoss(predictions, targets, { classes: C, stream, ...outputs, ...options });
  });
}

test('capturing runs nothing, launching runs it again and again', async () => {
  const stream = new Stream();
  const arrays = batch();
  const graph = capture(stream, arrays);
  await stream.synchronize();
  assert.is(loss(arrays.lossOut), 0);
  const expected = emdLoss(DeviceArray.from(scores), labels, { classes: C });
  for (const target of [stream, new Stream(), undefined]) {
    arrays.lossOut.copyFrom(floats(4));
    arrays.gradient.copyFrom(floats(ROWS * C));
    graph.launch(target);
    await target?.synchronize();
    assert.is(loss(arrays.lossOut), Math.fround(expected.loss));
    assert.equal(arrays.gradient.toHost(), expected.gradient?.toHost());
  }
});

test('a launch reads what the arrays hold then', async () => {
  const stream = new Stream();
  const arrays = batch();
  const graph = capture(stream, arrays);
  for (let round = 0; round < 5; round++) {
    const next = scores.map((value) => value * round);
    arrays.predictions.copyFrom(next);
    graph.launch(stream);
    await stream.synchronize();
    assert.is(loss(arrays.lossOut), Math.fround(emdLoss(DeviceArray.from(next), labels, { classes: C }).loss));
  }
});

test('several calls, fills and copies in one graph', async () => {
  const stream = new Stream();
  const arrays = batch();
  const [copy, second] = [DeviceArray.allocate('float32', ROWS * C), DeviceArray.allocate('float32', 4)];
  const graph = Graph.capture(stream, () => {
    const { predictions, targets, ...outputs } = arrays;
    emdLoss(predictions, targets, { classes: C, stream, ...outputs });
    copy.fill(0.5, { stream });
    emdLoss(copy, targets, { classes: C, stream, lossOut: second, gradient: copy, power: 1 });
  });
  for (let i = 0; i < 3; i++) graph.launch(stream);
  await stream.synchronize();
  assert.is(loss(arrays.lossOut), Math.fround(emdLoss(DeviceArray.from(scores), labels, { classes: C }).loss));
  const uniform = DeviceArray.from(new Float32Array(ROWS * C).fill(0.5));
  assert.is(loss(second), Math.fround(emdLoss(uniform, labels, { classes: C, power: 1 }).loss));
});

test('forked to another stream and joined', async () => {
  const [stream, branch] = [new Stream(), new Stream()];
  const [a, b] = [batch(), batch()];
  // Weighted means take two kernels, between which the other branch may run.
  const weights = [1, 2].map((factor) => DeviceArray.from(Float32Array.from(labels, (label) => 1 + factor * label)));
  const graph = Graph.capture(stream, () => {
    branch.wait(stream.record());
    const parts = [
      [stream, weights[0], a],
      [branch, weights[1], b],
    ] as const;
    for (const [queue, sampleWeights, { predictions, targets, ...outputs }] of parts) {
      emdLoss(predictions, targets, { classes: C, sampleWeights, stream: queue, ...outputs });
    }
    stream.wait(branch.record());
  });
  const expected = weights.map((sampleWeights) =>
    Math.fround(emdLoss(DeviceArray.from(scores), labels, { classes: C, sampleWeights }).loss),
  );
  for (let round = 0; round < 20; round++) {
    graph.launch(stream);
    await stream.synchronize();
    assert.equal([loss(a.lossOut), loss(b.lossOut)], expected);
  }
  // Both streams are as before.
  a.gradient.fill(1, { stream: branch });
  await branch.synchronize();
});

test('what it uses lives as long as it does', async () => {
  const stream = new Stream();
  let lossOut: DeviceArray;
  const graph = (() => {
    const arrays = batch();
    lossOut = arrays.lossOut;
    const groundDistance = tree([-1, 0, 0, 1, 1, 2, 2, 3]);
    const captured = capture(stream, arrays, { groundDistance });
    for (const array of [arrays.predictions, arrays.targets, arrays.gradient]) array.dispose();
    return captured;
  })();
  const others = Array.from({ length: 5 }, () => DeviceArray.allocate('float32', ROWS * C).fill(1e30));
  graph.launch(stream);
  await stream.synchronize();
  const groundDistance = tree([-1, 0, 0, 1, 1, 2, 2, 3]);
  assert.is(loss(lossOut), Math.fround(emdLoss(DeviceArray.from(scores), labels, { classes: C, groundDistance }).loss));
  for (const other of others) assert.is((other.toHost() as Float32Array)[0], Math.fround(1e30));
});

test('disposed of while its launch is under way', async () => {
  const stream = new Stream();
  const arrays = batch();
  const expected = Math.fround(emdLoss(DeviceArray.from(scores), labels, { classes: C }).loss);
  for (let round = 0; round < 10; round++) {
    const { lossOut } = arrays;
    const graph = capture(stream, { ...batch(), lossOut });
    graph.launch(stream);
    graph.dispose();
    const result = (await lossOut.toHostAsync({ stream })) as Float32Array;
    assert.is(result[0], expected);
  }
});

test('graphs of one stream on two streams at a time', async () => {
  const [stream, other] = [new Stream(), new Stream()];
  const [a, b] = [batch(), batch()];
  const [first, second] = [capture(stream, a), capture(stream, b, { power: 1 })];
  const expected = [2, 1].map((power) => {
    const options = { classes: C, power: power as 1 | 2 };
    return Math.fround(emdLoss(DeviceArray.from(scores), labels, options).loss);
  });
  for (let round = 0; round < 20; round++) {
    first.launch(stream);
    second.launch(other);
    await Promise.all([stream.synchronize(), other.synchronize()]);
    assert.equal([loss(a.lossOut), loss(b.lossOut)], expected);
  }
});

test('what cannot be captured is refused, by name, and the stream goes on', async () => {
  const stream = new Stream();
  const arrays = batch();
  const { predictions, targets, gradient, lossOut } = arrays;
  const cases: Record<string, [name: string, options: Partial<EmdOptions> & { targets?: typeof labels }]> = {
    'a result that is read back': ['lossOut', { lossOut: undefined }],
    'a gradient to allocate': ['gradient', { gradient: true }],
    'losses to allocate': ['losses', { losses: true }],
    'host targets': ['targets', { targets: labels }],
    'host class weights': ['classWeights', { classWeights: floats(C).fill(1) }],
    'host sample weights': ['sampleWeights', { sampleWeights: floats(ROWS).fill(1) }],
    'host upstream': ['upstream', { reduction: 'none', losses: false, upstream: floats(ROWS) }],
  };
  for (const [what, [name, { targets: others = targets, ...options }]] of Object.entries(cases)) {
    const attempt = () =>
      Graph.capture(stream, () => {
        emdLoss(predictions, others, { classes: C, stream, gradient, lossOut, ...options });
      });
    throws(attempt, TypeError, naming(name), what);
  }
  const staged = () => Graph.capture(stream, () => void emdLoss(scores, labels, { classes: C, device: 0, stream }));
  throws(staged, TypeError, naming('stream'));
  capture(stream, arrays).launch(stream);
  await stream.synchronize();
  assert.not.ok(Number.isNaN(loss(lossOut)));
});

test('what would break a capture is refused with EmdError, and the stream goes on', async () => {
  const stream = new Stream();
  const arrays = batch();
  const array = arrays.gradient;
  const graph = capture(stream, arrays);
  const cases: Record<string, () => unknown> = {
    toHost: () => array.toHost({ stream }),
    copyFrom: () => array.copyFrom(scores, { stream }),
    allocate: () => DeviceArray.allocate('float32', 1, { stream }),
    slice: () => array.slice(0, 1, { stream }),
    'another capture': () => Graph.capture(stream, () => {}),
    'a launch': () => graph.launch(stream),
    dispose: () => stream.dispose(),
    'an event from outside': () => stream.wait(new Stream().record()),
  };
  for (const [what, attempt] of Object.entries(cases)) {
    assert.throws(
      () => Graph.capture(stream, () => void attempt()),
      (error: unknown) => error instanceof EmdError && error.code === 'CAPTURING',
      what,
    );
  }
  const promises: Promise<unknown>[] = [];
  Graph.capture(stream, () => {
    promises.push(stream.synchronize(), array.toHostAsync({ stream }), stream.record().synchronize());
  });
  for (const promise of promises) {
    const reason = await promise.catch((error: unknown) => error);
    assert.is((reason as EmdError).code, 'CAPTURING');
  }
  graph.launch(stream);
  await stream.synchronize();
});

test('an error of the callback comes through', () => {
  const own = new Error('mine');
  const attempt = () =>
    Graph.capture(new Stream(), () => {
      throw own;
    });
  assert.throws(attempt, (error: unknown) => error === own);
});

test('a callback that returns a promise is refused', () => {
  const stream = new Stream();
  throws(() => Graph.capture(stream, (async () => {}) as () => void), TypeError, naming('enqueue'));
  const { predictions, targets, ...outputs } = batch();
  const attempt = () =>
    Graph.capture(stream, () => emdLossAsync(predictions, targets, { classes: C, stream, ...outputs }) as never);
  throws(attempt, TypeError, naming('enqueue'));
});

test('memory that is disposed of and collected during a capture does not get into it', async () => {
  const stream = new Stream();
  const arrays = batch();
  const used = DeviceArray.allocate('float32', 100, { stream }).fill(1, { stream });
  const graph = Graph.capture(stream, () => {
    used.dispose();
    const { predictions, targets, ...outputs } = arrays;
    emdLoss(predictions, targets, { classes: C, stream, ...outputs });
    DeviceArray.from(scores).dispose();
  });
  graph.launch(stream);
  graph.launch(stream);
  await stream.synchronize();
  assert.is(loss(arrays.lossOut), Math.fround(emdLoss(DeviceArray.from(scores), labels, { classes: C }).loss));
});

test('calls on other streams during a capture run at once', () => {
  const stream = new Stream();
  const expected = emdLoss(DeviceArray.from(scores), labels, { classes: C }).loss;
  let found = 0;
  Graph.capture(stream, () => {
    found = emdLoss(DeviceArray.from(scores), labels, { classes: C, groundDistance: ordered(floats(7).fill(1)) }).loss;
  });
  assert.is(found, expected);
});

test('every option of the loss can be captured', async () => {
  const stream = new Stream();
  const weights = {
    classWeights: DeviceArray.from(floats(C).fill(2)),
    sampleWeights: DeviceArray.from(floats(ROWS).fill(3)),
  };
  const variants: Partial<EmdOptions>[] = [
    { power: 1 },
    { reduction: 'sum', ...weights },
    { reduction: 'mean', ...weights, ignoreIndex: 3 },
    {
      reduction: 'none',
      losses: DeviceArray.allocate('float32', ROWS),
      upstream: DeviceArray.from(floats(ROWS).fill(2)),
    },
    { normalization: 'nima', crossEntropyWeight: 1 },
    { groundDistance: tree([-1, 0, 0, 1, 1, 2, 2, 3]) },
  ];
  for (const options of variants) {
    const arrays = batch();
    const graph = capture(stream, arrays, options);
    graph.launch(stream);
    await stream.synchronize();
    const { gradient } = emdLoss(DeviceArray.from(scores), labels, { classes: C, ...options });
    assert.equal(arrays.gradient.toHost(), gradient?.toHost(), JSON.stringify(options));
  }
});

test.run();

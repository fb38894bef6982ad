// Asynchronous calls: off the event loop, with inputs of their own, and with outputs that may be gone when they are done.
// runner: wasm
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { circular, EmdLoss, emdLoss, emdLossAsync, ordered } from '../../lib/index.js';
import { optionsOf, targetsOf } from '../../shared/oracle/call.js';
import { replaced } from '../../shared/oracle/numbers.js';
import { makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { sameArray, sameBits } from '../support/bits.js';
import { rejects } from '../support/errors.js';
import { hasResizable, ResizableBuffer } from '../support/resizable.js';
import { seed } from '../support/scale.js';
import { skip } from '../support/skip.js';

const test = suite('asynchronous calls');

const ROWS = 500;
const CLASSES = 200;

function problemOf(rows = ROWS) {
  const problem = makeProblem(
    {
      ...PLAIN,
      rows,
      classes: CLASSES,
      mood: 'calm',
      weights: 'both',
      mix: 'both',
      upstream: 'rows',
      reduction: 'none',
    },
    seed,
  );
  return { predictions: problem.predictions, targets: targetsOf(problem.targets), options: optionsOf(problem) };
}

const detach = (array: Float32Array | Int32Array) =>
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });

test('outputs passed are filled and returned', async () => {
  const { predictions, targets, options } = problemOf();
  const outputs = { gradient: new Float32Array(predictions.length), losses: new Float32Array(ROWS) };
  const result = await emdLossAsync(predictions, targets, { ...options, ...outputs });
  const expected = emdLoss(predictions, targets, options);
  sameArray(result.gradient, outputs.gradient);
  sameArray(result.losses, outputs.losses);
  sameBits(result.gradient, expected.gradient, 'gradient');
  sameBits(result.losses, expected.losses, 'losses');
  assert.is(result.rows, expected.rows);
});

test('outputs are not written before the promise settles, nor by the call itself', async () => {
  const { predictions, targets, options } = problemOf();
  const gradient = new Float32Array(predictions.length).fill(7);
  const running = emdLossAsync(predictions, targets, { ...options, gradient });
  assert.ok(gradient.every((value) => value === 7));
  await running;
  assert.not.ok(gradient.every((value) => value === 7));
});

test('in place', async () => {
  const { predictions, targets, options } = problemOf();
  const expected = emdLoss(predictions, targets, options);
  const result = await emdLossAsync(predictions, targets, { ...options, gradient: predictions });
  sameArray(result.gradient, predictions);
  sameBits(predictions, expected.gradient, 'gradient');
});

test('the event loop turns while a call runs', async () => {
  // Long enough to outlast the time slices of a busy machine.
  const rows = 80_000;
  const predictions = new Float32Array(rows * CLASSES);
  let turns = 0;
  let running = true;
  const turn = () => {
    turns++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await emdLossAsync(predictions, new Uint8Array(rows), { classes: CLASSES, gradient: false, threads: 1 });
  running = false;
  // A call that blocks lets it turn once or twice before the promise settles.
  assert.ok(turns >= 10, `${turns} turns`);
});

test('inputs may be overwritten after the call', async () => {
  const { predictions, targets, options } = problemOf();
  const expected = emdLoss(predictions, targets, options);
  const inputs = [
    predictions,
    targets,
    options.classWeights,
    options.sampleWeights,
    options.upstream,
  ] as Float32Array[];
  const running = emdLossAsync(predictions, targets, options);
  for (const input of inputs) input.fill(-1);
  sameBits((await running).gradient, expected.gradient, 'gradient');
});

test('inputs may be detached after the call', async () => {
  const { predictions, targets, options } = problemOf();
  const expected = emdLoss(predictions, targets, options);
  const running = emdLossAsync(predictions, targets, options);
  for (const input of [predictions, targets, options.classWeights, options.sampleWeights, options.upstream])
    detach(input as Float32Array);
  sameBits((await running).gradient, expected.gradient, 'gradient');
});

test('a list of labels may change after the call', async () => {
  const { predictions, targets, options } = problemOf();
  const expected = emdLoss(predictions, targets, options);
  const labels = Array.from(targets);
  const running = emdLossAsync(predictions, labels, options);
  labels.length = 0;
  sameBits((await running).gradient, expected.gradient, 'gradient');
});

for (const name of ['gradient', 'losses'] as const) {
  test(`${name} detached meanwhile: RangeError`, async () => {
    const { predictions, targets, options } = problemOf();
    const outputs = { gradient: new Float32Array(predictions.length).fill(7), losses: new Float32Array(ROWS).fill(7) };
    const call = () => {
      const running = emdLossAsync(predictions, targets, { ...options, ...outputs });
      detach(outputs[name]);
      return running;
    };
    await rejects(call, RangeError, new RegExp(`^${name}: expected`));
    const other = name === 'gradient' ? outputs.losses : outputs.gradient;
    assert.ok(
      other.every((value) => value === 7),
      'the other output was written to',
    );
  });

  const shrunk = `${name} shrunk meanwhile: RangeError`;
  if (!hasResizable) {
    skip(test, shrunk, `Node ${process.version} has no resizable buffers`);
    continue;
  }
  test(shrunk, async () => {
    const { predictions, targets, options } = problemOf();
    const length = name === 'gradient' ? predictions.length : ROWS;
    for (const tracking of [true, false]) {
      const buffer = new ResizableBuffer(length * 4, { maxByteLength: length * 4 });
      const output = tracking ? new Float32Array(buffer) : new Float32Array(buffer, 0, length);
      const call = () => {
        const running = emdLossAsync(predictions, targets, { ...options, [name]: output });
        buffer.resize(length * 4 - 8);
        return running;
      };
      await rejects(call, RangeError, new RegExp(`^${name}: expected`));
    }
  });
}

test('predictions detached meanwhile are gone as the output in place', async () => {
  const { predictions, targets, options } = problemOf();
  const call = () => {
    const running = emdLossAsync(predictions, targets, { ...options, gradient: predictions });
    detach(predictions);
    return running;
  };
  await rejects(call, RangeError, /^gradient: expected/);
});

test('the array behind an output is replaced meanwhile by a longer one', async () => {
  const { predictions, targets, options } = problemOf();
  const gradient = new Float32Array(predictions.length);
  const call = () => {
    const running = emdLossAsync(predictions, targets, { ...options, gradient });
    detach(gradient);
    Object.defineProperty(gradient, 'length', { value: predictions.length });
    return running;
  };
  await rejects(call, RangeError, /^gradient: expected/);
});

test('many calls at once, on outputs of their own and on the same ones', async () => {
  const { predictions, targets, options } = problemOf(60);
  const expected = emdLoss(predictions, targets, options);
  const gradient = new Float32Array(predictions.length);
  const apart = Array.from({ length: 50 }, () => emdLossAsync(predictions, targets, options));
  const together = Array.from({ length: 50 }, () => emdLossAsync(predictions, targets, { ...options, gradient }));
  for (const result of await Promise.all([...apart, ...together]))
    sameBits(result.gradient, expected.gradient, 'gradient');
});

test('synchronous calls in between', async () => {
  const { predictions, targets, options } = problemOf();
  const expected = emdLoss(predictions, targets, options);
  const running = Array.from({ length: 4 }, () => emdLossAsync(predictions, targets, { ...options, threads: 2 }));
  for (let i = 0; i < 20; i++)
    sameBits(emdLoss(predictions, targets, { ...options, threads: 2 }).gradient, expected.gradient, 'synchronous');
  for (const result of await Promise.all(running)) sameBits(result.gradient, expected.gradient, 'asynchronous');
});

test('EmdLoss.evaluateAsync, and a ground distance swapped while it runs', async () => {
  const { predictions, targets } = problemOf();
  const criterion = new EmdLoss({ classes: CLASSES });
  const expected = criterion.evaluate(predictions, targets);
  const running = criterion.evaluateAsync(predictions, targets);
  criterion.groundDistance = circular();
  sameBits((await running).gradient, expected.gradient, 'as it was');
  assert.is.not(criterion.evaluate(predictions, targets).loss, expected.loss);
  criterion.groundDistance = ordered();
  sameBits((await criterion.evaluateAsync(predictions, targets)).gradient, expected.gradient, 'swapped back');
});

test('wrong labels and weights reject', async () => {
  const { predictions, targets, options } = problemOf();
  await rejects(
    () => emdLossAsync(predictions, replaced(targets as Int32Array, 77, CLASSES), options),
    RangeError,
    /^targets\[77\]:/,
  );
  const sampleWeights = new Float32Array(ROWS).fill(-1, 3, 4);
  await rejects(
    () => emdLossAsync(predictions, targets, { ...options, sampleWeights }),
    RangeError,
    /^sampleWeights\[3\]:/,
  );
});

test.run();

// Synchronous calls work in the caller's memory, whatever kind of buffer it is, and leave the rest of it alone.
// runner: numeric
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EmdLoss, emdLoss, info } from '../../lib/index.js';
import { evaluate, optionsOf, targetsOf } from '../../shared/oracle/call.js';
import { type Description, GROUNDS, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { sameArray, sameBits } from '../support/bits.js';
import { throws } from '../support/errors.js';
import { GrowableBuffer, hasResizable, ResizableBuffer } from '../support/resizable.js';
import { seed } from '../support/scale.js';
import { skip } from '../support/skip.js';

const test = suite('zero copy');

const MEGABYTE = 2 ** 20;

test('the arrays passed are the arrays returned', () => {
  const gradient = new Float32Array(24);
  const losses = new Float32Array(3);
  const predictions = new Float32Array(24);
  const result = emdLoss(predictions, [0, 1, 2], { classes: 8, gradient, losses });
  sameArray(result.gradient, gradient);
  sameArray(result.losses, losses);
  sameArray(emdLoss(predictions, [0, 1, 2], { classes: 8, gradient: predictions }).gradient, predictions);
  const criterion = new EmdLoss({ classes: 8 });
  sameArray(criterion.evaluate(new Float32Array(24), [0, 1, 2], { gradient, losses }).gradient, gradient);
});

for (const inner of [1, 4096]) {
  const title = `memory does not grow with the batch, inner ${inner}`;
  if (info().backend === 'wasm') {
    skip(test, title, 'WebAssembly works on copies');
    continue;
  }
  test(title, () => {
    const classes = 64;
    const rows = 2 ** 18;
    const predictions = new Float32Array(rows * classes).fill(0.5);
    const gradient = new Float32Array(rows * classes).fill(1);
    const losses = new Float32Array(rows).fill(1);
    const targets = new Uint8Array(rows).fill(3);
    const options = { classes, inner, gradient, losses };
    const call = () => emdLoss(predictions, targets, options);
    emdLoss(new Float32Array(inner * classes), new Uint8Array(inner), { ...options, gradient: true, losses: true });

    const before = process.memoryUsage();
    const peak = process.resourceUsage().maxRSS;
    for (let i = 0; i < 3; i++) call();
    const after = process.memoryUsage();
    // The batch is 64 MB.
    assert.ok(
      after.arrayBuffers - before.arrayBuffers < MEGABYTE,
      `array buffers grew by ${after.arrayBuffers - before.arrayBuffers}`,
    );
    assert.ok(
      after.external - before.external < MEGABYTE,
      `external memory grew by ${after.external - before.external}`,
    );
    const grown = (process.resourceUsage().maxRSS - peak) * 1024;
    assert.ok(grown < 16 * MEGABYTE, `the process grew by ${grown} bytes`);
  });
}

// Where an array may live: in a buffer of its own, at an odd place of a larger one, in shared or resizable memory.
type Place = (length: number, bytes: number) => { buffer: ArrayBufferLike; offset: number };
const GUARD = 64;
const PLACES: Record<string, Place> = {
  'a view at 4 bytes': (length, bytes) => ({ buffer: new ArrayBuffer((length + 2) * bytes), offset: bytes }),
  'a view at 12 bytes': (length, bytes) => ({ buffer: new ArrayBuffer((length + 4) * bytes), offset: 3 * bytes }),
  'a view at 60 bytes': (length, bytes) => ({ buffer: new ArrayBuffer((length + GUARD) * bytes), offset: 15 * bytes }),
  'shared memory': (length, bytes) => ({ buffer: new SharedArrayBuffer(length * bytes), offset: 0 }),
  'a view at 4 bytes of shared memory': (length, bytes) => ({
    buffer: new SharedArrayBuffer((length + 2) * bytes),
    offset: bytes,
  }),
  'a resizable buffer': (length, bytes) => ({
    buffer: new ResizableBuffer(length * bytes, { maxByteLength: 8192 }),
    offset: 0,
  }),
  'a growable shared buffer': (length, bytes) => ({
    buffer: new GrowableBuffer(length * bytes, { maxByteLength: 8192 }),
    offset: 0,
  }),
};

for (const [name, place] of Object.entries(PLACES)) {
  const title = `every array in ${name}`;
  if (!hasResizable && /resizable|growable/.test(name)) {
    skip(test, title, `Node ${process.version} has no resizable buffers`);
    continue;
  }
  test(title, () => {
    for (const ground of GROUNDS) {
      for (const targets of ['index', 'distribution'] as const) {
        for (const inner of ['none', 'all'] as const) {
          const description: Description = {
            ...PLAIN,
            ground,
            targets,
            inner,
            classes: 19,
            rows: 7,
            weights: 'both',
            upstream: 'rows',
            reduction: 'none',
          };
          const problem = makeProblem(description, seed);
          const expected = evaluate(problem);
          const floats = (values: ArrayLike<number>) => {
            const { buffer, offset } = place(values.length, 4);
            const view = new Float32Array(buffer, offset, values.length);
            view.set(values);
            return view;
          };
          const labels = () => {
            const { buffer, offset } = place(7, 4);
            const view = new Int32Array(buffer, offset, 7);
            view.set(targetsOf(problem.targets));
            return view;
          };
          const options = optionsOf(problem);
          const result = emdLoss(
            floats(problem.predictions),
            targets === 'index' ? labels() : floats(problem.targets.values as Float32Array),
            {
              ...options,
              classWeights: floats(options.classWeights as Float32Array),
              sampleWeights: floats(options.sampleWeights as Float32Array),
              upstream: floats(options.upstream as Float32Array),
              gradient: floats(new Float32Array(7 * 19)),
              losses: floats(new Float32Array(7)),
            },
          );
          const what = JSON.stringify({ seed, ...description });
          sameBits(result.gradient, expected.gradient, what);
          sameBits(result.losses, expected.losses, what);
        }
      }
    }
  });
}

test('nothing before or after an output is written, inputs are not written at all', () => {
  for (const ground of GROUNDS) {
    for (const inner of ['none', 'some', 'all'] as const) {
      for (const targets of ['index', 'distribution'] as const) {
        for (const [classes, rows] of [
          [2, 1],
          [3, 77],
          [8, 33],
          [17, 6],
          [33, 4],
          [300, 3],
        ] as const) {
          const description: Description = { ...PLAIN, ground, inner, targets, classes, rows, weights: 'both' };
          const problem = makeProblem(description, seed);
          const what = JSON.stringify({ seed, ...description });
          const [gradient, gradientGuards] = guarded(rows * classes);
          const [losses, lossGuards] = guarded(rows);
          const before = evaluate(problem);
          const inputs = [
            problem.predictions,
            targetsOf(problem.targets),
            problem.classWeights,
            problem.sampleWeights,
          ] as Float32Array[];
          const copies = inputs.map((input) => input.slice());
          emdLoss(inputs[0], inputs[1], {
            ...optionsOf(problem),
            classWeights: inputs[2],
            sampleWeights: inputs[3],
            gradient,
            losses,
          });
          sameBits(gradient, before.gradient, what);
          sameBits(losses, before.losses, what);
          assert.ok(gradientGuards() && lossGuards(), `${what}: memory beside an output was written to`);
          for (const [i, input] of inputs.entries()) assert.equal(input, copies[i], `${what}: an input was written to`);
        }
      }
    }
  }
});

// A view with guards on both sides, and whether those still stand.
function guarded(length: number): [Float32Array, () => boolean] {
  const whole = new Float32Array(length + 2 * GUARD).fill(-777);
  const isGuard = (value: number, i: number) => (i >= GUARD && i < GUARD + length) || value === -777;
  return [whole.subarray(GUARD, GUARD + length), () => whole.every(isGuard)];
}

const shrinking = 'a buffer that shrank is refused, and one that grew back works';
if (!hasResizable) skip(test, shrinking, `Node ${process.version} has no resizable buffers`);
else {
  test(shrinking, () => {
    const buffer = new ResizableBuffer(96, { maxByteLength: 4096 });
    const tracking = new Float32Array(buffer);
    const fixed = new Float32Array(buffer, 0, 24);
    assert.is(emdLoss(tracking, [0, 1, 2], { classes: 8 }).rows, 3);
    buffer.resize(64);
    assert.is(emdLoss(tracking, [0, 1], { classes: 8 }).rows, 2);
    throws(() => emdLoss(fixed, [0, 1, 2], { classes: 8 }), TypeError, /^predictions/);
    throws(() => emdLoss(new Float32Array(24), [0, 1, 2], { classes: 8, gradient: fixed }), TypeError, /^gradient/);
    buffer.resize(128);
    assert.is(emdLoss(tracking, [0, 1, 2, 3], { classes: 8 }).rows, 4);
    sameArray(emdLoss(fixed, [0, 1, 2], { classes: 8, gradient: fixed }).gradient, fixed);
  });
}

test('arrays of another realm and of subclasses are arrays', () => {
  const foreign = runInNewContext(
    '[new Float32Array(24), new Int32Array([0, 1, 2]), new Float32Array(24), [0, 1, 2]]',
  ) as [Float32Array, Int32Array, Float32Array, number[]];
  sameArray(emdLoss(foreign[0], foreign[1], { classes: 8, gradient: foreign[2] }).gradient, foreign[2]);
  assert.is(emdLoss(foreign[0], foreign[3], { classes: 8 }).rows, 3);
  class Logits extends Float32Array {}
  assert.is(emdLoss(new Logits(24), [0, 1, 2], { classes: 8 }).rows, 3);
  assert.is(emdLoss(new Float32Array(24), Buffer.from([0, 1, 2]), { classes: 8 }).rows, 3);
});

test.run();

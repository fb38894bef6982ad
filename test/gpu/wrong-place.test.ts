// Arrays that are not where the call is: in host memory, on another GPU, in memory that is used for something else.
import * as assert from 'uvu/assert';
import { DeviceArray, type EmdOptions, emdLoss, emdLossAsync, Stream } from '../../lib/index.js';
import { rejects, throws } from '../support/errors.js';
import { type Anything, floats, naming } from '../support/wrong.js';
import { gpuSuite, twoGpus } from './support/gpu.js';

const test = gpuSuite('arrays in the wrong place');

const C = 4;
const SENTINEL = 12345.675;
const device = (values: Anything, index = 0) => DeviceArray.from(values, { device: index });

test('host outputs with predictions on a GPU, and the reverse', () => {
  const there = device(floats(12));
  const cases: [Anything, Partial<EmdOptions>, string][] = [
    [there, { gradient: floats(12) }, 'gradient'],
    [there, { losses: floats(3) }, 'losses'],
    [there, { lossOut: floats(4) as Anything }, 'lossOut'],
    [floats(12), { gradient: device(floats(12)) }, 'gradient'],
    [floats(12), { losses: device(floats(3)) }, 'losses'],
    [floats(12), { lossOut: device(floats(4)) }, 'lossOut'],
    [floats(12), { sampleWeights: device(floats(3)) }, 'sampleWeights'],
    [floats(12), { classWeights: device(floats(4)) }, 'classWeights'],
    [floats(12), { upstream: device(floats(3)), reduction: 'none' }, 'upstream'],
    [floats(12), { stream: new Stream() }, 'stream'],
  ];
  for (const [predictions, options, name] of cases) {
    const call = () => emdLoss(predictions, [0, 1, 2], { classes: C, ...options });
    throws(call, TypeError, naming(name));
  }
  throws(() => emdLoss(floats(12), device(Int32Array.of(0, 1, 2)), { classes: C }), TypeError, naming('targets'));
});

test("device: 'cpu' with predictions on a GPU", () => {
  throws(() => emdLoss(device(floats(12)), [0, 1, 2], { classes: C, device: 'cpu' }), TypeError, naming('predictions'));
  assert.is(emdLoss(device(floats(12)), [0, 1, 2], { classes: C, device: 0 }).rows, 3);
});

test(
  'arrays and streams of another GPU',
  () => {
    const here = device(floats(12));
    const there = {
      gradient: device(floats(12), 1),
      losses: device(floats(3), 1),
      classWeights: device(floats(4), 1),
      sampleWeights: device(floats(3), 1),
      lossOut: device(floats(4), 1),
      stream: new Stream({ device: 1 }),
    };
    for (const [name, value] of Object.entries(there)) {
      throws(() => emdLoss(here, [0, 1, 2], { classes: C, [name]: value }), RangeError, naming(name));
    }
    throws(() => emdLoss(here, device(Int32Array.of(0, 1, 2), 1), { classes: C }), RangeError, naming('targets'));
    throws(() => emdLoss(here, [0, 1, 2], { classes: C, device: 1 }), RangeError, naming('predictions'));
    const { stream } = there;
    throws(() => here.fill(0, { stream }), RangeError, naming('stream'));
    throws(() => here.toHost({ stream }), RangeError, naming('stream'));
    throws(() => DeviceArray.allocate('float32', 1, { stream }), RangeError, naming('stream'));
    throws(() => emdLoss(floats(12), [0, 1, 2], { classes: C, device: 0, stream }), RangeError, naming('stream'));
  },
  twoGpus,
);

test(
  'the same call on every GPU',
  () => {
    const values = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
    const expected = emdLoss(device(values), [0, 1, 2], { classes: C }).loss;
    const stream = new Stream({ device: 1 });
    assert.is(emdLoss(device(values, 1), [0, 1, 2], { classes: C }).loss, expected);
    assert.is(emdLoss(device(values, 1), [0, 1, 2], { classes: C, stream }).loss, expected);
    assert.is(emdLoss(values, [0, 1, 2], { classes: C, device: 1, stream }).loss, expected);
  },
  twoGpus,
);

test('outputs that overlap something else: nothing is written', async () => {
  const memory = DeviceArray.allocate('float32', 100).fill(SENTINEL);
  const ints = DeviceArray.fromPointer(memory.pointer, 'int32', 100, { device: 0, owner: memory });
  const at = (start: number, length: number) => memory.subarray(start, start + length);
  const cases: Record<string, [RegExp, { predictions?: Anything; targets?: Anything; options: Partial<EmdOptions> }]> =
    {
      'gradient, predictions shifted by one': [/^gradient/, { options: { gradient: at(1, 12) } }],
      'gradient, the predictions behind it': [
        /^gradient/,
        { predictions: at(20, 12), options: { gradient: at(9, 12) } },
      ],
      'losses in predictions': [/^losses/, { options: { losses: at(0, 3) } }],
      'losses at the end of predictions': [/^losses/, { options: { losses: at(11, 3) } }],
      'losses in gradient': [/^(losses|gradient)/, { options: { gradient: at(40, 12), losses: at(51, 3) } }],
      'gradient in labels': [/^gradient/, { targets: ints.subarray(45, 48), options: { gradient: at(40, 12) } }],
      'losses in labels': [/^losses/, { targets: ints.subarray(45, 48), options: { losses: at(45, 3) } }],
      'gradient in a distribution': [/^gradient/, { targets: at(50, 12), options: { gradient: at(61, 12) } }],
      'gradient in classWeights': [/^gradient/, { options: { gradient: at(40, 12), classWeights: at(40, 4) } }],
      'losses in sampleWeights': [/^losses/, { options: { losses: at(60, 3), sampleWeights: at(60, 3) } }],
      'losses in upstream': [/^losses/, { options: { losses: at(60, 3), reduction: 'none', upstream: at(62, 3) } }],
      'lossOut in predictions': [/^lossOut/, { options: { lossOut: at(8, 4) } }],
      'lossOut in gradient': [/^(lossOut|gradient)/, { options: { gradient: at(40, 12), lossOut: at(51, 4) } }],
      'lossOut in losses': [/^(lossOut|losses)/, { options: { losses: at(40, 3), lossOut: at(42, 4) } }],
      'lossOut in labels': [/^lossOut/, { targets: ints.subarray(45, 48), options: { lossOut: at(47, 4) } }],
      'gradient in place, losses in it': [/^(losses|gradient)/, { options: { gradient: at(0, 12), losses: at(3, 3) } }],
    };
  for (const [what, [message, { predictions = at(0, 12), targets = [0, 1, 2], options }]] of Object.entries(cases)) {
    const all = { classes: C, gradient: false, losses: false, ...options };
    throws(() => emdLoss(predictions, targets, all), RangeError, message, what);
    await rejects(() => emdLossAsync(predictions, targets, all), RangeError, message, what);
    const untouched = (memory.toHost() as Float32Array).every((value) => value === Math.fround(SENTINEL));
    assert.ok(untouched, `${what}: something was written`);
  }
});

test('outputs side by side in one array do not overlap, and a gradient may be the predictions', () => {
  const memory = DeviceArray.allocate('float32', 40).fill(0);
  const at = (start: number, length: number) => memory.subarray(start, start + length);
  const options = { classes: C, gradient: at(12, 12), losses: at(24, 3), lossOut: at(27, 4) };
  const result = emdLoss(at(0, 12), [0, 1, 2], options);
  assert.is(result.gradient, options.gradient);
  assert.is(result.losses, options.losses);
  // Another view of the same memory is the same memory.
  assert.is(emdLoss(at(0, 12), [0, 1, 2], { classes: C, gradient: at(0, 12) }).rows, 3);
});

test('memory beside the outputs is left alone', () => {
  for (const [classes, rows] of [
    [2, 1],
    [3, 77],
    [8, 33],
    [17, 6],
    [33, 4],
    [300, 3],
    [5000, 2],
  ] as const) {
    for (const dtype of ['float32', 'float16'] as const) {
      for (const offset of [0, 1, 2, 3]) {
        const guarded = (type: 'float32' | 'float16', length: number) => {
          const whole = DeviceArray.allocate(type, length + 16).fill(-7);
          return { whole, inside: whole.subarray(4 + offset, 4 + offset + length), length };
        };
        const gradient = guarded(dtype, classes * rows);
        const losses = guarded('float32', rows);
        const predictions = guarded(dtype, classes * rows);
        predictions.inside.fill(0.5);
        const before = predictions.whole.toHost() as Float32Array;
        emdLoss(predictions.inside, new Uint8Array(rows), {
          classes,
          gradient: gradient.inside,
          losses: losses.inside,
        });
        for (const { whole, length } of [gradient, losses]) {
          const values = whole.toHost() as Float32Array;
          const outside = [...values.subarray(0, 4 + offset), ...values.subarray(4 + offset + length)];
          assert.is(new Set(outside).size, 1, `${classes} x ${rows} ${dtype} at ${offset}`);
        }
        assert.equal(predictions.whole.toHost(), before, 'an input was written to');
        for (const { whole } of [gradient, losses, predictions]) whole.dispose();
      }
    }
  }
});

test.run();

// Wrong options, arrays and labels: errors that name the argument, and nothing is recorded.
import * as assert from 'uvu/assert';
import { circular, ordered } from '../../lib/index.js';
import { type Arrays, type GpuDevice, WebGpuEmdLoss } from '../../lib/webgpu.js';
import { makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { rejects, throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import { type Anything, everyWrong, floats, integers, NOT_A_NUMBER, names, wrongKinds } from '../support/wrong.js';
import { counting } from './support/counting.js';
import { newDevice, webGpuSuite } from './support/device.js';
import { arraysOf, floatsAt, upload } from './support/webgpu-call.js';

const test = webGpuSuite('bad input on WebGPU');

const problem = makeProblem({ ...PLAIN, rows: 4 }, seed);

const OPTIONS: Record<string, ReturnType<typeof integers>> = {
  classes: integers(2, 16777216),
  inner: integers(1, Number.MAX_SAFE_INTEGER),
  power: integers(1, 2),
  input: names('logits', 'probabilities'),
  normalization: names('sum', 'mean'),
  reduction: names('mean', 'none'),
  crossEntropyWeight: NOT_A_NUMBER,
  emdWeight: NOT_A_NUMBER,
  ignoreIndex: NOT_A_NUMBER,
  classWeights: wrongKinds(null, 1, 'x', {}),
  groundDistance: wrongKinds(null, 1, 'ordered', {}, { kind: 'line' }, []),
};

test('options', (device) => {
  for (const [name, wrongs] of Object.entries(OPTIONS)) {
    everyWrong(wrongs, name, (value) => new WebGpuEmdLoss(device, { classes: 8, [name]: value } as Anything));
  }
  const make = (options: Anything) => () => new WebGpuEmdLoss(device, options);
  throws(make({ classes: 8, threads: 2 }), TypeError, /^threads: expected one of the options classes/);
  throws(make({ classes: 8, groundDistance: ordered([1, 2]) }), RangeError, /^groundDistance: expected one of 8/);
  throws(make({ classes: 8, groundDistance: { kind: 'line' } }), TypeError, /^groundDistance: expected ordered\(\) or/);
  throws(make({ classes: 8, groundDistance: { kind: 'ordered', gaps: [0] } }), RangeError, /^gaps\[0\]/);
  throws(
    make({ classes: 2 ** 20, groundDistance: circular() }),
    RangeError,
    /^classes: expected at most 524288 with circular/,
  );
  const distances = new Float32Array(6000 ** 2); // all classes at the same place
  throws(
    make({ classes: 6000, groundDistance: { kind: 'matrix', distances } }),
    RangeError,
    /^groundDistance: expected what fits/,
  );
  throws(make({ classes: 2, classWeights: [1, -1] }), RangeError, /^classWeights\[1\]/);
  throws(make(null), TypeError, /^options: expected an object/);
  throws(() => new WebGpuEmdLoss(null as Anything, { classes: 2 }), TypeError, /^device: expected a GPUDevice/);
});

type Change = (good: Arrays, device: GpuDevice) => Anything;
const CHANGES: [Change, typeof TypeError | typeof RangeError, RegExp][] = [
  [() => ({ predictions: floats(32) }), TypeError, /^predictions: expected a GPUBuffer/],
  [() => ({ predictions: undefined }), TypeError, /^predictions: expected a GPUBuffer/],
  [() => ({ targets: null }), TypeError, /^targets: expected a GPUBuffer/],
  [() => ({ gradient: true }), TypeError, /^gradient: expected a GPUBuffer/],
  [() => ({ type: 'float64' }), TypeError, /^type: expected 'float32'/],
  [() => ({ targetType: 'int8' }), TypeError, /^targetType: expected 'int32' or/],
  [() => ({ targetType: 'toString' }), TypeError, /^targetType: expected 'int32' or/],
  [() => ({ lossOut: 5 }), TypeError, /^lossOut: expected a GPUBuffer/],
  [() => ({ rows: 5 }), RangeError, /^predictions: expected 160 bytes \(4 for each of 5 rows and 8 classes\)/],
  [() => ({ rows: -1 }), RangeError, /^rows: expected an integer/],
  [() => ({ rows: '4' }), TypeError, /^rows: expected an integer/],
  [({ targets }) => ({ targets, targetType: 'int64' }), RangeError, /^targets: expected 32 bytes \(8 for each/],
  [({ gradient }) => ({ gradient: { ...(gradient as object), offset: 2 } }), RangeError, /^gradient.offset: .* of 4/],
  [
    ({ gradient }) => ({ gradient: { ...(gradient as object), offset: 4 } }),
    RangeError,
    /^gradient: expected 128 bytes/,
  ],
  [({ gradient }) => ({ gradient: { ...(gradient as object), offset: 1e9 } }), RangeError, /^gradient.offset: /],
  [({ gradient }) => ({ gradient: { ...(gradient as object), size: 8 } }), RangeError, /^gradient: .* received 8/],
  [({ predictions }) => ({ losses: predictions }), RangeError, /^losses: .* but it overlaps predictions$/],
  [({ targets }) => ({ gradient: undefined, losses: targets }), RangeError, /^losses: .* but it overlaps targets$/],
  [(_, device) => ({ sampleWeights: upload(device, floats(3)) }), RangeError, /^sampleWeights: expected 16 bytes/],
  [(_, device) => ({ upstream: upload(device, floats(4)) }), TypeError, /^upstream: expected a number, as reduction/],
  [(_, device) => ({ lossOut: upload(device, floats(7)) }), RangeError, /^lossOut: expected 32 bytes/],
  [(_, device) => ({ losses: device.createBuffer({ size: 64, usage: 8 }) }), RangeError, /^losses: .* STORAGE/],
  [() => ({ stream: 1 }), TypeError, /^stream: expected one of the arrays predictions/],
];

test('arrays: nothing is recorded', async (plain) => {
  const { device, counts } = counting(plain);
  const loss = new WebGpuEmdLoss(device, { classes: 8 });
  for (const [change, type, message] of CHANGES) {
    const good = arraysOf(device, problem);
    const arrays = { ...good, ...change(good, device) };
    throws(() => loss.encode(device.createCommandEncoder(), arrays), type, message);
    await rejects(() => loss.evaluate(arrays), type, message);
  }
  assert.equal([counts.dispatches, counts.submits], [0, 0]);
  throws(() => loss.encode(device.createCommandEncoder(), null as Anything), TypeError, /^arrays: expected an object/);
  throws(() => loss.encode({} as Anything, arraysOf(device, problem)), TypeError, /^encoder: expected a GPUComm/);
});

test('a gradient that overlaps the predictions otherwise than in place', (device) => {
  const buffer = upload(device, floats(40));
  const arrays = { ...arraysOf(device, problem), predictions: buffer, gradient: { buffer, offset: 4 } };
  const loss = new WebGpuEmdLoss(device, { classes: 8 });
  throws(() => loss.encode(device.createCommandEncoder(), arrays), RangeError, /or exactly that of predictions/);
});

test('arrays that do not go with the options', (device) => {
  const encode = (options: object, change: object) => () =>
    new WebGpuEmdLoss(device, { classes: 8, ...options }).encode(device.createCommandEncoder(), {
      ...arraysOf(device, problem),
      ...change,
    });
  throws(encode({ inner: 3 }, {}), RangeError, /^rows: expected a multiple of 3 \(inner\), received 4/);
  const distributions = { targetType: 'distribution', targets: upload(device, floats(32)) };
  throws(encode({ ignoreIndex: 1 }, distributions), TypeError, /^ignoreIndex: expected undefined, as the targets/);
});

const LABELS = {
  int32: { make: (labels: number[]) => Int32Array.from(labels), wrong: [8, -1, 2 ** 31 - 1, -(2 ** 31)] },
  uint32: { make: (labels: number[]) => Uint32Array.from(labels), wrong: [8, 2 ** 32 - 1] },
  int64: { make: (labels: number[]) => BigInt64Array.from(labels, BigInt), wrong: [8, -1, 2 ** 31 - 1, -(2 ** 31)] },
  float32: {
    make: (labels: number[]) => Float32Array.from(labels),
    wrong: [8, -1, 2.5, 2 ** 33, Number.NaN, Infinity],
  },
};

test('labels of every type: their values, and what is no class', async (device) => {
  const loss = new WebGpuEmdLoss(device, { classes: 8 });
  const good = [3, 0, 7, 2];
  const expected = await loss.evaluate({
    ...arraysOf(device, problem),
    targets: upload(device, Int32Array.from(good)),
  });
  for (const [targetType, { make, wrong }] of Object.entries(LABELS)) {
    const arrays = (labels: number[]) =>
      ({ ...arraysOf(device, problem), targets: upload(device, make(labels)), targetType }) as Arrays;
    assert.is((await loss.evaluate(arrays(good))).loss, expected.loss, targetType);
    for (const value of wrong) {
      const message = new RegExp(`^targets\\[2\\]: expected a class index in 0\\.\\.7, received ${value}$`);
      const call = arrays([3, 0, value, value]);
      await rejects(() => loss.evaluate(call), RangeError, message, `${targetType} ${value}`);
      const gradient = await floatsAt(device, (call.gradient as Anything).buffer, 0, 32);
      assert.ok(gradient.subarray(16).every(Number.isNaN) && !gradient.subarray(0, 16).some(Number.isNaN));
    }
  }
});

test('a label beyond 32 bits is no class, but may be the index to ignore', async (device) => {
  const targets = upload(device, BigInt64Array.of(3n, 2n ** 32n + 1n, 1n, -(2n ** 40n)));
  const arrays = { ...arraysOf(device, problem), targets, targetType: 'int64' } as const;
  const message = /^targets\[1\]: expected a class index in 0\.\.7, received 2147483647$/;
  await rejects(() => new WebGpuEmdLoss(device, { classes: 8 }).evaluate(arrays), RangeError, message);
  const ignoring = new WebGpuEmdLoss(device, { classes: 8, ignoreIndex: 2 ** 32 + 1 });
  await rejects(() => ignoring.evaluate(arrays), RangeError, /^targets\[3\]: .* received -2147483648$/);
});

test('a label that is no class in a row without weight does not count', async (device) => {
  const arrays = {
    ...arraysOf(device, problem),
    targets: upload(device, Int32Array.of(0, 99, 1, 2)),
    sampleWeights: upload(device, Float32Array.of(1, 0, 1, 1)),
  };
  const { rows, nonFinite } = await new WebGpuEmdLoss(device, { classes: 8 }).evaluate(arrays);
  assert.equal([rows, nonFinite], [4, 0]);
});

test('disposed of', async (device) => {
  const loss = new WebGpuEmdLoss(device, { classes: 8, classWeights: new Array(8).fill(1) });
  await loss.evaluate(arraysOf(device, problem));
  loss.dispose();
  loss.dispose();
  await rejects(() => loss.evaluate(arraysOf(device, problem)), Error, /disposed of/);
  throws(() => loss.encode(device.createCommandEncoder(), arraysOf(device, problem)), Error, /disposed of/);
});

test('a device that is lost rejects with its reason', async () => {
  const device = await newDevice();
  const loss = new WebGpuEmdLoss(device, { classes: 8 });
  const arrays = arraysOf(device, problem);
  device.destroy();
  await device.lost;
  const error = await loss.evaluate(arrays).catch((reason) => reason);
  assert.is(error.code, 'WEBGPU_DEVICE_LOST', `${error}`);
});

test.run();

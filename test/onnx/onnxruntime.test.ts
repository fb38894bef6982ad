// The adapter to onnxruntime's tensors, with the newest and the oldest supported onnxruntime-common.
// runner: wasm
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Tensor as OldTensor } from 'onnxruntime-common-1.17';
import { Tensor } from 'onnxruntime-node';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emdLoss as lossOfArrays, ordered } from '../../lib/index.js';
import { emdLoss, emdLossAsync, type OrtEmdOptions, type OrtTensor } from '../../lib/onnxruntime.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { rejects, throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import { type Anything, naming, show, wrongKinds, wrongNumbers } from '../support/wrong.js';

const test = suite('onnxruntime');

const CLASSES = 5;
const random = new Random(seed);
const logitsOf = (length: number) => random.floats(length, () => 2 * random.normal());
const labelsOf = (length: number) => Int32Array.from({ length }, () => random.index(CLASSES));
const long = (labels: Int32Array) => BigInt64Array.from(labels, BigInt);

for (const [version, OrtTensorClass] of [
  ['newest', Tensor],
  ['oldest', OldTensor as unknown as typeof Tensor],
] as const) {
  test(`${version}: the numbers of the call with arrays, for every type of label and shape`, () => {
    const data = logitsOf(2 * 3 * 4 * CLASSES);
    const indices = labelsOf(24);
    const cases: [number[], number[], OrtEmdOptions, number][] = [
      [[24, CLASSES], [24], {}, 1],
      [[2, 3, 4, CLASSES], [2, 3, 4], { axis: -1 }, 1],
      [[2, CLASSES, 3, 4], [2, 3, 4], { axis: 1 }, 12],
      [[2, CLASSES, 3, 4], [2, 3, 4], { axis: -3 }, 12],
      [[CLASSES, 24], [24], { axis: 0 }, 24],
    ];
    for (const [dims, rowDims, options, inner] of cases) {
      const logits = new OrtTensorClass('float32', data, dims);
      const expected = lossOfArrays(data, indices, { classes: CLASSES, inner, crossEntropyWeight: 1, losses: true });
      for (const labels of [
        new OrtTensorClass('int32', indices, rowDims),
        new OrtTensorClass('int64', long(indices), rowDims),
        new OrtTensorClass('uint8', Uint8Array.from(indices), rowDims),
      ]) {
        const result = emdLoss(logits, labels, { ...options, crossEntropyWeight: 1, losses: true });
        assert.is(result.loss, expected.loss);
        assert.is(result.rows, 24);
        assert.instance(result.gradient, OrtTensorClass);
        assert.equal(result.gradient?.dims, dims);
        assert.equal(result.losses?.dims, rowDims);
        sameBits(result.gradient?.data as Float32Array, expected.gradient as Float32Array, 'gradient');
        sameBits(result.losses?.data as Float32Array, expected.losses as Float32Array, 'losses');
      }
    }
  });

  test(`${version}: tensors are filled where they lie, in place too`, () => {
    const data = logitsOf(3 * CLASSES);
    const labels = new OrtTensorClass('int32', Int32Array.of(0, 4, 2), [3]);
    const expected = lossOfArrays(data, Int32Array.of(0, 4, 2), { classes: CLASSES }).gradient as Float32Array;
    const target = new OrtTensorClass('float32', new Float32Array(data.length), [3, CLASSES]);
    const result = emdLoss(new OrtTensorClass('float32', data, [3, CLASSES]), labels, { gradient: target });
    assert.is(result.gradient, target);
    sameBits(target.data as Float32Array, expected, 'gradient');
    const own = new OrtTensorClass('float32', data.slice(), [3, CLASSES]);
    assert.is(emdLoss(own, labels, { gradient: own }).gradient, own);
    sameBits(own.data as Float32Array, expected, 'in place');
    assert.is(emdLoss(own, labels, { gradient: false }).gradient, null);
  });

  test(`${version}: float16 logits give a float16 gradient`, () => {
    const bits = Uint16Array.from({ length: 2 * CLASSES }, (_, i) => 0x3c00 + 131 * i);
    const values = Float32Array.from(bits, (b) => 2 ** ((b >> 10) - 15) * (1 + (b & 1023) / 1024));
    const logits = new OrtTensorClass('float16', bits, [2, CLASSES]);
    const labels = new OrtTensorClass('int32', Int32Array.of(3, 0), [2]);
    const expected = lossOfArrays(values, Int32Array.of(3, 0), { classes: CLASSES });
    const { loss, gradient } = emdLoss(logits, labels);
    assert.is(loss, expected.loss);
    assert.is(gradient.type, 'float16');
    const half = (b: number) => {
      const size = b & 0x7fff;
      const value = size < 1024 ? size * 2 ** -24 : 2 ** ((size >> 10) - 15) * (1 + (size & 1023) / 1024);
      return b & 0x8000 ? -value : value;
    };
    // A Float16Array where the runtime has it.
    const bitsOf = ({ data }: OrtTensor) => {
      const { buffer, byteOffset, length } = data as Uint16Array;
      return new Uint16Array(buffer, byteOffset, length);
    };
    Array.from(bitsOf(gradient), half).forEach((g, i) => {
      const exact = (expected.gradient as Float32Array)[i];
      assert.ok(Math.abs(g - exact) <= Math.max(2 ** -11 * Math.abs(exact), 2 ** -25), `${i}: ${g}, ${exact}`);
    });
    const target = new OrtTensorClass('float16', new Uint16Array(bits.length), [2, CLASSES]);
    assert.is(emdLoss(logits, labels, { gradient: target }).gradient, target);
    assert.equal(bitsOf(target), bitsOf(gradient));
  });
}

test('weights and upstream as tensors; distributions', async () => {
  const data = logitsOf(4 * CLASSES);
  const targets = Float32Array.from({ length: 4 * CLASSES }, (_, i) =>
    i % CLASSES === 1 ? 0.75 : i % CLASSES === 2 ? 0.25 : 0,
  );
  const options = { reduction: 'none', groundDistance: ordered([1, 2, 1, 3]) } as const;
  const sampleWeights = Float32Array.of(1, 0, 2, 0.5);
  const classWeights = Float32Array.of(1, 2, 3, 4, 5);
  const upstream = Float32Array.of(1, 2, -1, 0.25);
  const expected = lossOfArrays(data, targets, { ...options, classes: CLASSES, sampleWeights, classWeights, upstream });
  const logits = new Tensor('float32', data, [2, 2, CLASSES]);
  const labels = new Tensor('float32', targets, [2, 2, CLASSES]);
  const perRow = (values: Float32Array) => new Tensor('float32', values, [2, 2]);
  const tensors = {
    ...options,
    sampleWeights: perRow(sampleWeights),
    classWeights: new Tensor('float32', classWeights, [CLASSES]),
    upstream: perRow(upstream),
  };
  for (const result of [emdLoss(logits, labels, tensors), await emdLossAsync(logits, labels, tensors)]) {
    assert.ok(Number.isNaN(result.loss));
    sameBits(result.losses?.data as Float32Array, expected.losses as Float32Array, 'losses');
    sameBits(result.gradient?.data as Float32Array, expected.gradient as Float32Array, 'gradient');
  }
});

test('wrong arguments name the tensor and leave outputs alone', async () => {
  const logits = new Tensor('float32', logitsOf(2 * CLASSES), [2, CLASSES]);
  const labels = new Tensor('int32', Int32Array.of(0, 1), [2]);
  const target = new Tensor('float32', new Float32Array(2 * CLASSES).fill(7), [2, CLASSES]);
  const floats = (...dims: number[]) => new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
  const elsewhere = { type: 'float32', dims: [2, CLASSES], location: 'gpu-buffer', data: undefined };
  type Case = [string, ReturnType<typeof wrongKinds>, (value: Anything) => [OrtTensor, OrtTensor, Anything]];
  const cases: Case[] = [
    [
      'logits',
      [
        ...wrongKinds(
          null,
          1,
          new Float32Array(10),
          {},
          { ...logits },
          new Tensor('int32', new Int32Array(10), [2, 5]),
          elsewhere,
        ),
        ...wrongNumbers(floats(), floats(2, 1)),
      ],
      (value) => [value, labels, {}],
    ],
    [
      'labels',
      [
        ...wrongKinds(
          null,
          [0, 1],
          new Tensor('string', ['a', 'b'], [2]),
          new Tensor('float64', new Float64Array(2), [2]),
        ),
        ...wrongNumbers(
          new Tensor('int32', new Int32Array(3), [3]),
          new Tensor('int32', new Int32Array(2), [1, 2]),
          floats(5, 2),
          new Tensor('int32', Int32Array.of(0, CLASSES), [2]),
          new Tensor('int64', BigInt64Array.of(0n, -1n), [2]),
        ),
      ],
      (value) => [logits, value, {}],
    ],
    ['axis', [...wrongKinds('1', null), ...wrongNumbers(2, -3, 0.5)], (value) => [logits, labels, { axis: value }]],
    [
      'gradient',
      [...wrongKinds(1, new Float32Array(10)), ...wrongNumbers(floats(5, 2))],
      (value) => [logits, labels, { gradient: value }],
    ],
    ['losses', [...wrongKinds('yes'), ...wrongNumbers(floats(3))], (value) => [logits, labels, { losses: value }]],
    [
      'sampleWeights',
      [...wrongKinds([1, 1]), ...wrongNumbers(floats(3), floats(1, 2))],
      (value) => [logits, labels, { sampleWeights: value }],
    ],
    [
      'classWeights',
      [...wrongKinds('a'), ...wrongNumbers(floats(2))],
      (value) => [logits, labels, { classWeights: value }],
    ],
  ];
  for (const [name, wrongs, call] of cases) {
    for (const { value, type } of wrongs) {
      const [a, b, options] = call(value);
      const filled = { gradient: target, ...options };
      throws(() => emdLoss(a as typeof logits, b, filled), type, naming(name), `${name} ${show(value)}`);
      await rejects(
        () => emdLossAsync(a as typeof logits, b, filled),
        type,
        naming(name),
        `${name} ${show(value)}, later`,
      );
    }
  }
  throws(() => emdLoss(logits, labels, { clases: 5 } as Anything), TypeError, /^clases: expected one of the options/);
  assert.ok(
    (target.data as Float32Array).every((g) => g === 7),
    'nothing was written',
  );
});

test('a float16 gradient over inputs is refused; in the very place of the logits it is not', () => {
  const memory = new Uint16Array(20).fill(0x3c00);
  const logits = new Tensor('float16', memory.subarray(0, 10), [2, CLASSES]);
  const labels = new Tensor('int32', Int32Array.of(0, 1), [2]);
  const over = new Tensor('float16', memory.subarray(5, 15), [2, CLASSES]);
  throws(() => emdLoss(logits, labels, { gradient: over }), RangeError, /^gradient: expected memory of its own/);
  assert.ok(memory.every((bits) => bits === 0x3c00));
  assert.is(emdLoss(logits, labels, { gradient: logits }).gradient, logits);
});

test('neither the root nor this sub-path loads onnxruntime', () => {
  const program = `
    require('squared-emd'); require('squared-emd/onnxruntime');
    const loaded = Object.keys(require.cache).filter((file) => file.includes('node_modules') && /onnxruntime|tfjs/.test(file));
    if (loaded.length > 0) throw new Error(loaded.join());`;
  execFileSync(process.execPath, ['-e', program], { cwd: join(__dirname, '../../..') });
});

test.run();

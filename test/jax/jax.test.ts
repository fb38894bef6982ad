// jax-js on its wasm device, the one that it has in Node.js: the kernels of the host, through vjp.
import * as jax from '@jax-js/jax';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { circular, emdLoss as lossOfArrays } from '../../lib/index.js';
import { emdLoss, valueAndGrad } from '../../lib/jax.js';
import { evaluate, groundDistance } from '../../shared/oracle/call.js';
import { type Description, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import type { Anything } from '../support/wrong.js';

const { numpy: np } = jax;

const test = suite('jax-js on its wasm device');

test.before(async () => {
  await jax.init('wasm');
  jax.defaultDevice('wasm');
});

const floats = (values: ArrayLike<number>, shape: number[]) => np.array(Float32Array.from(values), { shape });
const integers = (values: ArrayLike<number>, shape: number[]) => np.array(Int32Array.from(values), { shape });

for (const change of [
  {},
  { ground: 'circular-gaps', mix: 'both', weights: 'class' },
  { ground: 'energy', targets: 'distribution', reduction: 'sum' },
  { ground: 'tree-random', power: 1, input: 'probabilities', reduction: 'none', normalization: 'mean' },
] as Partial<Description>[]) {
  test(`the bits of emdLoss on arrays: ${JSON.stringify(change)}`, () => {
    const problem = makeProblem({ ...PLAIN, classes: 9, rows: 6, mood: 'calm', ...change }, seed);
    const expected = evaluate(problem);
    const { classes, input, power, normalization, reduction, crossEntropyWeight, emdWeight, classWeights } = problem;
    const options = { input, power, normalization, reduction, crossEntropyWeight, emdWeight };
    const isDistribution = problem.targets.kind === 'distribution';
    const labels = Array.from(problem.targets.values as ArrayLike<number>);
    const { loss, gradient } = emdLoss(
      floats(problem.predictions, [2, 3, classes]),
      isDistribution ? floats(labels, [2, 3, classes]) : integers(labels, [2, 3]),
      {
        ...options,
        groundDistance: groundDistance(problem.ground),
        ...(classWeights && { classWeights: Array.from(classWeights) }),
      },
    );
    assert.equal(loss.shape, reduction === 'none' ? [2, 3] : []);
    assert.equal(gradient.shape, [2, 3, classes]);
    sameBits(gradient.dataSync() as Float32Array, expected.gradient as Float32Array, 'gradient');
    const values = Array.from(loss.dataSync());
    assert.equal(
      values,
      reduction === 'none' ? Array.from(expected.losses as Float32Array) : [Math.fround(expected.loss)],
    );
  });
}

/** Cross entropy and twice the squared EMD as operators of jax-js. */
function expressed(logits: jax.Array, labels: Int32Array, classes: number): jax.Array {
  const hot = jax.nn.oneHot(np.array(labels), classes);
  const p = jax.nn.softmax(logits.ref, -1);
  const difference = np.cumsum(p.sub(hot.ref), -1);
  const emd = np.sum(np.square(difference), -1);
  const crossEntropy = np.sum(jax.nn.logSoftmax(logits, -1).mul(hot), -1).neg();
  return np.mean(crossEntropy.add(emd.mul(2)));
}

const [ROWS, FEATURES, UNITS, CLASSES] = [16, 4, 8, 7];
const random = new Random(seed);
const inputs = random.floats(ROWS * FEATURES, () => random.normal());
const labels = Int32Array.from({ length: ROWS }, () => random.index(CLASSES));
const makeParams = () => ({
  first: floats(
    Float32Array.from({ length: FEATURES * UNITS }, (_, i) => Math.sin(i)),
    [FEATURES, UNITS],
  ),
  second: floats(
    Float32Array.from({ length: UNITS * CLASSES }, (_, i) => Math.cos(i)),
    [UNITS, CLASSES],
  ),
});
type Params = ReturnType<typeof makeParams>;
const model = ({ first, second }: Params, x: jax.Array): jax.Array => np.matmul(np.tanh(np.matmul(x, first)), second);

for (const [name, compiled] of [
  ['as it is', model],
  ['compiled by jit', jax.jit(model) as unknown as typeof model],
] as const) {
  test(`valueAndGrad of a model ${name}: the gradients of the loss as operators of jax-js`, () => {
    const own = valueAndGrad(compiled, { crossEntropyWeight: 1, emdWeight: 2 });
    const theirs = jax.valueAndGrad((params: Params) =>
      expressed(model(params, floats(inputs, [ROWS, FEATURES])), labels, CLASSES),
    );
    const x = floats(inputs, [ROWS, FEATURES]);
    for (let step = 0; step < 3; step++) {
      const [loss, gradients] = own(makeParams(), x.ref, labels);
      const [expected, slopes] = theirs(makeParams());
      assert.ok(Math.abs(loss.item() - expected.item()) < 1e-5, 'loss');
      for (const key of ['first', 'second'] as const) {
        const wanted = slopes[key].dataSync();
        Array.from(gradients[key].dataSync(), Number).forEach((g, i) => {
          assert.ok(Math.abs(g - wanted[i]) < 1e-5, `${key}[${i}]: ${g}, not ${wanted[i]}`);
        });
      }
    }
    assert.is(x.refCount, 1, 'the inputs that were passed on are given up');
  });
}

test('it takes the arrays that it is given, and no more', () => {
  const logits = floats(inputs, [ROWS, FEATURES]);
  const y = integers(
    labels.map((label) => label % FEATURES),
    [ROWS],
  );
  for (const given of [y.ref, labels.map((label) => label % FEATURES)]) {
    const { loss, gradient } = emdLoss(logits.ref, given);
    assert.equal([logits.refCount, y.refCount, loss.refCount, gradient.refCount], [1, 1, 1, 1]);
  }
  const params = makeParams();
  const [, gradients] = valueAndGrad(model)({ first: params.first.ref, second: params.second.ref }, logits.ref, labels);
  assert.equal([params.first.refCount, params.second.refCount, gradients.first.refCount], [1, 1, 1]);
  logits.dispose();
  assert.throws(() => logits.shape && logits.dataSync());
});

test('training with a circle: the losses of a loop on arrays', () => {
  const options = { groundDistance: circular(), crossEntropyWeight: 1 };
  const step = valueAndGrad(({ w }: { w: jax.Array }, x: jax.Array) => np.matmul(x, w), options);
  let w = np.zeros([FEATURES, CLASSES]);
  const weights = new Float32Array(FEATURES * CLASSES);
  for (let i = 0; i < 20; i++) {
    const logits = Float32Array.from({ length: ROWS * CLASSES }, (_, at) => {
      const [b, c] = [Math.floor(at / CLASSES), at % CLASSES];
      let sum = 0;
      for (let f = 0; f < FEATURES; f++) sum += inputs[b * FEATURES + f] * weights[f * CLASSES + c];
      return sum;
    });
    const { loss: expected, gradient } = lossOfArrays(logits, labels, { classes: CLASSES, ...options });
    const [loss, gradients] = step({ w: w.ref }, floats(inputs, [ROWS, FEATURES]), labels);
    const value = loss.item();
    assert.ok(Math.abs(value - expected) < 1e-5, `step ${i}: ${value}, not ${expected}`);
    w = w.sub(gradients.w.mul(0.5));
    for (let at = 0; at < weights.length; at++) {
      const [f, c] = [Math.floor(at / CLASSES), at % CLASSES];
      for (let b = 0; b < ROWS; b++) weights[at] -= 0.5 * inputs[b * FEATURES + f] * gradient[b * CLASSES + c];
    }
  }
});

test('errors name the argument', () => {
  const logits = () => floats(new Float32Array(6), [2, 3]);
  const cases: [() => unknown, typeof TypeError | typeof RangeError, RegExp][] = [
    [() => emdLoss(new Float32Array(6) as Anything, [0, 1]), TypeError, /^logits: expected an array of jax-js/],
    [() => emdLoss(integers([1, 2, 3], [1, 3]), [0]), TypeError, /^logits: expected an array of float32/],
    [() => emdLoss(floats([1, 2], [2, 1]), [0, 0]), RangeError, /^logits: expected the shape \[.., classes\]/],
    [() => emdLoss(logits(), [0, 3]), RangeError, /^labels\[1\]: expected a class index in 0..2, received 3/],
    [() => emdLoss(logits(), [0, 0.5]), RangeError, /^labels\[1\]: expected a class index in 0..2, received 0.5/],
    [() => emdLoss(logits(), [0]), RangeError, /^labels: expected 2 elements/],
    [
      () => emdLoss(logits(), integers([0, 1, 2], [3])),
      RangeError,
      /^labels: expected the shape \[2\] \(class indices\) or \[2,3\]/,
    ],
    [() => emdLoss(logits(), [0, 1], { classes: 3 } as Anything), TypeError, /^classes: expected one of the options/],
    [() => valueAndGrad(3 as Anything), TypeError, /^model: expected a function/],
    [() => valueAndGrad(model, { reduction: 'none' as 'mean' }), RangeError, /^reduction: expected 'mean' or 'sum'/],
    [
      () => jax.grad((z: jax.Array) => emdLoss(z, [0, 1]).loss)(logits()),
      TypeError,
      /^logits: expected an array of jax-js that has its numbers \(not inside of jit, grad or vmap\)/,
    ],
  ];
  for (const [call, type, message] of cases) throws(call, type, message);
});

test.run();

// Wrong arguments of calls on device arrays: the kind of error, a message that names the argument, says what was expected and what
// came, and not a byte written to any output.
import * as assert from 'uvu/assert';
import { DeviceArray, EmdLoss, emdLoss, emdLossAsync } from '../../lib/index.js';
import { rejects, throws } from '../support/errors.js';
import {
  type Anything,
  detached,
  floats,
  impostor,
  naming,
  show,
  type Wrong,
  withHole,
  wrongKinds,
  wrongNumbers,
} from '../support/wrong.js';
import { gpuSuite } from './support/gpu.js';
import { array, fake, no } from './support/wrong-device.js';

const test = gpuSuite('bad input with a GPU');

const C = 4;
const ROWS = 3;
const SENTINEL = 12345.675;

const dtypes = ['float16', 'bfloat16', 'int32', 'int64', 'uint8'] as const;
const others = (length: number, ...except: string[]): Wrong[] =>
  wrongKinds(...dtypes.filter((dtype) => !except.includes(dtype)).map((dtype) => array(dtype, length)));
const lengths = (dtype: string, length: number): Wrong[] =>
  wrongNumbers(array(dtype, 0), array(dtype, length - 1), array(dtype, length + 1), array(dtype, 2 * length));
const things = () =>
  wrongKinds(null, 'x', {}, 7n, () => 1, [1, 2, 3], new Float64Array(ROWS), fake(DeviceArray), impostor());

// Weights may be uploaded: everything that is wrong in host memory is wrong here.
const weights = (length: number): Wrong[] => {
  const bad = [-1, Number.NaN, Infinity, -1e-40].map((value) => floats(length).fill(1).fill(value, 1, 2));
  return [...things(), ...others(length), ...lengths('float32', length), ...wrongNumbers(floats(length - 1), ...bad)];
};
const outputs = (length: number): Wrong[] => [
  ...things(),
  ...wrongKinds(1, floats(length), detached()),
  ...others(length),
  ...lengths('float32', length),
];

const OPTIONS: Record<string, () => Wrong[]> = {
  classWeights: () => [
    ...weights(C).filter(({ value }) => !Array.isArray(value) && !(value instanceof Float64Array)),
    ...wrongNumbers([1, 2, 3], new Float64Array(C - 1)),
  ],
  sampleWeights: () => weights(ROWS),
  upstream: () => wrongKinds(null, '1', {}, floats(ROWS), array('float32', ROWS), array('int32', ROWS)),
  gradient: () => outputs(ROWS * C),
  losses: () => outputs(ROWS),
  stream: no.stream,
  lossOut: () => [...things(), ...wrongKinds(1, true, floats(4)), ...others(4), ...lengths('float32', 4)],
  device: () => [...wrongKinds(null, 'gpu', true, {}, 1n), ...wrongNumbers(-1, 0.5, Number.NaN, 1000)],
};

const TARGETS = (): Wrong[] => [
  ...wrongKinds(undefined, null, 1, {}, new Float64Array(ROWS), fake(DeviceArray), detached()),
  ...wrongKinds(array('float16', ROWS * C), array('bfloat16', ROWS)),
  ...lengths('int32', ROWS),
  ...lengths('int64', ROWS),
  ...lengths('uint8', ROWS),
  ...lengths('float32', ROWS * C),
  ...wrongNumbers(new Int32Array(ROWS - 1), floats(ROWS), new Uint16Array(ROWS + 1), [0, 1]),
];
const LABELS: Wrong[] = [
  ...wrongNumbers(
    Int32Array.of(0, 1, C),
    Uint8Array.of(0, 1, 255),
    Uint16Array.of(0, 1, 65535),
    Uint32Array.of(0, 1, 2 ** 32 - 1),
    BigInt64Array.of(0n, 1n, 2n ** 32n),
    [0, 1, -1],
    [0, 1, 0.5],
    [0, 1, 2 ** 40],
  ),
  ...wrongKinds([0, 1, '2'], [0, 1, null], withHole([0, 1, 2], 2)),
];

interface Call {
  predictions: Anything;
  targets: Anything;
  options: Anything;
}

/** A refusal by the function, its asynchronous form, and the class; the outputs keep what they held. */
async function refused(
  change: (call: Call) => void,
  type: Wrong['type'],
  message: RegExp,
  what: string,
): Promise<void> {
  const gradient = array('float32', ROWS * C).fill(SENTINEL);
  const losses = array('float32', ROWS).fill(SENTINEL);
  const predictions = array('float32', ROWS * C).fill(0);
  const make = (): [Anything, Anything, Anything] => {
    const call: Call = { predictions, targets: Int32Array.of(0, 1, 2), options: { classes: C, gradient, losses } };
    change(call);
    return [call.predictions, call.targets, call.options];
  };
  throws(() => emdLoss(...make()), type, message, `emdLoss, ${what}`);
  await rejects(() => emdLossAsync(...make()), type, message, `emdLossAsync, ${what}`);
  const evaluate = () => {
    const [predictions, targets, options] = make();
    return new EmdLoss(options).evaluate(predictions, targets);
  };
  throws(evaluate, type, message, `EmdLoss, ${what}`);
  for (const output of [gradient, losses]) {
    const untouched = (output.toHost() as Float32Array).every((value) => value === Math.fround(SENTINEL));
    assert.ok(untouched, `${what}: an output was written to`);
    output.dispose();
  }
  predictions.dispose();
}

for (const [name, cases] of Object.entries(OPTIONS)) {
  test(`options.${name}`, async () => {
    for (const { value, type } of cases()) {
      await refused(
        ({ options }) => Object.assign(options, { [name]: value }),
        type,
        naming(name),
        `${name} = ${show(value)}`,
      );
    }
  });
}

test('an array of upstream gradients with reduction none has one per row', async () => {
  for (const { value, type } of [
    ...things(),
    ...others(ROWS),
    ...lengths('float32', ROWS),
    ...wrongNumbers(floats(2)),
  ]) {
    const change = { reduction: 'none', upstream: value };
    await refused(({ options }) => Object.assign(options, change), type, naming('upstream'), show(value));
  }
});

test('predictions', async () => {
  const wrong = [
    ...wrongKinds(array('int32', ROWS * C), array('int64', ROWS * C), array('uint8', ROWS * C), fake(DeviceArray)),
    ...wrongNumbers(array('float32', 1), array('float16', ROWS * C - 1), array('bfloat16', ROWS * C + 1)),
  ];
  for (const { value, type } of wrong) {
    await refused((call) => Object.assign(call, { predictions: value }), type, naming('predictions'), show(value));
  }
});

test('targets', async () => {
  for (const { value, type } of TARGETS()) {
    await refused((call) => Object.assign(call, { targets: value }), type, naming('targets'), show(value));
  }
});

test('labels that are uploaded: nothing is written', async () => {
  const message = /^targets\[2\]: expected a class index in 0\.\.3, received .+/;
  for (const { value, type } of LABELS) {
    await refused((call) => Object.assign(call, { targets: value }), type, message, show(value));
  }
});

test('ignoreIndex with distributions', async () => {
  for (const targets of [array('float32', ROWS * C), floats(ROWS * C).fill(0.25)]) {
    const change = (call: Call) => {
      call.targets = targets;
      call.options.ignoreIndex = 0;
    };
    await refused(change, TypeError, naming('ignoreIndex'), 'ignoreIndex');
  }
});

test('the arguments of EmdLoss.evaluate', async () => {
  const criterion = new EmdLoss({ classes: C });
  const predictions = array('float32', ROWS * C).fill(0);
  for (const name of ['gradient', 'losses', 'sampleWeights', 'upstream', 'stream', 'lossOut']) {
    for (const { value, type } of OPTIONS[name]()) {
      const options: Anything = { [name]: value };
      const what = `${name} = ${show(value)}`;
      throws(() => criterion.evaluate(predictions, [0, 1, 2], options), type, naming(name), what);
      await rejects(() => criterion.evaluateAsync(predictions, [0, 1, 2], options), type, naming(name), what);
    }
  }
});

test('arguments of calls that stage arrays in host memory', () => {
  const call = (options: Anything) => () => emdLoss(floats(ROWS * C), [0, 1, 2], { classes: C, device: 0, ...options });
  throws(call({ lossOut: array('float32', 4) }), TypeError, naming('lossOut'));
  throws(call({ gradient: array('float32', ROWS * C) }), TypeError, naming('gradient'));
  throws(call({ losses: array('float32', ROWS) }), TypeError, naming('losses'));
  throws(call({ classWeights: array('float32', C) }), TypeError, naming('classWeights'));
  for (const { value, type } of no.stream()) throws(call({ stream: value }), type, naming('stream'), show(value));
  throws(() => emdLoss(floats(8), array('int32', 2), { classes: C, device: 0 }), TypeError, naming('targets'));
});

test.run();

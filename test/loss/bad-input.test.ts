// Every argument of a call with every wrong value: the kind of error, a message that names the argument, says what was expected
// and what came, and not a byte written to any output.
// runner: wasm
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as api from '../../lib/index.js';
import { rejects, throws } from '../support/errors.js';
import {
  type Anything,
  arrayLike,
  detached,
  floats,
  groundPrototype,
  impostor,
  integers,
  NOT_A_NUMBER,
  names,
  naming,
  show,
  type Wrong,
  withHole,
  wrongKinds,
  wrongNumbers,
} from '../support/wrong.js';

const test = suite('bad input');

const { emdLoss, emdLossAsync, EmdLoss } = api;

const C = 4;
const ROWS = 3;
const SENTINEL = 12345.675;

const NO_FLOATS = [
  null,
  'x',
  {},
  7n,
  () => 1,
  Symbol('s'),
  [1, 2, 3],
  new Float64Array(ROWS),
  new ArrayBuffer(12),
  new DataView(new ArrayBuffer(12)),
];

const WEIGHTS = [...NOT_A_NUMBER, ...wrongNumbers(Number.NaN, Infinity, -Infinity, -1, -1e-300, 1e39)];

/** Float32Arrays of a length that must fit. */
const arrays = (length: number) => [
  ...wrongKinds(...NO_FLOATS, impostor(), new Int32Array(length), Array(length).fill(1), arrayLike(length), detached()),
  ...wrongNumbers(floats(0), floats(length - 1), floats(length + 1), floats(length * 2)),
];
const withEntry = (length: number, value: number) => floats(length).fill(1).fill(value, 1, 2);
const weightArrays = (length: number) => [
  ...arrays(length),
  ...wrongNumbers(...[-1, Number.NaN, Infinity, -Infinity, -1e-40].map((value) => withEntry(length, value))),
];

/** Numbers that are no Float32Array, which class weights may be. */
const isList = (value: Anything) =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof Float32Array || value instanceof DataView));

const OPTIONS: Record<string, Wrong[]> = {
  classes: [...integers(2, 2 ** 40), ...wrongKinds(undefined), ...wrongNumbers(2 ** 31, 2 ** 32 + C, 2 ** 53)],
  inner: [...integers(1, 2 ** 60), ...wrongNumbers(2, 7, 2 ** 31, 2 ** 32 + 1, 2 ** 53, 2 ** 62)],
  groundDistance: [
    ...wrongKinds(null, 'ordered', 1, {}, [], { kind: 'ordered' }, api.ordered, Object.create(groundPrototype)),
    ...wrongNumbers(
      api.ordered([1, 1]),
      api.ordered([1, 1, 1, 1]),
      api.circular([1, 1, 1]),
      api.tree([-1, 0]),
      api.matrix([
        [0, 1],
        [1, 0],
      ]),
    ),
  ],
  power: integers(1, 2),
  input: names('logits', 'probabilities'),
  crossEntropyWeight: WEIGHTS,
  emdWeight: WEIGHTS,
  normalization: names('sum', 'mean'),
  reduction: names('mean', 'sum'),
  classWeights: [
    ...weightArrays(C).filter(({ value }) => !isList(value)),
    ...wrongKinds(new BigInt64Array(C), [1, 1, '1', 1], withHole([1, 1, 1, 1], 1), [1, 1, 1n, 1]),
    ...wrongNumbers([], [1, 1, 1], [1, 1, -1, 1], [1, Number.NaN, 1, 1], [1, 1, 1, 1e39]),
    ...wrongNumbers(new Float64Array(C + 1), Float64Array.of(1, 1, 1, -1), Int8Array.of(1, 1, 1, -1)),
  ],
  sampleWeights: weightArrays(ROWS),
  ignoreIndex: [...NOT_A_NUMBER, ...wrongNumbers(Number.NaN, Infinity, 0.5, 2 ** 60)],
  upstream: wrongKinds(null, '1', true, {}, [1, 1, 1], 1n, new Float64Array(ROWS), floats(ROWS), impostor()),
  gradient: [...wrongKinds(null, 1, 'true', {}), ...arrays(ROWS * C)],
  losses: [...wrongKinds(null, 1, 'true', {}), ...arrays(ROWS)],
  threads: [...integers(1, 2 ** 40), ...wrongNumbers(2 ** 31, 2 ** 32 + 1)],
  device: [...wrongKinds(null, 'gpu', true, {}, 1n), ...wrongNumbers(-1, 0.5, Number.NaN)],
  stream: wrongKinds(null, 1, {}, 0n),
  lossOut: wrongKinds(null, 1, floats(4), {}),
};

const LABEL_ERRORS: Wrong[] = [
  ...wrongNumbers(
    Int32Array.of(0, 1, C),
    Int32Array.of(0, 1, -1),
    Int32Array.of(0, 1, -(2 ** 31)),
    Uint8Array.of(0, 1, 255),
    Uint8ClampedArray.of(0, 1, 300),
    Int8Array.of(0, 1, -1),
    Int8Array.of(0, 1, 127),
    Int16Array.of(0, 1, -32768),
    Uint16Array.of(0, 1, 65535),
    Uint32Array.of(0, 1, 2 ** 32 - 1),
    BigInt64Array.of(0n, 1n, 2n ** 63n - 1n),
    BigInt64Array.of(0n, 1n, 2n ** 32n),
    [0, 1, C],
    [0, 1, -1],
    [0, 1, 0.5],
    [0, 1, Number.NaN],
    [0, 1, Infinity],
    [0, 1, 2 ** 32],
    [0, 1, 1e300],
  ),
  ...wrongKinds(
    [0, 1, '2'],
    [0, 1, 2n],
    [0, 1, null],
    [0, 1, undefined],
    [0, 1, {}],
    [0, 1, true],
    withHole([0, 1, 2], 2),
  ),
];
const TARGETS: Wrong[] = [
  ...wrongKinds(undefined, null, 1, 'abc', {}, true, () => 1, new Float64Array(ROWS)),
  ...wrongKinds(new BigUint64Array(ROWS), new ArrayBuffer(12), arrayLike(ROWS), new Set([0, 1, 2])),
  ...wrongKinds(impostor(), Object.create(Int32Array.prototype), Buffer.alloc(12).buffer, detached()),
  ...wrongNumbers(new Int32Array(0), new Int32Array(ROWS - 1), new Int32Array(ROWS + 1), new Uint8Array(ROWS * C), []),
  ...wrongNumbers(
    [0, 1],
    [0, 1, 2, 3],
    new BigInt64Array(1),
    floats(ROWS),
    floats(ROWS * C - 1),
    floats(ROWS * C + C),
    floats(0),
  ),
];
const PREDICTIONS: Wrong[] = [
  ...wrongKinds(
    undefined,
    null,
    1,
    'abc',
    {},
    [],
    Array(ROWS * C).fill(0),
    new Float64Array(ROWS * C),
    new Int32Array(ROWS * C),
  ),
  ...wrongKinds(
    new Uint8Array(ROWS * C),
    new ArrayBuffer(48),
    new DataView(new ArrayBuffer(48)),
    Buffer.alloc(48),
    impostor(),
    detached(),
  ),
  ...wrongNumbers(floats(1), floats(ROWS * C - 1), floats(ROWS * C + 1)),
];

// The outputs of every call, which nothing may touch when the call is refused.
function outputs() {
  const gradient = floats(ROWS * C).fill(SENTINEL);
  const losses = floats(ROWS).fill(SENTINEL);
  const untouched = (what: string) => {
    for (const array of [gradient, losses]) {
      assert.ok(
        array.every((value) => value === Math.fround(SENTINEL)),
        `${what}: an output was written to`,
      );
    }
  };
  return { gradient, losses, untouched };
}

interface Call {
  predictions: Anything;
  targets: Anything;
  options: Anything;
}

// Synchronously, asynchronously, and through the class: the same refusal.
async function refused(
  change: (call: Call) => void,
  type: Wrong['type'],
  message: RegExp,
  what: string,
): Promise<void> {
  const { gradient, losses, untouched } = outputs();
  const make = () => {
    const call: Call = {
      predictions: floats(ROWS * C),
      targets: Int32Array.of(0, 1, 2),
      options: { classes: C, gradient, losses },
    };
    change(call);
    return [call.predictions, call.targets, call.options] as [Anything, Anything, Anything];
  };
  throws(() => emdLoss(...make()), type, message, `emdLoss, ${what}`);
  untouched(what);
  await rejects(() => emdLossAsync(...make()), type, message, `emdLossAsync, ${what}`);
  untouched(what);
  const evaluateOnce = () => {
    const [predictions, targets, options] = make();
    return new EmdLoss(options).evaluate(predictions, targets);
  };
  throws(evaluateOnce, type, message, `EmdLoss, ${what}`);
  untouched(what);
}

for (const [name, cases] of Object.entries(OPTIONS)) {
  test(`options.${name}`, async () => {
    for (const { value, type } of cases) {
      const message =
        name === 'inner' && Number.isInteger(value) && value > 1 ? /^(inner|predictions)\b.*: expected/ : naming(name);
      await refused(
        ({ options }) => Object.assign(options, { [name]: value }),
        type,
        message,
        `${name} = ${show(value)}`,
      );
    }
  });
}

test('options that are none', async () => {
  for (const value of [undefined, null, 1, 'classes', [], true]) {
    await refused(
      (call) => Object.assign(call, { options: value }),
      TypeError,
      /^options: expected .+, received .+/,
      show(value),
    );
  }
});

test('a mistyped option', async () => {
  await refused(
    ({ options }) => Object.assign(options, { emdWieght: 2 }),
    TypeError,
    /^emdWieght: expected/,
    'emdWieght',
  );
});

test('predictions', async () => {
  for (const { value, type } of PREDICTIONS) {
    await refused((call) => Object.assign(call, { predictions: value }), type, naming('predictions'), show(value));
  }
});

test('targets', async () => {
  for (const { value, type } of TARGETS) {
    await refused((call) => Object.assign(call, { targets: value }), type, naming('targets'), show(value));
  }
});

test('labels: the message names the first wrong one', async () => {
  for (const { value, type } of LABEL_ERRORS) {
    const message = /^targets\[2\]: expected a class index in 0\.\.3, received .+/;
    await refused((call) => Object.assign(call, { targets: value }), type, message, show(value));
  }
  throws(
    () => emdLoss(floats(4 * C), [0, 9, 1, 7], { classes: C }),
    RangeError,
    /^targets\[1\]: expected a class index in 0\.\.3, received 9$/,
  );
});

test('a wrong label anywhere in a large batch is found before anything is written', () => {
  const rows = 5000;
  for (const at of [0, 1, 63, 64, 2500, rows - 1]) {
    for (const inner of [1, 100]) {
      const targets = new Int32Array(rows).fill(C, at, at + 1);
      const gradient = floats(rows * C).fill(SENTINEL);
      throws(
        () => emdLoss(floats(rows * C), targets, { classes: C, inner, gradient }),
        RangeError,
        new RegExp(`^targets\\[${at}\\]:`),
      );
      assert.ok(gradient.every((value) => value === Math.fround(SENTINEL)));
    }
  }
});

test('an array of upstream gradients with reduction none has one per row', async () => {
  const none = { reduction: 'none' };
  for (const { value, type } of arrays(ROWS)) {
    await refused(
      ({ options }) => Object.assign(options, none, { upstream: value }),
      type,
      naming('upstream'),
      show(value),
    );
  }
});

test('ignoreIndex with distributions', async () => {
  const change = (call: Call) => {
    call.targets = floats(ROWS * C).fill(0.25);
    call.options.ignoreIndex = 0;
  };
  await refused(change, TypeError, naming('ignoreIndex'), 'ignoreIndex');
});

test('a root over a negative offset', async () => {
  const distances = Array.from({ length: C }, (_, i) => Array.from({ length: C }, (_, j) => Math.abs(i - j)));
  for (const normalization of ['root-mean', 'nima'] as const) {
    const change = { normalization, groundDistance: api.matrix(distances, 'xemd1') };
    await refused(({ options }) => Object.assign(options, change), RangeError, naming('groundDistance'), normalization);
    const criterion = new EmdLoss({ classes: C, normalization });
    throws(
      () => Object.assign(criterion, { groundDistance: change.groundDistance }),
      RangeError,
      naming('groundDistance'),
    );
  }
});

test('a GPU that is not there', async () => {
  const gone = (error: unknown) =>
    error instanceof api.EmdError && error.code === 'CUDA_UNAVAILABLE' && /device/.test(error.message);
  assert.throws(() => emdLoss(floats(C), [0], { classes: C, device: 0 }), gone);
  assert.ok(gone(await emdLossAsync(floats(C), [0], { classes: C, device: 0 }).catch((error: unknown) => error)));
});

test('sizes no memory holds', async () => {
  for (const classes of [2 ** 24 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1]) {
    for (const inner of [1, 2 ** 31, 2 ** 53 - 1]) {
      throws(
        () => emdLoss(floats(8), [0], { classes, inner }),
        RangeError,
        /^(classes|inner|predictions)\b/,
        `${classes} x ${inner}`,
      );
    }
  }
  // No row at all needs no memory.
  assert.is(emdLoss(floats(0), [], { classes: 2 ** 20 }).loss, 0);
});

test('the arguments of EmdLoss.evaluate', async () => {
  const criterion = new EmdLoss({ classes: C });
  const none = new EmdLoss({ classes: C, reduction: 'none' });
  const { gradient, losses, untouched } = outputs();
  const table: [string, InstanceType<typeof EmdLoss>, Wrong[]][] = [
    ['gradient', criterion, OPTIONS.gradient],
    ['losses', criterion, OPTIONS.losses],
    ['sampleWeights', criterion, OPTIONS.sampleWeights],
    ['upstream', criterion, OPTIONS.upstream],
    ['upstream', none, arrays(ROWS)],
    ['stream', criterion, OPTIONS.stream],
    ['lossOut', criterion, OPTIONS.lossOut],
  ];
  for (const [name, loss, cases] of table) {
    for (const { value, type } of cases) {
      const options: Anything = { gradient, losses, [name]: value };
      const what = `${name} = ${show(value)}`;
      throws(() => loss.evaluate(floats(ROWS * C), [0, 1, 2], options), type, naming(name), what);
      await rejects(() => loss.evaluateAsync(floats(ROWS * C), [0, 1, 2], options), type, naming(name), what);
      untouched(what);
    }
  }
  const options: Anything = { classes: C };
  throws(() => criterion.evaluate(floats(ROWS * C), [0, 1, 2], options), TypeError, /^classes: expected/);
  for (const { value, type } of OPTIONS.groundDistance) {
    const before = criterion.groundDistance;
    throws(() => Object.assign(criterion, { groundDistance: value }), type, naming('groundDistance'), show(value));
    assert.is(criterion.groundDistance, before);
  }
});

test('setThreads', () => {
  for (const { value, type } of OPTIONS.threads)
    throws(() => api.setThreads(value), type, naming('threads'), show(value));
});

test.run();

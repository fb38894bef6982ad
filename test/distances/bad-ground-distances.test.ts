// Every argument of a ground distance with every wrong value: see bad-input.test.ts.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as api from '../../lib/index.js';
import { throws } from '../support/errors.js';
import {
  type Anything,
  arrayLike,
  detached,
  floats,
  impostor,
  NOT_A_NUMBER,
  naming,
  show,
  type Wrong,
  withHole,
  wrongKinds,
  wrongNumbers,
} from '../support/wrong.js';

const test = suite('bad ground distances');

const LISTS = wrongKinds(
  null,
  1,
  '1,2',
  {},
  true,
  1n,
  () => 1,
  new BigInt64Array(3),
  new ArrayBuffer(12),
  new DataView(new ArrayBuffer(12)),
  impostor(),
  arrayLike(3),
  detached(),
);
const NO_NUMBERS_IN = wrongKinds(
  [1, '2', 3],
  [1, null, 3],
  [1, undefined, 3],
  [1, 2n, 3],
  [1, {}, 3],
  [1, true, 3],
  withHole([1, 2, 3], 1),
);
/** Kernels take what is below 1.17549435e-38 for 0. */
const [BELOW, LEAST] = [1.1754943e-38, 1.17549435e-38];
const GAPS = [
  ...NO_NUMBERS_IN,
  ...wrongNumbers(
    ...[0, -0, -1, Number.NaN, Infinity, -Infinity, 1e300, 1e-60, 1e-44, BELOW].map((gap) => [1, gap, 3]),
  ),
  ...wrongNumbers(Float32Array.of(1, 0, 3), Float32Array.of(1, Number.NaN, 3), Float32Array.of(1, 1e-44, 3)),
  ...wrongNumbers(Float64Array.of(1, 1e-60, 3), Int32Array.of(1, 0, 3), Int8Array.of(1, -1, 3)),
];
const at1 = (name: string) => new RegExp(`^${name}\\[1\\]: expected .+, received .+`);

function tableOf(name: string, call: (value: Anything) => unknown, lists: Wrong[], entries: Wrong[]): void {
  for (const { value, type } of lists) throws(() => call(value), type, naming(name), show(value));
  for (const { value, type } of entries) throws(() => call(value), type, at1(name), show(value));
}

test('ordered', () => tableOf('gaps', api.ordered, [...LISTS, ...wrongNumbers([], floats(0))], GAPS));

test('circular', () => tableOf('gaps', api.circular, [...LISTS, ...wrongNumbers([], [1], floats(1))], GAPS));

test('positions', () => {
  const notIncreasing = wrongNumbers(
    [1, 1, 2],
    [1, 0, 2],
    [0, -1e-9, 2],
    [0, Infinity],
    [0, Number.NaN],
    [-1e300, 1e300],
    [1, 1 + 1e-60],
    [0, 1e-44],
    [0, BELOW],
    Float64Array.of(-1e-40, 0, 1),
  );
  tableOf(
    'xs',
    api.positions,
    [...LISTS, ...wrongKinds(undefined), ...wrongNumbers([], [1])],
    [...NO_NUMBERS_IN, ...notIncreasing],
  );
  throws(() => api.positions([0, 1, 2, 2]), RangeError, /^xs\[3\]: expected .+, received 2/);
});

test('tree: what parents are', () => {
  const lists = wrongKinds(
    undefined,
    null,
    1,
    'x',
    {},
    floats(3),
    new Uint8Array(3),
    new BigInt64Array(3),
    Object.create(Int32Array.prototype),
  );
  for (const { value, type } of lists) throws(() => api.tree(value), type, naming('parents'), show(value));
  const entries = [
    ...wrongKinds([-1, '0', 0], [-1, null, 0], [-1, 0n, 0]),
    ...wrongNumbers([-1, 3, 0], [-1, -2, 0], [-1, 0.5, 0], [-1, Number.NaN, 0], [-1, 2 ** 32, 0], [-1, -1, 0]),
  ];
  for (const { value, type } of entries) throws(() => api.tree(value), type, at1('parents'), show(value));
  for (const value of [[], [-1]]) throws(() => api.tree(value), RangeError, naming('parents'), show(value));
});

test('tree: no root, two roots, cycles', () => {
  const cases: Record<string, number[]> = {
    'no root': [1, 2, 0],
    'two roots': [-1, 0, -1, 2],
    'its own parent': [-1, 1, 0],
    'a cycle of two beside the tree': [-1, 2, 1, 0],
    'a cycle of three': [-1, 2, 3, 1, 0],
    'a tail into a cycle': [-1, 2, 3, 2, 1],
  };
  for (const [what, parents] of Object.entries(cases)) {
    throws(
      () => api.tree(parents),
      RangeError,
      /^parents\b.*: expected .+, received .+|^parents\[\d\]: expected .+/,
      what,
    );
    throws(() => api.tree(Int32Array.from(parents)), RangeError, /^parents\b/, what);
  }
});

test('tree: a deep chain is no problem, and a huge cycle is found', () => {
  const size = 200_000;
  const chain = Int32Array.from({ length: size }, (_, i) => i - 1);
  assert.is(api.emdLoss(floats(size), [0], { classes: size, groundDistance: api.tree(chain) }).rows, 1);
  chain[1] = size - 1;
  throws(() => api.tree(chain), RangeError, /^parents/);
});

test('tree: lengths', () => {
  const call = (lengths: Anything) => api.tree([-1, 0, 1], lengths);
  tableOf('lengths', call, [...LISTS, ...wrongNumbers([], [1, 1], [1, 1, 1, 1])], GAPS);
  for (const unread of [0, -1, Number.NaN, Infinity]) api.tree([-1, 0], [unread, 1]);
});

test('matrix', () => {
  const lists = [...LISTS, ...wrongKinds(undefined, new BigInt64Array(4))];
  const shapes = wrongNumbers(
    [],
    [0, 1, 1],
    floats(5),
    [[0]],
    [[0, 1]],
    [
      [0, 1, 2],
      [1, 0, 2],
    ],
    [
      [0, 1],
      [1, 0, 2],
    ],
  );
  for (const { value, type } of [...lists, ...shapes])
    throws(() => api.matrix(value), type, naming('distances'), show(value));

  const entries: [Anything, Wrong['type'], RegExp][] = [
    [[0, 1, 2, 0], RangeError, /^distances\[[12]\]/],
    [
      [
        [0, 1],
        [2, 0],
      ],
      RangeError,
      /^distances\[(0|1)\]\[(0|1)\]/,
    ],
    [[0, -1, -1, 0], RangeError, /^distances\[1\]/],
    [[0, Number.NaN, Number.NaN, 0], RangeError, /^distances\[1\]/],
    [[0, Infinity, Infinity, 0], RangeError, /^distances\[1\]/],
    [[0, 1e300, 1e300, 0], RangeError, /^distances\[1\]/],
    [[1, 1, 1, 0], RangeError, /^distances\[0\]/],
    [[0, 1, 1, 1e-30], RangeError, /^distances\[3\]/],
    [[0, '1', 1, 0], TypeError, /^distances\[1\]/],
    [[0, null, 1, 0], TypeError, /^distances\[1\]/],
    [[[0, 1], 'x'], TypeError, /^distances\[1\]/],
    [[[0, 1], null], TypeError, /^distances\[1\]/],
    [[floats(2), BigInt64Array.of(1n, 0n)], TypeError, /^distances\[1\]/],
    [[BigInt64Array.of(0n, 1n), [1, 0]], TypeError, /^distances\[0\]/],
    [[{ length: 2 }, { length: 2 }], TypeError, /^distances\[0\]/],
    [[[0, 1], floats(3)], RangeError, /^distances\[1\]/],
    [
      [
        [0, 1],
        ['1', 0],
      ],
      TypeError,
      /^distances\[1\]\[0\]/,
    ],
    // 2e-5 of the maximum apart.
    [[0, 1, 1.00002, 0], RangeError, /^distances\[[12]\]/],
  ];
  for (const [value, type, message] of entries) throws(() => api.matrix(value), type, message, show(value));
});

test('gaps, lengths and differences that kernels can tell from 0 are taken, and count', () => {
  for (const gap of [LEAST, 1e-36, 1]) {
    const one = [gap, gap, gap];
    for (const ground of [
      api.ordered([gap, gap]),
      api.positions([-gap, 0, gap]),
      api.circular(one),
      api.tree([-1, 0, 0], one),
    ]) {
      const { emd } = api.emdLoss(Float32Array.of(200, 0, 0), [2], { classes: 3, groundDistance: ground });
      // The terms of the circle are parts of a gap, and at the least one flushed.
      if (gap > LEAST) assert.ok(emd >= gap * 0.6, `${ground}, gaps of ${gap}: ${emd}`);
    }
  }
});

test('matrix: distances and costs that float32 takes for 0 are no mistake', () => {
  const square = (distance: number) => [0, distance, distance, 0];
  for (const options of [{}, { exponent: 100 }, 'xemd2'] as const) api.matrix(square(1e-20), options);
  assert.is(api.matrix(square(LEAST)).distances?.[1], 2 ** -126);
  assert.is(api.matrix(square(2 ** -149)).distances?.[1], 2 ** -149);
});

test('matrix: options', () => {
  const call = (options: Anything) => () => api.matrix([0, 1, 1, 0], options);
  for (const value of [null, 1, 'xemd3', 'toString', true, []])
    throws(call(value), TypeError, naming('options'), show(value));
  for (const { value, type } of [...NOT_A_NUMBER, ...wrongNumbers(0, -1, Number.NaN, Infinity)]) {
    throws(call({ exponent: value }), type, naming('exponent'), show(value));
  }
  for (const { value, type } of [...NOT_A_NUMBER, ...wrongNumbers(Number.NaN, Infinity, -Infinity)]) {
    throws(call({ offset: value }), type, naming('offset'), show(value));
  }
  throws(call({ power: 2 }), TypeError, /^power: expected/);
});

test.run();

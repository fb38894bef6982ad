// What native code has made of a ground distance may be given up for that of another one, and made again: nobody may notice.
// runner: wasm
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  circular,
  EmdLoss,
  emdLoss,
  emdLossAsync,
  type GroundDistance,
  matrix,
  ordered,
  tree,
} from '../../lib/index.js';
import { Random } from '../../shared/oracle/random.js';

const test = suite('prepared ground distances');

const C = 600;
const random = new Random(16);
const logits = Float32Array.from({ length: 2 * C }, () => random.between(-2, 2));
const targets = Int32Array.of(3, 500);

const points = (seed: number) => {
  const own = new Random(seed);
  return Float64Array.from({ length: C }, () => own.between(0, 9));
};
const someMatrix = (seed: number): GroundDistance => {
  const places = points(seed);
  return matrix(Float32Array.from({ length: C * C }, (_, n) => Math.abs(places[Math.floor(n / C)] - places[n % C])));
};
const someGaps = (seed: number) => points(seed).map((gap) => gap + 1);

const call = (groundDistance: GroundDistance) => emdLoss(logits, targets, { classes: C, groundDistance });
const same = (actual: ReturnType<typeof call>, expected: ReturnType<typeof call>, what: string) => {
  assert.is(actual.loss, expected.loss, what);
  assert.equal(actual.gradient, expected.gradient, what);
};

// More than are kept, by their size (matrices) and by their number (gaps).
const MANY: [name: string, count: number, make: (seed: number) => GroundDistance][] = [
  ['matrices', 40, someMatrix],
  ['gaps', 300, (seed) => circular(someGaps(seed))],
  [
    'trees',
    300,
    (seed) =>
      tree(
        Int32Array.from({ length: C }, (_, i) => Math.floor((i - 1) / (1 + seed))),
        someGaps(seed),
      ),
  ],
];
for (const [name, count, make] of MANY) {
  test(`many ${name} in turn, each again and again`, () => {
    const grounds = Array.from({ length: count }, (_, seed) => make(seed));
    const criteria = grounds.map((groundDistance) => new EmdLoss({ classes: C, groundDistance }));
    const expected = grounds.map((_, seed) => call(make(seed)));
    for (let round = 0; round < 3; round++) {
      grounds.forEach((ground, i) => {
        same(call(ground), expected[i], `${i}, round ${round}`);
        same(criteria[count - 1 - i].evaluate(logits, targets), expected[count - 1 - i], `loss ${i}, round ${round}`);
      });
    }
  });
}

test('calls in flight while their ground distances are given up', async () => {
  const expected = Array.from({ length: 4 }, (_, seed) => call(someMatrix(seed)));
  const running = expected.map((_, seed) =>
    emdLossAsync(logits, targets, { classes: C, groundDistance: someMatrix(seed) }),
  );
  for (let seed = 4; seed < 50; seed++) call(someMatrix(seed));
  const results = await Promise.all(running);
  for (const [seed, result] of results.entries()) same(result, expected[seed], `matrix ${seed}`);
});

test('unit distances of more sizes than are kept', () => {
  for (const unit of [ordered, circular]) {
    const lossOf = (classes: number) =>
      emdLoss(new Float32Array(classes), [0], { classes, groundDistance: unit() }).loss;
    const explicit = (classes: number) => {
      const gaps = new Float32Array(unit === ordered ? classes - 1 : classes).fill(1);
      return emdLoss(new Float32Array(classes), [0], { classes, groundDistance: unit(gaps) }).loss;
    };
    for (let round = 0; round < 2; round++) {
      for (let classes = 3; classes < 400; classes++)
        assert.is(lossOf(classes), explicit(classes), `${classes} classes`);
    }
  }
});

test('unit distances are the same for everybody', () => {
  assert.is(ordered(), ordered());
  assert.is(circular(), circular());
  assert.is.not(ordered() as unknown, circular());
});

test.run();

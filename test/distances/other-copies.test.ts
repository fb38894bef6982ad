// Ground distances of one copy of the package in another: of squared-emd/wasm, of an ES module, of a dependency's own node_modules.
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as own from '../../lib/index.js';
import { meanDistance } from '../../lib/metrics.js';
import { exportOnnx } from '../../lib/onnxruntime.js';
import { sameBits } from '../support/bits.js';
import { throws } from '../support/errors.js';

const test = suite('ground distances of other copies');

const other = require(join(__dirname, '../../cjs/node-wasm.js')) as typeof import('../../lib/wasm.js');

const C = 4;
const D = Float32Array.from({ length: C * C }, (_, i) => Math.sqrt(Math.abs((i % C) - Math.floor(i / C))));
const MAKERS: Record<string, (from: typeof other) => own.GroundDistance> = {
  ordered: (from) => from.ordered([1, 2, 0.5]),
  'ordered of any size': (from) => from.ordered(),
  circular: (from) => from.circular(),
  tree: (from) => from.tree([-1, 0, 0, 1]),
  matrix: (from) => from.matrix(D, { exponent: 2, offset: -0.25 }),
  energy: (from) => from.energy(D),
};
const LOGITS = Float32Array.from({ length: 3 * C }, (_, i) => Math.sin(3 * i));

for (const [name, make] of Object.entries(MAKERS)) {
  test(`${name}: in the loss of another copy, both ways, and in metrics and models`, () => {
    const [mine, foreign] = [make(own), make(other)];
    assert.ok(own.GroundDistance.is(foreign) && other.GroundDistance.is(mine));
    const expected = own.emdLoss(LOGITS, [0, 3, 1], { classes: C, groundDistance: mine });
    const result = own.emdLoss(LOGITS, [0, 3, 1], { classes: C, groundDistance: foreign });
    sameBits(result.gradient, expected.gradient, 'gradient');
    const back = other.emdLoss(LOGITS, [0, 3, 1], { classes: C, groundDistance: mine });
    assert.ok(Math.abs(back.loss - expected.loss) < 1e-6);
    assert.is(meanDistance([1], [3], foreign, { classes: C }), meanDistance([1], [3], mine, { classes: C }));
    const models = [mine, foreign].map((groundDistance) => exportOnnx({ classes: C, groundDistance }));
    assert.equal(models[1], models[0]);
  });
}

test('what only looks like one', () => {
  const mark = Symbol.for('squared-emd: a ground distance');
  for (const value of [{ kind: 'ordered' }, { kind: 'spiral', [mark]: true }, { [mark]: true }, null]) {
    assert.not(own.GroundDistance.is(value));
    const groundDistance = value as unknown as own.GroundDistance;
    throws(() => own.emdLoss(LOGITS, [0, 3, 1], { classes: C, groundDistance }), TypeError, /^groundDistance/);
  }
});

test.run();

// Outputs that share memory with an input or with each other: refused before anything is written, wherever the overlap is.
// runner: wasm
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emdLoss, emdLossAsync } from '../../lib/index.js';
import { rejects, throws } from '../support/errors.js';
import { type Anything, floats } from '../support/wrong.js';

const test = suite('overlapping outputs');

const C = 4;
const ROWS = 3;
const SENTINEL = 12345.675;

test('outputs that overlap something else', async () => {
  const memory = floats(100).fill(SENTINEL);
  const at = (start: number, length: number) => memory.subarray(start, start + length);
  const labels = (start: number) => new Int32Array(memory.buffer, start * 4, ROWS);
  const free = { predictions: at(0, 12), targets: Int32Array.of(0, 1, 2) };
  const cases: Record<string, [RegExp, { predictions?: Anything; targets?: Anything; options: Anything }]> = {
    'gradient, predictions shifted by one': [/^gradient/, { options: { gradient: at(1, 12) } }],
    'gradient, predictions shifted by eleven': [/^gradient/, { options: { gradient: at(11, 12) } }],
    'gradient, the predictions behind it': [/^gradient/, { predictions: at(20, 12), options: { gradient: at(9, 12) } }],
    'losses in predictions': [/^losses/, { options: { losses: at(0, 3) } }],
    'losses at the end of predictions': [/^losses/, { options: { losses: at(11, 3) } }],
    'losses in gradient': [/^(losses|gradient)/, { options: { gradient: at(40, 12), losses: at(51, 3) } }],
    'gradient in labels': [/^gradient/, { targets: labels(45), options: { gradient: at(40, 12) } }],
    'losses in labels': [/^losses/, { targets: labels(45), options: { losses: at(45, 3) } }],
    'gradient in a distribution': [/^gradient/, { targets: at(50, 12), options: { gradient: at(61, 12) } }],
    'gradient in classWeights': [/^gradient/, { options: { gradient: at(40, 12), classWeights: at(40, C) } }],
    'gradient in sampleWeights': [/^gradient/, { options: { gradient: at(40, 12), sampleWeights: at(51, ROWS) } }],
    'losses in sampleWeights': [/^losses/, { options: { losses: at(60, ROWS), sampleWeights: at(60, ROWS) } }],
    'losses in upstream': [/^losses/, { options: { losses: at(60, ROWS), reduction: 'none', upstream: at(62, ROWS) } }],
    'gradient in place, losses in it': [/^losses|^gradient/, { options: { gradient: at(0, 12), losses: at(3, 3) } }],
  };
  // Weights must be such; the sentinel is a fine weight. Labels are checked after the overlap, or refused for what they are.
  for (const [what, [message, change]] of Object.entries(cases)) {
    const { options, ...arguments_ } = change;
    const call = { ...free, ...arguments_ };
    const all = { classes: C, gradient: false, losses: false, ...options };
    throws(() => emdLoss(call.predictions, call.targets, all), RangeError, message, what);
    await rejects(() => emdLossAsync(call.predictions, call.targets, all), RangeError, message, what);
    assert.ok(
      memory.every((value) => value === Math.fround(SENTINEL)),
      `${what}: something was written`,
    );
  }
});

test('outputs side by side in one buffer do not overlap', () => {
  const memory = floats(40);
  const at = (start: number, length: number) => memory.subarray(start, start + length);
  const { gradient, losses } = emdLoss(at(0, 12), [0, 1, 2], { classes: C, gradient: at(12, 12), losses: at(24, 3) });
  assert.is((gradient as Float32Array).byteOffset, 48);
  assert.is((losses as Float32Array).byteOffset, 96);
});

test('empty outputs overlap nothing', () => {
  const nothing = floats(0);
  assert.is(emdLoss(nothing, [], { classes: C, gradient: nothing, losses: nothing }).loss, 0);
});

test.run();

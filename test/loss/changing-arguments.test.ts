// Arguments that run code of the caller's, or change, while they are read: an error that names them, or the caller's own; no crash.
// runner: wasm
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostBackend } from '../../lib/backends/current.js';
import { emdLoss, emdLossAsync } from '../../lib/index.js';
import { rejects, throws } from '../support/errors.js';
import { type Anything, floats } from '../support/wrong.js';

const test = suite('changing arguments');

const C = 4;
const ROWS = 3;

test('a getter that detaches the predictions', () => {
  const predictions = floats(ROWS * C);
  const options = {
    get classes() {
      structuredClone(predictions.buffer, { transfer: [predictions.buffer] });
      return C;
    },
  };
  throws(() => emdLoss(predictions, [0, 1, 2], options), TypeError, /^predictions/);
});

test('labels that shrink their own array while they are read', () => {
  const labels: Anything[] = [0, 1, 2];
  Object.defineProperty(labels, 0, {
    get() {
      labels.length = 1;
      return 0;
    },
  });
  throws(() => emdLoss(floats(ROWS * C), labels, { classes: C }), TypeError, /^targets\[1\]/);
});

test("an error of the caller's own getter comes through", () => {
  const own = new Error('mine');
  const options = {
    get classes(): number {
      throw own;
    },
  };
  assert.throws(
    () => emdLoss(floats(C), [0], options),
    (error: unknown) => error === own,
  );
});

test('lengths that lie', () => {
  const predictions = floats(ROWS * C);
  Object.defineProperty(predictions, 'length', { value: 4000 });
  Object.defineProperty(predictions, 'byteLength', { value: 16000 });
  const attempt = () => emdLoss(predictions, new Int32Array(1000), { classes: C });
  throws(attempt, RangeError, /predictions|targets/);
});

for (const later of [false, true]) {
  test(`an array that is detached between its check and the native ${later ? 'asynchronous ' : ''}call is the one that is named`, async () => {
    const method = later ? 'evaluateAsync' : 'evaluate';
    const native = hostBackend();
    const whole = native[method] as (...call: unknown[]) => unknown;
    for (const [name, place] of Object.entries({
      predictions: 1,
      targets: 2,
      gradient: 3,
      losses: 4,
      sampleWeights: 6,
    })) {
      native[method] = (...call: unknown[]) => {
        structuredClone(0, { transfer: [(call[place] as Float32Array).buffer as ArrayBuffer] });
        return whole(...call) as undefined;
      };
      const outputs = { gradient: floats(ROWS * C), losses: floats(ROWS), sampleWeights: floats(ROWS).fill(1) };
      const call = [floats(ROWS * C), new Int32Array(ROWS), { classes: C, ...outputs }] as const;
      try {
        if (later)
          await rejects(() => emdLossAsync(...call), RangeError, new RegExp(`^${name}: expected an array that keeps`));
        else throws(() => emdLoss(...call), RangeError, new RegExp(`^${name}: expected an array that keeps`), name);
      } finally {
        native[method] = whole as never;
      }
    }
  });
}

test.run();

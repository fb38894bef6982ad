// The module's memory: what grows is given back, what runs out is an error, and neither leaves anything behind that does not work.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { provideBackend } from '../../lib/backends/current.js';
import { wasmBackend } from '../../lib/backends/wasm/host.js';
import { Instance, OutOfMemory, presentGeneration, withInstance } from '../../lib/backends/wasm/instance.js';
import {
  ClassCentroids,
  EmdError,
  EmdLoss,
  emdLoss,
  emdLossAsync,
  matrix,
  pairwiseDistances,
} from '../../lib/index.js';
import { sameBits } from '../support/bits.js';

const test = suite('WebAssembly memory');

provideBackend(() => wasmBackend('1.2.3'));

const C = 5;
const LOGITS = Float32Array.from({ length: 3 * C }, (_, i) => Math.sin(7 * i));
const LABELS = [0, 4, 2];
const DISTANCES = Float32Array.from({ length: C * C }, (_, i) => Math.abs((i % C) - Math.floor(i / C)) ** 1.5);

const isOutOfMemory = (error: unknown) => error instanceof EmdError && error.code === 'OUT_OF_MEMORY';

/** Runs `body` in a module that has no memory left. */
function withoutMemory(body: () => void): void {
  const { allocate } = Instance.prototype;
  Instance.prototype.allocate = () => {
    throw new OutOfMemory();
  };
  try {
    body();
  } finally {
    Instance.prototype.allocate = allocate;
  }
}

test('no memory: an error with a code, nothing written, and the next call works', () => {
  const gradient = new Float32Array(LOGITS.length).fill(7);
  const expected = emdLoss(LOGITS, LABELS, { classes: C });
  const rows = 2 ** 14;
  const large = new Float32Array(rows * C);
  const labels = new Uint8Array(rows);
  const written = new Float32Array(rows * C).fill(7);
  withoutMemory(() => {
    assert.throws(() => emdLoss(large, labels, { classes: C, gradient: written }), isOutOfMemory);
    assert.throws(() => pairwiseDistances(large, { rows: 64 }), isOutOfMemory);
    assert.throws(() => emdLoss(LOGITS, LABELS, { classes: C, groundDistance: matrix(DISTANCES) }), isOutOfMemory);
    const centroids = new ClassCentroids({ classes: 3, features: 40_000 });
    assert.throws(() => centroids.accumulate(new Float32Array(40_000), [1]), isOutOfMemory);
  });
  assert.ok(written.every((value) => value === 7));
  assert.ok(gradient.every((value) => value === 7));
  sameBits(emdLoss(LOGITS, LABELS, { classes: C }).gradient, expected.gradient, 'gradient');
});

test('memory that runs out within the module: the same, and ground distances are made anew', () => {
  const loss = new EmdLoss({ classes: C, groundDistance: matrix(DISTANCES) });
  const before = loss.evaluate(LOGITS, LABELS);
  const generation = presentGeneration();
  // A class's rows are gathered by vectors of C++, which nobody asks for the size of beforehand.
  const fill = () =>
    withInstance(({ exports }) => {
      while (exports.aligned_alloc(64, 2 ** 24) !== 0);
      while (exports.aligned_alloc(64, 2 ** 12) !== 0);
      return exports.accumulate(64, 64, 0, 2 ** 20, 1, 2, 0, 0, 0, 64, 64);
    });
  assert.throws(fill, (error: unknown) => error instanceof OutOfMemory);
  const after = loss.evaluate(LOGITS, LABELS);
  assert.ok(presentGeneration() > generation);
  sameBits(after.gradient, before.gradient, 'gradient');
});

test('a trap is an error that says so, and the next call works', () => {
  const trap = () => withInstance(({ exports }) => exports.evaluate(2 ** 32 - 64, C, 0, 2 ** 32 - 64));
  assert.throws(trap, (error: unknown) => error instanceof EmdError && error.code === 'INTERNAL');
  emdLoss(LOGITS, LABELS, { classes: C });
});

test("JavaScript's stack that ends within the module: it is given up, as its own stack was not unwound", () => {
  const end = () => {
    throw new RangeError('Maximum call stack size exceeded');
  };
  assert.throws(() => withInstance(end), RangeError);
  assert.is(presentGeneration(), 0);
  emdLoss(LOGITS, LABELS, { classes: C });
});

test('views are taken anew when memory has grown', () => {
  const pages = withInstance(({ memory }) => memory.bytes.length);
  const rows = 2 ** 13;
  const targets = Float32Array.from({ length: rows * 400 }, (_, i) => (i % 3) + 1);
  const predictions = Float32Array.from({ length: rows * 400 }, (_, i) => Math.sin(i));
  const { gradient } = emdLoss(predictions, targets, { classes: 400 });
  assert.ok(withInstance(({ memory }) => memory.bytes.length) > pages);
  const first = emdLoss(predictions.slice(0, 400), targets.slice(0, 400), { classes: 400, upstream: 1 / rows });
  for (let i = 0; i < 400; i++) assert.ok(Math.abs(gradient[i] - first.gradient[i]) < 1e-9, `${i}`);
});

test('a call that does not block on more than there are addresses for', async () => {
  const classes = 2 ** 24;
  const large = new Float32Array(64 * classes); // nothing touches it
  const labels = new Uint8Array(64);
  await emdLossAsync(large, labels, { classes, gradient: false }).then(
    () => assert.unreachable(),
    (error) => assert.ok(isOutOfMemory(error), String(error)),
  );
});

test('memory that lies idle is given back, small memory is kept, and no timer keeps a program from ending', () => {
  const program = `
    const timers = [];
    globalThis.setTimeout = (work, milliseconds) => {
      const timer = { work, milliseconds, unref: () => { timer.isFree = true; } };
      timers.push(timer);
      return timer;
    };
    let now = 1000;
    Date.now = () => now;
    const { emdLoss, matrix } = require('./dist/lib/index.js');
    const { presentGeneration, withInstance } = require('./dist/lib/backends/wasm/instance.js');
    const bytes = () => withInstance(({ memory }) => memory.bytes.length);
    const groundDistance = matrix([0, 1, 1, 0]);
    const small = () => emdLoss(new Float32Array(2), [0], { classes: 2, groundDistance }).loss;
    const report = [small(), timers.length];
    emdLoss(new Float32Array(2 ** 24), new Float32Array(2 ** 24).fill(1), { classes: 2 ** 24 });
    report.push(bytes() > 2 ** 26, timers.length, timers[0].isFree);
    now += 3000;
    small();
    now += 2000;
    timers[0].work();
    report.push(timers.length, timers[1].milliseconds, presentGeneration());
    now += 3000;
    timers[1].work();
    report.push(presentGeneration(), small(), bytes() < 2 ** 26, timers.length);
    console.log(JSON.stringify(report));`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', program], {
    cwd: join(__dirname, '../../..'),
    encoding: 'utf8',
    env: { ...process.env, SQUARED_EMD_BACKEND: 'wasm' },
  });
  assert.is(status, 0, stderr);
  assert.equal(JSON.parse(stdout), [0.25, 0, true, 1, true, 2, 3000, 1, 0, 0.25, true, 2]);
});

test.run();

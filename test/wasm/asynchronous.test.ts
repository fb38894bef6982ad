// Asynchronous calls on WebAssembly: in a worker, on this thread where there is none, and when a worker dies.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { full } from '../support/scale.js';

const test = suite('WebAssembly asynchronously');

const PROBLEMS = `
  const api = require('./dist/lib/index.js');
  const { energy, ordered, ClassCentroids, EmdLoss, matrix } = api;
  const { provideWorkers } = require('./dist/lib/backends/wasm/workers.js');
  const { hostBackend } = require('./dist/lib/backends/current.js');
  const same = (a, b) => Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;
  const wave = (length, f) => Float32Array.from({ length }, (_, i) => f(i));
  const distances = (C) => wave(C * C, (i) => Math.abs((i % C) - Math.floor(i / C)));
  const problems = [];
  for (const [rows, C, inner] of [[3, 4, 1], [700, 300, 1], [40, 5000, 1], [500, 90, 4]]) {
    for (const kind of ['index', 'distribution', 'mixed']) {
      for (const groundDistance of [ordered(), ...(C < 400 ? [energy(distances(C))] : [])]) {
        const predictions = wave(rows * C, (i) => 3 * Math.sin(i * 12.9898));
        const targets = kind === 'index'
          ? Uint16Array.from({ length: rows }, (_, i) => (7 * i) % C)
          : wave(rows * C, (i) => kind === 'mixed' && Math.floor(i / C) % 3 ? Number(i % C === 1) : Math.abs(Math.cos(i)));
        const options = { classes: C, inner, groundDistance, crossEntropyWeight: 1, losses: true, sampleWeights: wave(rows, (i) => i % 4) };
        problems.push([predictions, targets, options]);
      }
    }
  }
  async function differing() {
    let count = 0;
    for (const [predictions, targets, options] of problems) {
      const expected = api.emdLoss(predictions, targets, options);
      const result = await api.emdLossAsync(predictions, targets, options);
      const equal = same(expected.gradient, result.gradient) && same(expected.losses, result.losses) && expected.loss === result.loss;
      if (!equal) count++;
    }
    return count;
  }`;

/** What a program prints; it has to end by itself. */
function run(body: string): string {
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    ['-e', `${PROBLEMS}\n(async () => {${body}})()`],
    {
      cwd: join(__dirname, '../../..'),
      encoding: 'utf8',
      timeout: full ? 120_000 : 60_000,
      env: { ...process.env, SQUARED_EMD_BACKEND: 'wasm' },
    },
  );
  assert.is(signal, null, 'it did not end');
  assert.is(status, 0, stderr);
  return stdout.trim();
}

test('in a worker: the bits of a call that blocks, and the program ends', () => {
  assert.is(run('console.log(await differing());'), '0');
});

test('sums of weighted rows: in a worker they are added up at once, here stretch by stretch', () => {
  const body = `
    let different = 0;
    for (const [rows, C] of [[430, 300], [900, 300], [5000, 40], [70001, 2], [300, 1000]]) {
      const options = { classes: C, reduction: 'sum', gradient: false, classWeights: wave(C, (i) => 1 + (i % 3) / 3) };
      const predictions = wave(rows * C, (i) => 3 * Math.sin(i * 12.9898));
      const spread = wave(rows * C, (i) => 1 + Math.sin(i * i));
      const classes = Uint16Array.from({ length: rows }, (_, i) => (7 * i) % C);
      const sampleWeights = wave(rows, (i) => 1 + (i % 7) / 7);
      for (const targets of [spread, classes]) {
        const now = api.emdLoss(predictions, targets, { ...options, sampleWeights });
        const later = await api.emdLossAsync(predictions, targets, { ...options, sampleWeights });
        if (now.crossEntropy !== later.crossEntropy || now.emd !== later.emd) different++;
      }
    }
    console.log(different);`;
  assert.is(run(body), '0');
});

test('without workers, on this thread: the same, and timers run in between', () => {
  const body = `
    provideWorkers(undefined);
    console.log(await differing());
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const rows = 20000;
    await api.emdLossAsync(new Float32Array(rows * 1000), new Uint8Array(rows), { classes: 1000, gradient: false });
    clearInterval(timer);
    console.log(ticks > 2);`;
  assert.is(run(body), '0\ntrue');
});

test('a worker that cannot be started: this thread computes', () => {
  const body = `
    provideWorkers(() => { throw new Error('forbidden'); });
    console.log(await differing());`;
  assert.is(run(body), '0');
});

test('a worker that fails before it is ready: this thread computes', () => {
  const body = `
    provideWorkers((receive, fail) => {
      setTimeout(() => fail(new Error('blocked by a policy')), 5);
      return { send() {}, end() {}, hold() {} };
    });
    console.log(await differing());`;
  assert.is(run(body), '0');
});

test('a worker that dies in a call: that call is rejected, the next ones start another', () => {
  const body = `
    const { Worker } = require('node:worker_threads');
    let made = 0;
    let kill;
    let real;
    require('./dist/lib/backends/wasm/node-workers.js');
    const workers = require('./dist/lib/backends/wasm/workers.js').workers();
    provideWorkers((receive, fail) => {
      made++;
      const worker = workers(receive, fail);
      const send = worker.send;
      worker.send = (message, moved) => {
        if (made === 1 && message.name) fail(new Error('out of order'));
        else send(message, moved);
      };
      return worker;
    });
    const [predictions, targets, options] = problems[0];
    const calls = [0, 1].map(() => api.emdLossAsync(predictions, targets, options).then(() => 'done', ({ code, message }) => code + message));
    console.log(...await Promise.all(calls), made, await differing());`;
  assert.match(run(body), /^INTERNAL.*stopped in its worker: out of order done 2 0$/);
});

test('ground distances that are released, or more than a worker keeps, while calls wait', () => {
  for (const alone of [false, true]) {
    const body = `
      if (${alone}) provideWorkers(undefined);
      const C = 6;
      const predictions = wave(4 * C, (i) => Math.sin(i));
      const grounds = Array.from({ length: 60 }, (_, k) => matrix(distances(C).map((d) => d * (k + 1))));
      const call = (groundDistance) => [predictions, [0, 1, 2, 3], { classes: C, groundDistance }];
      const running = [...grounds, ...grounds].map((ground) => api.emdLossAsync(...call(ground)));
      for (let i = 0; i < 400; i++) api.emdLoss(...call(matrix(distances(C))));
      const results = await Promise.all(running);
      console.log(results.every((result, i) => result.loss === api.emdLoss(...call(grounds[i % 60])).loss));`;
    assert.is(run(body), 'true');
  }
});

test('a ground distance that is released between the slices of a call', () => {
  const body = `
    provideWorkers(undefined);
    const [rows, C] = [15_000, 400];
    const scaled = (factor) => matrix(distances(C).map((d) => factor * d));
    const predictions = wave(rows * C, (i) => Math.sin(i));
    const groundDistance = scaled(1);
    const labels = new Uint8Array(rows);
    const expected = api.emdLoss(predictions, labels, { classes: C, groundDistance }).loss;
    let turns = 0;
    const timer = setInterval(() => {
      turns++;
      const release = () => api.emdLoss(predictions.subarray(0, C), [0], { classes: C, groundDistance: scaled(1 / turns) });
      for (let i = 0; i < 60; i++) release();
    }, 1);
    const { loss } = await api.emdLossAsync(predictions, labels, { classes: C, groundDistance });
    clearInterval(timer);
    console.log(turns > 0, loss === expected);`;
  assert.is(run(body), 'true true');
});

test('centroids: later calls have the bits of those that block', () => {
  for (const alone of [false, true]) {
    const body = `
      if (${alone}) provideWorkers(undefined);
      const [classes, features, rows] = [37, 300, 5000];
      const values = wave(rows * features, (i) => Math.sin(i * 1.7));
      const labels = Int32Array.from({ length: rows }, (_, i) => (i * i) % classes);
      const [now, later] = [0, 1].map(() => new ClassCentroids({ classes, features }));
      now.accumulate(values, labels);
      now.update();
      await later.accumulateAsync(values, labels);
      await later.updateAsync();
      console.log(same(now.distances(), await later.distancesAsync()));`;
    assert.is(run(body), 'true');
  }
});

test.run();

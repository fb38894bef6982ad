// The package on WebAssembly, on whatever runtime runs it: the module from its file, at once and later, in a worker, and the end of the
// program, which nothing of the package delays.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { circular, emdLoss, emdLossAsync, info, pairwiseDistances, SelfGuidedEmd, useModule } from 'squared-emd/wasm';

const classes = 50;
const logits = Float32Array.from({ length: 20 * classes }, (_, i) => 3 * Math.sin(i * i));
const labels = Int32Array.from({ length: 20 }, (_, i) => (i * 7) % classes);
const sameBits = (a, b) => assert.deepEqual(new Uint32Array(a.slice().buffer), new Uint32Array(b.slice().buffer));

const require = createRequire(import.meta.url);
useModule(new WebAssembly.Module(readFileSync(require.resolve('squared-emd/squared_emd.wasm'))));
const options = { classes, groundDistance: circular(), crossEntropyWeight: 1 };
const expected = emdLoss(logits, labels, options);
assert.throws(() => useModule(new WebAssembly.Module(readFileSync(require.resolve('squared-emd/squared_emd.wasm')))), {
  code: 'ALREADY_LOADED',
});
assert.equal(info().backend, 'wasm');
assert.equal(pairwiseDistances(Float32Array.of(0, 0, 3, 4), { rows: 2 })[1], 5);

for (const pause of [0, 0, 60]) {
  await new Promise((resolve) => setTimeout(resolve, pause));
  const input = logits.slice();
  const running = Array.from({ length: 3 }, () => emdLossAsync(input, labels, options));
  input.fill(0); // has been copied
  for (const { loss, gradient } of await Promise.all(running)) {
    assert.equal(loss, expected.loss);
    sameBits(gradient, expected.gradient);
  }
}

const guided = new SelfGuidedEmd({ classes, features: 8 });
const features = Float32Array.from({ length: 20 * 8 }, (_, i) => Math.cos(i));
await guided.evaluateAsync(logits, features, labels);
guided.endEpoch();

const worker = new Worker(new URL('./wasm-worker.mjs', import.meta.url), { workerData: { logits, labels, classes } });
const [gradient] = await Promise.race([
  once(worker, 'message'),
  once(worker, 'error').then(([error]) => Promise.reject(error)),
]);
sameBits(gradient, emdLoss(logits, labels, { classes }).gradient);
await worker.terminate();

// The idle worker of asynchronous calls is there for longer.
setTimeout(() => {
  console.log('the program does not end by itself');
  process.exit(1);
}, 5000).unref();
const runtime = globalThis.Deno
  ? `Deno ${Deno.version.deno}`
  : globalThis.Bun
    ? `Bun ${Bun.version}`
    : `Node ${process.versions.node}`;
console.log(`passed on ${runtime}: WebAssembly`);

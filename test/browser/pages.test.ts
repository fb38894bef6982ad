// The package in pages without a bundler, in Chromium: ES modules as npm has them, under whatever policies pages have.
// runner: 15 s
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type * as onnx from '../../lib/onnxruntime.js';
import type * as package_ from '../../lib/wasm.js';
import { ISOLATED, noChromium, type Open, openSite, type Site } from '../../shared/chromium.js';
import type { Served } from '../../shared/serve-folder.js';
import { skip } from '../support/skip.js';

const test = suite('pages');

const root = join(__dirname, '../../..');

type Package = typeof package_ & { DeviceArray: unknown };

// What pages have of the package, once their script has run.
declare const squaredEmd: Package;
declare const second: Package;
declare const onnxruntime: typeof onnx;
declare const metrics: typeof import('../../lib/metrics.js');

// What pages have of their own.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  compile(bytes: Uint8Array): Promise<object>;
  compileStreaming(response: Promise<unknown>): Promise<object>;
};
interface Answers {
  gradient: Float32Array;
  later: Float32Array;
  backend: string;
}
declare const Worker: new (
  url: string,
  options: { type: 'module' },
) => {
  postMessage(message: unknown): void;
  onmessage: (event: { data: Answers }) => void;
  onerror: (event: { message: string }) => void;
};

const SCRIPT = `
  import * as squaredEmd from '/dist/esm/web/index.js';
  globalThis.squaredEmd = squaredEmd;`;

const policy = (text: string) => ({ 'Content-Security-Policy': text });
const document = (script: string, headers: Record<string, string> = {}): Served => ({
  text: `<!doctype html><script type="module" src="${script}"></script>`,
  headers,
});

/** The page of the documentation. */
const [, DOCUMENTED] = readFileSync(join(root, 'docs/browsers.md'), 'utf8').match(/^```html\n(.*?)^```/ms) ?? [];

const SITE: Record<string, Served> = {
  '/documented': { text: DOCUMENTED },
  '/script.js': { text: SCRIPT },
  '/plain': { text: `<!doctype html><script type="module">${SCRIPT}</script>` },
  '/isolated': document('/script.js', ISOLATED),
  '/strict': document('/script.js', policy("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'")),
  '/blob-workers': document(
    '/script.js',
    policy("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:"),
  ),
  '/trusted-types': document(
    '/script.js',
    policy("script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'"),
  ),
  '/no-wasm': document('/script.js', policy("script-src 'self'")),
  '/all': document('/all.js'),
  '/all.js': {
    text: `${SCRIPT}
      import * as second from '/copy/dist/esm/web/index.js';
      import * as onnxruntime from '/dist/esm/web/onnxruntime.js';
      import * as metrics from '/dist/esm/metrics.js';
      Object.assign(globalThis, { second, onnxruntime, metrics });`,
  },
  '/worker.js': {
    text: `
      import { emdLoss, emdLossAsync, info } from '/dist/esm/web/index.js';
      onmessage = async ({ data: [logits, labels, options] }) => {
        const { gradient } = emdLoss(logits, labels, options);
        const later = await emdLossAsync(logits, labels, options);
        postMessage({ gradient, later: later.gradient, backend: info().backend });
      };`,
  },
};

/** A problem of a training step, the same in pages and here. */
const CLASSES = 7;
const logits = Array.from({ length: 20 * CLASSES }, (_, i) => Math.fround(3 * Math.sin(i * i)));
const labels = Array.from({ length: 20 }, (_, i) => (i * 3) % CLASSES);
const problem = { logits, labels, classes: CLASSES };

/** What Node.js computes on WebAssembly. */
function expected(): { loss: number; gradient: number[] } {
  const { emdLoss } = require(join(root, 'dist/cjs/node-wasm.js')) as Package;
  const { loss, gradient } = emdLoss(Float32Array.from(logits), labels, { classes: CLASSES });
  return { loss, gradient: Array.from(gradient) };
}

/** What a page computes at once and later, and whether it had a worker for that. */
async function computed(page: Page) {
  const answer = await page.evaluate(async (given) => {
    const options = { classes: given.classes };
    const once = squaredEmd.emdLoss(Float32Array.from(given.logits), given.labels, options);
    const later = await squaredEmd.emdLossAsync(Float32Array.from(given.logits), given.labels, options);
    return [once, later].map(({ loss, gradient }) => ({ loss, gradient: Array.from(gradient) }));
  }, problem);
  return { answer, workers: page.workers().length };
}

const ready = async (page: Page): Promise<Page> => {
  await page.waitForFunction('globalThis.squaredEmd');
  return page;
};

async function checkPage(open: Open, path: string, workers: number): Promise<Page> {
  const page = await ready(await open(path));
  const found = await computed(page);
  assert.equal(found.answer, [expected(), expected()], path);
  assert.is(found.workers, workers, `workers of ${path}`);
  return page;
}

const reason = noChromium();
let site: Site | undefined;
test.before(async () => {
  if (!reason) site = await openSite(root, SITE);
});
test.after(() => site?.close());

function check(name: string, body: (open: Open) => Promise<void>): void {
  if (reason) skip(test, name, reason);
  else test(name, () => body((site as Site).open));
}

check('a script element and nothing else: the bits of Node.js, at once and from a worker', async (open) => {
  const page = await checkPage(open, '/plain', 1);
  const { info, status, gpu } = await page.evaluate(() => {
    let gpu: unknown;
    try {
      (squaredEmd.DeviceArray as { allocate(type: string, length: number): unknown }).allocate('float32', 1);
    } catch (error) {
      gpu = (error as { code?: string }).code;
    }
    return { info: squaredEmd.info(), status: squaredEmd.cuda.status(), gpu };
  });
  assert.is(info.backend, 'wasm');
  assert.is(info.isa, 'simd128');
  assert.is(status.reason, 'no-addon');
  assert.is(gpu, 'CUDA_UNAVAILABLE');
});

check('the page of the documentation', async (open) => {
  const page = await open('/documented');
  await page.waitForFunction("document.title === 'The loss is 0.25'", undefined, { timeout: 20_000 });
});

check('a page that is isolated from others; memory that is shared', async (open) => {
  const page = await checkPage(open, '/isolated', 1);
  const gradients = await page.evaluate(async ({ logits, labels, classes }) => {
    const shared = new Float32Array(new SharedArrayBuffer(4 * logits.length));
    shared.set(logits);
    const once = squaredEmd.emdLoss(shared, labels, { classes });
    const later = await squaredEmd.emdLossAsync(shared, labels, { classes, gradient: shared });
    return [once.gradient, later.gradient].map((gradient) => Array.from(gradient as Float32Array));
  }, problem);
  assert.equal(gradients, [expected().gradient, expected().gradient]);
});

check(
  "a policy that allows WebAssembly: on the page's own thread without workers, in one where it allows blobs",
  async (open) => {
    await checkPage(open, '/strict', 0);
    await checkPage(open, '/trusted-types', 0);
    await checkPage(open, '/blob-workers', 1);
  },
);

/** Every kind of asynchronous call, several at a time, against the same at once. */
const everythingLater = (page: Page) =>
  page.evaluate(async ({ logits, labels, classes }) => {
    const { ClassCentroids, EmdLoss, SelfGuidedEmd, tree, matrix } = squaredEmd;
    const z = Float32Array.from(logits);
    const table = Float32Array.from({ length: classes ** 2 }, (_, i) =>
      Math.abs((i % classes) - Math.floor(i / classes)),
    );
    const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]));

    const criterion = new EmdLoss({ classes, groundDistance: matrix(table) });
    const running = [criterion.evaluateAsync(z, labels)];
    const expected = [criterion.evaluate(z, labels)];
    criterion.groundDistance = tree([-1, 0, 0, 1, 1, 2, 2]);
    running.push(criterion.evaluateAsync(z, labels, { losses: true }));
    expected.push(criterion.evaluate(z, labels, { losses: true }));
    const losses = (await Promise.all(running)).map((result, i) => same(result.gradient, expected[i].gradient));

    const [once, later] = [0, 1].map(() => new ClassCentroids({ classes, features: 4 }));
    const features = Float32Array.from({ length: 4 * labels.length }, (_, i) => Math.cos(i));
    once.accumulate(features, labels);
    once.update();
    const accumulating = later.accumulateAsync(features, labels);
    features.fill(0); // has been copied
    await accumulating;
    await later.updateAsync();
    const centroids = same(later.centroids, once.centroids);
    const distances = same(await later.distancesAsync(), once.distances());

    const guided = new SelfGuidedEmd({ classes, features: 4 });
    await guided.observeAsync(
      later.centroids,
      Int32Array.from({ length: classes }, (_, i) => i),
    );
    await guided.refreshAsync();
    const emd = (await guided.evaluateAsync(z, Float32Array.from({ length: 4 * labels.length }, Math.sin), labels)).emd;
    const refused = await criterion.evaluateAsync(z, [0]).catch((error: Error) => `${error}`);
    return { losses, centroids, distances, emd: emd > 0, refused };
  }, problem);

check('every asynchronous call, where there are workers and where there are none', async (open) => {
  for (const path of ['/plain', '/strict']) {
    assert.equal(
      await everythingLater(await ready(await open(path))),
      {
        losses: [true, true],
        centroids: true,
        distances: true,
        emd: true,
        refused: 'RangeError: targets: expected 20 elements (a class index per row), received an array of length 1',
      },
      path,
    );
  }
});

check('a policy that forbids WebAssembly: an error that says so, for every kind of call', async (open) => {
  const page = await ready(await open('/no-wasm'));
  const errors = await page.evaluate(async () => {
    const { emdLoss, emdLossAsync, info, ordered } = squaredEmd;
    ordered([1, 2]); // computes nothing
    const attempts = [
      () => emdLoss(new Float32Array(2), [0], { classes: 2 }),
      () => emdLossAsync(new Float32Array(2), [0], { classes: 2 }),
      () => info(),
    ];
    const errors = [];
    for (const attempt of attempts) {
      try {
        errors.push(await attempt());
      } catch (error) {
        const { name, code, message } = error as { name: string; code: string; message: string };
        errors.push({ name, code, says: /'wasm-unsafe-eval'/.test(message) });
      }
    }
    return errors;
  });
  const one = { name: 'EmdError', code: 'WASM_UNAVAILABLE', says: true };
  assert.equal(errors, [one, one, one]);
});

check('two copies in one page, the entries for ONNX models and for metrics', async (open) => {
  const page = await ready(await open('/all'));
  const answers = await page.evaluate(async ({ logits, labels, classes }) => {
    const z = Float32Array.from(logits);
    const [one, two] = await Promise.all(
      [squaredEmd, second].map(({ emdLossAsync }) => emdLossAsync(z, labels, { classes })),
    );
    return {
      copies: squaredEmd.EmdLoss !== second.EmdLoss,
      losses: [one.loss, two.loss, second.emdLoss(z, labels, { classes }).loss],
      grounds: [squaredEmd, second].map(
        ({ circular }) => second.emdLoss(z, labels, { classes, groundDistance: circular() }).loss,
      ),
      model: Array.from(onnxruntime.exportOnnx({ classes, groundDistance: squaredEmd.circular() })),
      accuracy: metrics.accuracy([1, 0], [1, 1]),
    };
  }, problem);
  const { circular, exportOnnx } = {
    ...require(join(root, 'dist/lib/index.js')),
    ...require(join(root, 'dist/lib/onnxruntime.js')),
  };
  assert.ok(answers.copies);
  assert.equal(answers.losses, new Array(3).fill(expected().loss));
  assert.is(answers.grounds[0], answers.grounds[1], 'each takes ground distances of the other');
  assert.equal(answers.model, Array.from(exportOnnx({ classes: CLASSES, groundDistance: circular() })));
  assert.is(answers.accuracy, 0.5);
});

check('in a worker of the page', async (open) => {
  const page = await open('/plain');
  const { gradient, later, backend } = await page.evaluate(
    ({ logits, labels, classes }) =>
      new Promise<{ gradient: number[]; later: number[]; backend: string }>((resolve, reject) => {
        const worker = new Worker('/worker.js', { type: 'module' });
        worker.onmessage = ({ data }) =>
          resolve({ ...data, gradient: Array.from(data.gradient), later: Array.from(data.later) });
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage([Float32Array.from(logits), labels, { classes }]);
      }),
    problem,
  );
  assert.equal([gradient, later], [expected().gradient, expected().gradient]);
  assert.is(backend, 'wasm');
});

check('a module that the page gives: before the first call, of this package, once', async (open) => {
  const page = await ready(await open('/plain'));
  const said = await page.evaluate(async ({ logits, labels, classes }) => {
    const attempt = (use: () => void) => {
      try {
        use();
        return 'fine';
      } catch (error) {
        const { name, code, message } = error as { name: string; code?: string; message: string };
        return code ?? `${name}: ${message}`;
      }
    };
    const module = await WebAssembly.compileStreaming(fetch('/native/wasm/squared_emd.wasm'));
    const empty = await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    const { useModule, emdLoss } = squaredEmd;
    const first = [attempt(() => useModule(empty)), attempt(() => useModule({})), attempt(() => useModule(module))];
    const { Module } = WebAssembly;
    WebAssembly.Module = class {
      constructor() {
        throw new Error('compiled once more');
      }
    } as typeof Module;
    const { loss } = emdLoss(Float32Array.from(logits), labels, { classes });
    WebAssembly.Module = Module;
    return { first, loss, second: attempt(() => useModule(module)) };
  }, problem);
  assert.equal(said, {
    first: [
      'TypeError: module: expected the module of squared-emd/squared_emd.wasm, received "another one"',
      'TypeError: module: expected a WebAssembly.Module, received an object',
      'fine',
    ],
    loss: expected().loss,
    second: 'ALREADY_LOADED',
  });
});

test.run();

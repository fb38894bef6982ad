// Training in pages, in Chromium: the same steps as in Node.js, nothing that grows, and a page that goes on meanwhile.
// runner: 25 s
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers the gradients of operators
import { buildSync } from 'esbuild';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EmdLoss, info } from '../../lib/index.js';
import { emdLoss } from '../../lib/tfjs.js';
import type * as package_ from '../../lib/wasm.js';
import { noChromium, openSite, type Site } from '../../shared/chromium.js';
import { splitSamples } from '../../shared/data.js';
import { Random } from '../../shared/random.js';
import { readSamples } from '../../shared/read-samples.js';
import { skip } from '../support/skip.js';
import { withTfjsPage } from '../support/tfjs-browser.js';
import type { Page as TfjsPage } from '../support/tfjs-page.js';
import { type Course, type Trained, train, trainTfjs } from '../support/training.js';

const test = suite('training in pages');

const root = join(__dirname, '../../..');

/** Party identification, from strong Democrat to strong Republican. */
function makeCourse(steps: number): Course {
  const random = new Random(1);
  const all = readSamples(join(root, 'data/anes96_party.csv.gz'));
  const { train: samples } = splitSamples(all, { train: 800, validation: 0, test: 0 }, random);
  const { features, inputs, labels } = samples;
  const [classes, units] = [7, 16];
  const parameters = Array.from({ length: (features + classes) * units }, () => Math.fround(random.uniform(-0.5, 0.5)));
  return {
    classes,
    features,
    units,
    inputs: Array.from(inputs),
    labels: Array.from(labels),
    parameters,
    batch: 100,
    steps,
    rate: 0.2,
  };
}

const course = makeCourse(50);
const OPTIONS = { crossEntropyWeight: 1, emdWeight: 2 };

declare const squaredEmd: typeof package_;
declare const trainInPage: typeof train;
declare const page: TfjsPage;
/** Of the instances of WebAssembly modules that the page has made. */
declare const memories: { buffer: ArrayBuffer }[];

const SCRIPT = `
  const { Instance } = WebAssembly;
  globalThis.memories = [];
  WebAssembly.Instance = function (module, imports) {
    const instance = new Instance(module, imports);
    memories.push(instance.exports.memory);
    return instance;
  };
  import('/dist/esm/web/index.js').then((squaredEmd) => Object.assign(globalThis, { squaredEmd }));`;

/** Its page has the package, without a bundler, and what trains. */
async function openTrainingSite(): Promise<Site> {
  const { outputFiles } = buildSync({
    entryPoints: [join(root, 'test/support/training.ts')],
    bundle: true,
    format: 'iife',
    globalName: 'training',
    footer: { js: 'globalThis.trainInPage = training.train;' },
    write: false,
  });
  const served = {
    '/training.js': { text: outputFiles[0].text },
    '/': { text: `<!doctype html><script src="/training.js"></script><script>${SCRIPT}</script>` },
  };
  return openSite(root, served);
}

function checkNear(trained: Trained, expected: Trained, tolerance: number): void {
  for (const name of ['losses', 'parameters'] as const) {
    trained[name].forEach((value, i) => {
      const error = Math.abs(value - expected[name][i]);
      assert.ok(error <= tolerance, `${name}[${i}]: ${value}, not ${expected[name][i]}`);
    });
  }
}

/** Against the addon's plainest instruction set, which is the same on x64 to the last bit; nothing where there is no addon. */
async function checkAgainstAddon(trained: Trained): Promise<void> {
  Object.assign(process.env, { SQUARED_EMD_BACKEND: 'native', SQUARED_EMD_ISA: 'baseline' });
  try {
    info();
  } catch {
    return;
  } finally {
    delete process.env.SQUARED_EMD_BACKEND;
    delete process.env.SQUARED_EMD_ISA;
  }
  const criterion = new EmdLoss({ classes: course.classes, ...OPTIONS });
  const native = await train(course, (logits, labels) => criterion.evaluate(logits, labels));
  if (process.arch === 'x64') assert.equal(trained, native);
  else checkNear(trained, native, 1e-5);
}

const reason = noChromium();
let site: Site | undefined;
test.before(async () => {
  if (!reason) site = await openTrainingSite();
});
test.after(() => site?.close());

async function withTrainingPage(use: (browser: Page) => Promise<void>): Promise<void> {
  const browser = await (site as Site).open('/');
  await browser.waitForFunction('globalThis.squaredEmd');
  await use(browser);
  await browser.close();
}

function check(name: string, body: () => Promise<void>): void {
  if (reason) skip(test, name, reason);
  else test(name, body);
}

check('with this package alone: the losses and the weights of Node.js, bit for bit, awaited or not', () =>
  withTrainingPage(async (browser) => {
    const inPage = await browser.evaluate(
      async ({ course, options }) => {
        const criterion = new squaredEmd.EmdLoss({ classes: course.classes, ...options });
        return {
          once: await trainInPage(course, (logits, labels) => criterion.evaluate(logits, labels)),
          later: await trainInPage(course, (logits, labels) => criterion.evaluateAsync(logits, labels)),
        };
      },
      { course, options: OPTIONS },
    );
    const wasm = require(join(root, 'dist/cjs/node-wasm.js')) as typeof package_;
    const criterion = new wasm.EmdLoss({ classes: course.classes, ...OPTIONS });
    const here = await train(course, (logits, labels) => criterion.evaluate(logits, labels));
    assert.ok(here.losses[49] < 0.8 * here.losses[0], `${here.losses}`);
    assert.equal(inPage.once, here);
    assert.equal(inPage.later, here);
    await checkAgainstAddon(here);
  }),
);

for (const backend of ['wasm', 'webgl']) {
  check(`with TensorFlow.js on its ${backend} backend: the losses of its cpu backend in Node.js`, () =>
    withTfjsPage(backend, async (browser) => {
      const short = { ...course, steps: 30 };
      const inPage = await browser.evaluate(({ course, options }) => page.train(options, course), {
        course: short,
        options: { ...OPTIONS, fromLogits: true },
      });
      await tf.setBackend('cpu');
      const here = await trainTfjs(tf, short, emdLoss({ ...OPTIONS, fromLogits: true, reduction: 'mean' }));
      assert.ok(here.losses[29] < 0.9 * here.losses[0], `${here.losses}`);
      checkNear(inPage, here, 1e-4);
    }),
  );
}

interface Use {
  heap: number;
  memories: number[];
}

async function useOf(browser: Page): Promise<Use> {
  const session = await browser.context().newCDPSession(browser);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize: heap } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return { heap, memories: await browser.evaluate(() => memories.map(({ buffer }) => buffer.byteLength)) };
}

/**
 * Steps that make what they need anew, in a synchronous loop, and some that are awaited.
 *
 * @param holding Keeps all ground distances, so that as many are prepared as ever are.
 */
const manySteps = (browser: Page, steps: number, holding = false): Promise<void> =>
  browser.evaluate(
    async ([count, holds]) => {
      const { EmdLoss, matrix } = squaredEmd;
      const classes = 50;
      const logits = Float32Array.from({ length: 64 * classes }, (_, i) => Math.sin(i));
      const labels = Int32Array.from({ length: 64 }, (_, i) => i % classes);
      const kept = new EmdLoss({ classes });
      const table = Float32Array.from({ length: classes ** 2 }, (_, i) =>
        Math.abs((i % classes) - Math.floor(i / classes)),
      );
      const held = [];
      for (let step = 0; step < count; step++) {
        table[1] = table[classes] = 1 + step / count;
        kept.evaluate(logits, labels);
        const criterion = new EmdLoss({ classes, groundDistance: matrix(table) });
        criterion.evaluate(logits, labels);
        if (holds) held.push(criterion);
        if (step % 10 === 0) await criterion.evaluateAsync(logits, labels);
      }
    },
    [steps, holding] as const,
  );

check('2000 steps leave nothing, in the memory of the module and in that of the page', () =>
  withTrainingPage(async (browser) => {
    // How many are alive at a time is up to the collector, at most 256: memory for these comes first.
    await manySteps(browser, 500, true);
    await manySteps(browser, 500);
    const before = await useOf(browser);
    await manySteps(browser, 2000);
    const after = await useOf(browser);
    assert.is(before.memories.length, 1);
    assert.equal(after.memories, before.memories);
    assert.ok(after.heap < before.heap + 500_000, `${before.heap} bytes became ${after.heap}`);
  }),
);

check('asynchronous calls: the page goes on, one worker for all of them, however long they are apart', () =>
  withTrainingPage(async (browser) => {
    let workers = 0;
    browser.on('worker', () => workers++);
    const { ticks, differ } = await browser.evaluate(async () => {
      const { emdLoss, emdLossAsync, energy } = squaredEmd;
      const [rows, classes] = [512, 1000];
      const logits = Float32Array.from({ length: rows * classes }, (_, i) => Math.sin(i * i));
      const targets = Float32Array.from(logits, Math.abs);
      const distances = Float32Array.from({ length: classes ** 2 }, (_, i) =>
        Math.abs((i % classes) - Math.floor(i / classes)),
      );
      const options = { classes, groundDistance: energy(distances, { indefinite: true }) };
      const expected = emdLoss(logits, targets, options);
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      const calls = [0, 1].map(() => emdLossAsync(logits, targets, options));
      logits.fill(0); // has been copied
      const results = await Promise.all(calls);
      clearInterval(timer);
      const differ = results.map(
        ({ loss, gradient }) => loss !== expected.loss || gradient.some((g, i) => g !== expected.gradient[i]),
      );
      for (let i = 0; i < 3; i++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        await emdLossAsync(new Float32Array(2), [0], { classes: 2 });
      }
      return { ticks, differ };
    });
    assert.equal(differ, [false, false]);
    assert.ok(ticks >= 5, `${ticks} ticks`);
    assert.is(workers, 1);
  }),
);

check('memory of a large call is given back after a while, that of the page and that of the worker', () =>
  withTrainingPage(async (browser) => {
    await browser.clock.install();
    const call = (rows: number) =>
      browser.evaluate(async (count) => {
        const logits = new Float32Array(count * 1000);
        const targets = new Float32Array(count * 1000).fill(1); // logits alone are taken in stretches
        squaredEmd.emdLoss(logits, targets, { classes: 1000 });
        await squaredEmd.emdLossAsync(logits, targets, { classes: 1000 });
      }, rows);
    await call(20_000);
    const [worker] = browser.workers();
    const ends = worker.waitForEvent('close', { timeout: 20_000 });
    await browser.clock.runFor(11_000);
    await ends;
    await call(1);
    const { memories } = await useOf(browser);
    assert.is(memories.length, 2);
    assert.ok(memories[0] > 80e6 && memories[1] < 2e6, `${memories}`);
  }),
);

test.run();

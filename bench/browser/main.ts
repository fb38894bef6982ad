// npm run bench:browser: the loss in pages of Chromium, beside TensorFlow.js on wasm and webgl; then on WebGPU beside what libraries have
// there. Without a GPU webgl and WebGPU run on the CPU, and their times say little about one.
import { dirname, join } from 'node:path';
import { bundleFile } from '../../shared/bundle-page.js';
import { ISOLATED, noChromium, openSite } from '../../shared/chromium.js';
import { toText } from '../../shared/table.js';
import { describe, environment } from '../report/environment.js';
import type { Batch, PageApi } from './protocol.js';
import { tableOf } from './table.js';

declare const bench: PageApi;

const ON_HOST: readonly Batch[] = [
  { rows: 128, classes: 8 },
  { rows: 256, classes: 101 },
  { rows: 1024, classes: 1000 },
];
const ON_GPU: readonly Batch[] = [
  { rows: 128, classes: 8 },
  { rows: 256, classes: 1000 },
  { rows: 32, classes: 4096 },
];

const tfjsWasm = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');
const onnxruntime = dirname(require.resolve('onnxruntime-web'));

/** Each batch in a page of its own: the shaders of tfjs 4.22 for prefix sums are right for the first length alone. */
async function timeIn(folder: string, script: string, batches: readonly Batch[]): Promise<string> {
  const served = {
    '/page.js': { text: bundleFile(`bench/browser/${script}`) },
    '/': { text: '<!doctype html><script src="/page.js"></script>', headers: ISOLATED },
  };
  const site = await openSite(folder, served, []);
  try {
    let version = '';
    for (const batch of batches) {
      const page = await site.open('/');
      version = page.context().browser()?.version() ?? '';
      const timed = await page.evaluate((given) => bench.time(given), batch);
      console.log(`\n${toText(tableOf(batch, timed))}`);
      await page.close();
    }
    return version;
  } finally {
    await site.close();
  }
}

async function main(): Promise<void> {
  const reason = noChromium();
  if (reason) throw new Error(reason);
  console.log(describe(environment()));
  await timeIn(tfjsWasm, 'page.ts', ON_HOST);
  const version = await timeIn(onnxruntime, 'webgpu-page.ts', ON_GPU);
  console.log(`\nChromium ${version}. Loss and gradient, one thread, by turns; verified first.`);
}

void main();

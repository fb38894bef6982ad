// npm run bench:browser: the loss in a page of Chromium, beside TensorFlow.js on wasm and webgl. Without a GPU webgl runs on the CPU,
// and its times say little about one.
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { noChromium, withPage } from '../../shared/chromium.js';
import { type Table, toText } from '../../shared/table.js';
import { describe, environment } from '../report/environment.js';
import type { Batch, PageApi, Timed } from './protocol.js';

declare const bench: PageApi;

const BATCHES: readonly Batch[] = [
  { rows: 128, classes: 8 },
  { rows: 256, classes: 101 },
  { rows: 1024, classes: 1000 },
];

const source = join(__dirname, '../../../bench/browser/page.ts');
const wasm = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');

const quantile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.round(share * (values.length - 1))];

const inWords = (milliseconds: number) =>
  milliseconds < 1 ? `${(1e3 * milliseconds).toPrecision(3)} us` : `${milliseconds.toPrecision(3)} ms`;

function tableOf({ rows, classes }: Batch, timed: readonly Timed[]): Table {
  const [own] = timed;
  return {
    head: [`${rows} x ${classes}`, 'median', 'p20 - p80', 'ns/element', 'of squared-emd'],
    rows: timed.map(({ name, milliseconds }) => [
      name,
      inWords(quantile(milliseconds, 0.5)),
      `${inWords(quantile(milliseconds, 0.2))} - ${inWords(quantile(milliseconds, 0.8))}`,
      ((1e6 * quantile(milliseconds, 0.5)) / (rows * classes)).toPrecision(3),
      `${quantile(
        milliseconds.map((time, round) => time / own.milliseconds[round]),
        0.5,
      ).toPrecision(3)} x`,
    ]),
  };
}

async function main(): Promise<void> {
  const reason = noChromium();
  if (reason) throw new Error(reason);
  console.log(describe(environment()));
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-bench-'));
  try {
    const tsconfigRaw = { compilerOptions: { target: 'es2022' } };
    buildSync({ entryPoints: [source], bundle: true, format: 'iife', outfile: join(folder, 'page.js'), tsconfigRaw });
    for (const name of readdirSync(wasm)) if (name.endsWith('.wasm')) cpSync(join(wasm, name), join(folder, name));
    await withPage(folder, async (page) => {
      await page.addScriptTag({ url: '/page.js' });
      for (const batch of BATCHES) {
        const timed = await page.evaluate((given) => bench.time(given), batch);
        console.log(`\n${toText(tableOf(batch, timed))}`);
      }
      console.log(
        `\nChromium ${page.context().browser()?.version()}. Loss and gradient, one thread, by turns; verified first.`,
      );
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void main();

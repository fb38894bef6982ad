// What the page is made of: a folder with all that it loads, which any web server can serve.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BuildOptions } from 'esbuild';
import { splitSamples } from '../../shared/data.js';
import { Random } from '../../shared/random.js';
import { readSamples } from '../../shared/read-samples.js';
import { makeBackbone } from '../onnxruntime-finetune/backbone.js';
import { COARSE_BANDS, ROWS, SEED } from './split.js';

const ROOT = path.resolve(__dirname, '../../..'); // seen from dist/examples/onnx-page
const PAGE = path.join(ROOT, 'examples/onnx-page/page');
/** onnxruntime-web with its WebGPU provider: a module, and what that loads. */
const ORT = path.dirname(require.resolve('onnxruntime-web'));
const ORT_FILES = ['ort.webgpu.bundle.min.mjs', 'ort-wasm-simd-threaded.asyncify.wasm'];

/** How esbuild makes the page into a folder. */
export const pageOptions = (folder: string): BuildOptions & { outdir: string } => ({
  entryPoints: [
    { in: path.join(PAGE, 'index.html'), out: 'index' },
    { in: path.join(PAGE, 'style.css'), out: 'style' },
    { in: path.join(PAGE, 'main.ts'), out: 'page' },
    { in: path.join(ROOT, 'data/ames_price20.csv.gz'), out: 'ames_price20.csv' },
    ...ORT_FILES.map((name) => ({ in: path.join(ORT, name), out: path.parse(name).name })),
  ],
  loader: { '.html': 'copy', '.gz': 'copy', '.wasm': 'copy', '.mjs': 'copy' },
  outdir: folder,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  tsconfig: path.join(PAGE, 'tsconfig.json'),
  legalComments: 'linked',
  logLevel: 'warning',
});

/** Trains the backbone on coarse bands of houses that the head does not see. */
export async function writeBackbone(folder: string): Promise<void> {
  const coarse = readSamples(path.join(ROOT, 'data/ames_price.csv.gz'));
  const houses = splitSamples(coarse, ROWS, new Random(SEED)).validation;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'backbone.onnx'), await makeBackbone(houses, COARSE_BANDS, new Random(SEED)));
}

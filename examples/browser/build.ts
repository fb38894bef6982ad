// What the page is made of: a folder with all that it loads, which any web server can serve.
import path from 'node:path';
import type { BuildOptions } from 'esbuild';

const ROOT = path.resolve(__dirname, '../../..'); // seen from dist/examples/browser
const PAGE = path.join(ROOT, 'examples/browser/page');
const TFJS = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
/** What TensorFlow.js chooses from, by what the browser has. */
const TFJS_BINARIES = ['tfjs-backend-wasm', 'tfjs-backend-wasm-simd', 'tfjs-backend-wasm-threaded-simd'];

/** How esbuild makes the page into a folder. */
export const pageOptions = (folder: string): BuildOptions & { outdir: string } => ({
  entryPoints: [
    { in: path.join(PAGE, 'index.html'), out: 'index' },
    { in: path.join(PAGE, 'styles/style.css'), out: 'style' },
    { in: path.join(PAGE, 'main.ts'), out: 'page' },
    { in: path.join(PAGE, 'training/worker.ts'), out: 'training-worker' },
    { in: path.join(PAGE, 'training/gpu-worker.ts'), out: 'training-gpu-worker' },
    { in: path.join(PAGE, 'timing/worker.ts'), out: 'timing-worker' },
    { in: path.join(ROOT, 'data/ames_price20.csv.gz'), out: 'ames_price20.csv' },
    ...TFJS_BINARIES.map((name) => ({ in: path.join(TFJS, 'dist', `${name}.wasm`), out: name })),
  ],
  loader: { '.html': 'copy', '.gz': 'copy', '.wasm': 'copy' },
  outdir: folder,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  tsconfig: path.join(PAGE, 'tsconfig.json'),
  legalComments: 'linked',
  logLevel: 'warning',
});

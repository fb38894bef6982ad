// The golden vectors through WebGPU as a page in Chromium has it.
// runner: 30 s
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { suite } from 'uvu';
import { noChromium, withPage } from '../../shared/chromium.js';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { checkGolden, goldenVectors } from '../support/golden.js';
import { scaled } from '../support/scale.js';
import { skip } from '../support/skip.js';
import type { WebGpuPage } from '../support/webgpu-page.js';

const test = suite('WebGPU in Chromium');

declare const page: WebGpuPage;

const root = join(__dirname, '../../..');

/** The package as pages load it, in place of the sources for Node.js. */
const BUILT: Record<string, string> = { index: 'web/index.js', webgpu: 'webgpu.js' };

async function bundle(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(root, 'test/support/webgpu-page.ts')],
    bundle: true,
    format: 'iife',
    outfile,
    plugins: [
      {
        name: 'built',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/lib\/(index|webgpu)\.js$/ }, ({ path }) => {
            const [, name] = /\/lib\/(\w+)\.js$/.exec(path) as RegExpExecArray;
            return { path: join(root, 'dist/esm', BUILT[name]) };
          }),
      },
    ],
  });
}

/** In the short form one in so many: the same kernels solve all of them in Node.js. */
const SHARE = scaled(4, 1);

const name = 'golden vectors, each gradient row to 2e-5 of its norm';
const reason = noChromium();
if (reason) skip(test, name, reason);
else {
  test(name, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'squared-emd-page-'));
    try {
      await bundle(join(folder, 'page.js'));
      await withPage(folder, async (browser) => {
        await browser.addScriptTag({ url: '/page.js' });
        const vectors = (['loss', 'targets', 'energy'] as const).flatMap(goldenVectors);
        for (const vector of vectors.filter((_, i) => i % SHARE === 0)) {
          const result = await browser.evaluate((problem) => page.solve(problem), vector.problem);
          const [gradient, losses] = [Float32Array.from(result.gradient), Float32Array.from(result.losses)];
          checkGolden(vector, { ...result, gradient, losses }, WEBGPU);
        }
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test.run();

// Exported models on onnxruntime-web's wasm kernels, as a browser runs them.
import * as ort from 'onnxruntime-web';
import { suite } from 'uvu';
import { GROUNDS, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { check, checkPairwise } from '../support/check-onnx.js';
import { scaled, seed } from '../support/scale.js';

const test = suite('onnx export, web');

ort.env.wasm.numThreads = 1;

test('every ground distance, both kinds of targets, agrees with the kernels', async () => {
  for (const ground of GROUNDS) {
    for (const targets of ['index', 'distribution'] as const) {
      const description = { ...PLAIN, ground, targets, mix: 'both', mood: 'peaked' } as const;
      await check(ort, makeProblem(description, seed), `${ground}, ${targets}`);
    }
  }
});

test('options combined pairwise under every ground distance agree with the kernels', () =>
  checkPairwise(ort, scaled([5], [2, 7, 33])));

test.run();

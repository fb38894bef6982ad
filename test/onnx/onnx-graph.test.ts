// What exported models are made of: operators that providers and onnxruntime-training have, and names.
import * as ort from 'onnxruntime-node';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allowed, CHOICES, type Description, GROUNDS, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { exportOf, feedsOf, near, run } from '../support/check-onnx.js';
import { type Model, readModel } from '../support/onnx-model.js';
import { seed } from '../support/scale.js';

const test = suite('onnx graphs');

/** Those for which onnxruntime-training has a gradient (orttraining/core/graph/gradient_builder_registry.cc). */
const DIFFERENTIABLE =
  'Abs Add Cast Clip Concat Div Exp Expand Flatten Gather GatherElements Gemm Identity Log LogSoftmax MatMul Max Min Mul Neg Pad Pow ReduceLogSumExp ReduceMean ReduceSum Relu Reshape Sigmoid Slice Softmax Split Sqrt Squeeze Sub Tanh Tile TopK Transpose Unsqueeze Where';
/** Inputs through which it lets no gradient pass (gradient_graph_builder.h), by place. */
const STOPS: Record<string, number[]> = {
  Not: [0],
  And: [0, 1],
  Or: [0, 1],
  Equal: [0, 1],
  Less: [0, 1],
  LessOrEqual: [0, 1],
  Gather: [1],
  GatherElements: [1],
  Shape: [0],
  Reshape: [1],
  Where: [0],
  ReduceSum: [1],
  Clip: [1, 2],
};

/** Every ground distance, power, input and kind of targets, with all else that a model may have. */
function* descriptions(): Generator<Description> {
  for (const ground of GROUNDS) {
    for (const power of CHOICES.power) {
      for (const input of CHOICES.input) {
        for (const targets of CHOICES.targets) {
          const normalization = /^xemd/.test(ground) ? 'mean' : 'nima';
          const all = { ground, power, input, targets, normalization, mix: 'both', weights: 'both' } as const;
          const description: Description = { ...PLAIN, ...all, classes: 33, rows: 4, mood: 'calm' };
          if (allowed(description)) yield description;
        }
      }
    }
  }
}

/** The nodes through which a gradient would have to pass from an output to an input. */
function differentiated({ nodes }: Model, input: string, output: string): Set<string> {
  const passing = nodes.map((node) => ({
    ...node,
    inputs: node.inputs.filter((_, i) => !STOPS[node.operator]?.includes(i)),
  }));
  const dependent = new Set([input]);
  for (const { inputs, outputs } of passing) {
    if (inputs.some((value) => dependent.has(value))) for (const value of outputs) dependent.add(value);
  }
  const needed = new Set([output]);
  const operators = new Set<string>();
  for (const { inputs, outputs, operator } of passing.slice().reverse()) {
    if (!outputs.some((value) => needed.has(value))) continue;
    for (const value of inputs) needed.add(value);
    if (inputs.some((value) => dependent.has(value))) operators.add(operator);
  }
  return operators;
}

test('without a gradient the way from logits to loss has only operators that can be differentiated, and gives the same loss', async () => {
  for (const description of descriptions()) {
    const problem = makeProblem(description, seed);
    const model = exportOf(problem, { gradient: false });
    const what = JSON.stringify(description);
    const { outputs } = readModel(model);
    assert.equal(outputs, ['loss', 'losses'], what);
    for (const output of outputs) {
      const operators = differentiated(readModel(model), 'logits', output);
      assert.ok(operators.size > 0, `${what}: ${output} depends on the logits`);
      for (const operator of operators) assert.ok(DIFFERENTIABLE.split(' ').includes(operator), `${what}: ${operator}`);
    }
    const feeds = feedsOf(ort, problem);
    const [alone, both] = [await run(ort, model, feeds), await run(ort, exportOf(problem), feeds)];
    (both.losses.data as Float32Array).forEach((loss, row) => {
      near((alone.losses.data as Float32Array)[row], loss, Math.max(1, loss), `${what}: losses[${row}]`);
    });
  }
});

test('no operator but a product with distances takes time quadratic in the classes, or sends a matrix to the CPU where there is a GPU', () => {
  // GPUs loop over the row for each element of a CumSum; the others have no kernel in one of onnxruntime's WebGPU providers.
  const refused = 'CumSum TopK LogSoftmax Size Sign Max Min IsNaN IsInf'.split(' ');
  for (const description of descriptions()) {
    for (const gradient of [true, false]) {
      const { nodes } = readModel(exportOf(makeProblem(description, seed), { gradient }));
      for (const { operator } of nodes) {
        assert.not(refused.includes(operator), `${JSON.stringify(description)}: ${operator}`);
        const { ground, targets } = description;
        const product = ground.startsWith('energy') || (targets === 'distribution' && /^(matrix|xemd)/.test(ground));
        assert.ok(operator !== 'MatMul' || product, `${JSON.stringify(description)}: ${operator}`);
      }
    }
  }
});

test('everything in a model is used, and all of its names have the prefix', () => {
  for (const description of descriptions()) {
    for (const gradient of [true, false]) {
      const model = readModel(exportOf(makeProblem(description, seed), { gradient, prefix: 'emd_' }));
      const { nodes, constants, inputs, outputs } = model;
      const used = new Set([...nodes.flatMap((node) => node.inputs), ...outputs]);
      for (const value of [...nodes.flatMap((node) => node.outputs), ...constants, ...inputs]) {
        assert.ok(used.has(value), `${JSON.stringify(description)}: ${value}`);
      }
      for (const name of [...used, ...nodes.map((node) => node.name)]) assert.match(name, /^emd_/);
      assert.equal(inputs, ['emd_logits', 'emd_labels', 'emd_sampleWeights']);
      assert.equal(outputs, gradient ? ['emd_loss', 'emd_losses', 'emd_gradient'] : ['emd_loss', 'emd_losses']);
    }
  }
});

test.run();

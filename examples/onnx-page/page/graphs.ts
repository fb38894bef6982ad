// The head as two small ONNX models, which onnxruntime-web runs on the GPU: forwards, and a step of Adam backwards.
import { OnnxGraph, type Value } from 'squared-emd/onnxruntime';

/** `logits = features weights + bias` */
export function forwardModel(features: number, classes: number): Uint8Array {
  const graph = new OnnxGraph('forward');
  const x = graph.input('features', 'float32', ['rows', features]);
  const weights = graph.input('weights', 'float32', [features, classes]);
  const bias = graph.input('bias', 'float32', [classes]);
  graph.output('logits', graph.add('Gemm', [x, weights, bias]), 'float32', ['rows', classes]);
  return graph.encode();
}

/** What is trained: names of inputs of the models. Each has its moments beside it. */
export const PARAMETERS = ['weights', 'bias'] as const;
const [FIRST, SECOND, SMALL] = [0.9, 0.999, 1e-8];

/** A step of Adam (Kingma and Ba, arXiv 1412.6980): the loss's gradient with respect to the logits comes in. */
export function stepModel(features: number, classes: number): Uint8Array {
  const graph = new OnnxGraph('step');
  const x = graph.input('features', 'float32', ['rows', features]);
  const gradient = graph.input('gradient', 'float32', ['rows', classes]);
  /** The learning rate, with what corrects the moments' bias: it differs from step to step. */
  const rate = graph.input('rate', 'float32', [1]);
  const number = (value: number) => graph.floats([value], [1]);
  const slopes = {
    weights: graph.add('Gemm', [x, gradient], { transA: 1 }),
    bias: graph.add('ReduceSum', [gradient, graph.integers([0])], { keepdims: 0 }),
  };
  for (const name of PARAMETERS) {
    const dims = name === 'weights' ? [features, classes] : [classes];
    const slope = slopes[name];
    const moment = (order: string, share: number, value: Value) => {
      const before = graph.add('Mul', [graph.input(`${order}_${name}`, 'float32', dims), number(share)]);
      const after = graph.add('Add', [before, graph.add('Mul', [value, number(1 - share)])]);
      graph.output(`new_${order}_${name}`, after, 'float32', dims);
      return after;
    };
    const mean = moment('first', FIRST, slope);
    const spread = graph.add('Add', [
      graph.add('Sqrt', [moment('second', SECOND, graph.add('Mul', [slope, slope]))]),
      number(SMALL),
    ]);
    const change = graph.add('Mul', [graph.add('Div', [mean, spread]), rate]);
    const own = graph.input(name, 'float32', dims);
    graph.output(`new_${name}`, graph.add('Sub', [own, change]), 'float32', dims);
  }
  return graph.encode();
}

/** The rate of a step, the first of which is 1. */
export const rateOf = (rate: number, step: number): number =>
  (rate * Math.sqrt(1 - SECOND ** step)) / (1 - FIRST ** step);

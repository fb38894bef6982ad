import { InferenceSession, Tensor } from 'onnxruntime-node';
import { OnnxGraph, type Value } from 'squared-emd/onnxruntime';

/** The numbers of features, of units of the hidden layers if there are any, and of outputs. */
export type Sizes = readonly number[];

/** Adam's usual settings (Kingma and Ba, arXiv 1412.6980). */
const USUAL_RATE = 1e-3;
const DECAY_MEAN = 0.9;
const DECAY_SQUARE = 0.999;
const EPSILON = 1e-8;

const ONE_THREAD: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1 };

/**
 * The results of a forward pass: outputs [rows, outputs], and the last hidden layer after its ReLU [rows, units], or the inputs
 * if there is none.
 */
export interface Outputs {
  logits: Float32Array;
  features: Float32Array;
}

/**
 * The two graphs of a multilayer perceptron with ReLUs between its layers, for any number of rows: a forward pass, and a backward
 * pass with a step of Adam. All weights and biases are one tensor.
 */
export class Architecture {
  private constructor(
    readonly sizes: Sizes,
    readonly forward: InferenceSession,
    readonly step: InferenceSession,
  ) {}

  static async create(sizes: Sizes): Promise<Architecture> {
    const [forward, step] = [forwardGraph(sizes), stepGraph(sizes)].map((graph) =>
      InferenceSession.create(graph.encode(), ONE_THREAD),
    );
    return new Architecture(sizes, await forward, await step);
  }

  get inputs(): number {
    return this.sizes[0];
  }

  get outputs(): number {
    return this.sizes[this.sizes.length - 1];
  }
}

/** A network in training. */
export class Network {
  #parameters: Tensor;
  #mean: Tensor;
  #square: Tensor;
  #steps = 0;
  /** The inputs of each layer in the last forward pass. */
  #last: Record<string, Tensor> | undefined;

  /** @param rate Adam's learning rate. */
  constructor(
    readonly architecture: Architecture,
    parameters: Float32Array,
    readonly rate = USUAL_RATE,
  ) {
    this.#parameters = vector(parameters);
    this.#mean = vector(new Float32Array(parameters.length));
    this.#square = vector(new Float32Array(parameters.length));
  }

  /** @param inputs [rows, features] */
  async forward(inputs: Float32Array): Promise<Outputs> {
    const { forward, inputs: width } = this.architecture;
    const tensor = new Tensor('float32', inputs, [inputs.length / width, width]);
    const { logits, ...hidden } = await forward.run({ [layerInput(0)]: tensor, parameters: this.#parameters });
    this.#last = { [layerInput(0)]: tensor, ...hidden };
    const features = this.#last[layerInput(this.architecture.sizes.length - 2)];
    return { logits: logits.data as Float32Array, features: features.data as Float32Array };
  }

  /** Takes a step of Adam, given the gradient of the loss with respect to the last forward pass's logits, [rows, outputs]. */
  async step(logitGradient: Float32Array): Promise<void> {
    const { step, outputs } = this.architecture;
    if (!this.#last) throw new Error('step: a forward pass comes first');
    this.#steps++;
    const result = await step.run({
      ...this.#last,
      logitGradient: new Tensor('float32', logitGradient, [logitGradient.length / outputs, outputs]),
      parameters: this.#parameters,
      mean: this.#mean,
      square: this.#square,
      rate: scalar(this.rate / (1 - DECAY_MEAN ** this.#steps)),
      scale: scalar(1 / (1 - DECAY_SQUARE ** this.#steps)),
    });
    this.#parameters = result.newParameters;
    this.#mean = result.newMean;
    this.#square = result.newSquare;
  }

  /** All weights and biases; the memory itself, which later steps do not change. */
  get parameters(): Float32Array {
    return this.#parameters.data as Float32Array;
  }

  /** Goes back to earlier parameters, for forward passes. */
  restore(parameters: Float32Array): void {
    this.#parameters = vector(parameters);
  }
}

const vector = (values: Float32Array): Tensor => new Tensor('float32', values, [values.length]);
const scalar = (value: number): Tensor => new Tensor('float32', Float32Array.of(value), []);

/** The name of a layer's input: the network's inputs, or the activations of the layer before. */
const layerInput = (layer: number): string => `input${layer}`;

/** Where a layer's parameters are: from `begin` on, the weights [inputs, outputs], row by row, then the bias [outputs]. */
export interface LayerParameters {
  inputs: number;
  outputs: number;
  begin: number;
}

export function layersOf(sizes: Sizes): LayerParameters[] {
  let begin = 0;
  return sizes.slice(1).map((outputs, layer) => {
    const own = { inputs: sizes[layer], outputs, begin };
    begin += (own.inputs + 1) * outputs;
    return own;
  });
}

const lengthOf = (sizes: Sizes): number =>
  layersOf(sizes).reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0);

/**
 * Biases of 0, and weights by He's rule (arXiv 1502.01852), which keeps the variance of activations the same from layer to layer.
 *
 * @param uniform Returns a random number between `low` and `high`.
 */
export function initialParameters(sizes: Sizes, uniform: (low: number, high: number) => number): Float32Array {
  return Float32Array.from(
    layersOf(sizes).flatMap(({ inputs, outputs }) => {
      const bound = Math.sqrt(6 / inputs);
      return [...Array.from({ length: inputs * outputs }, () => uniform(-bound, bound)), ...Array(outputs).fill(0)];
    }),
  );
}

/** The weights and bias of each layer, as slices of the one tensor. */
function layerValues(graph: OnnxGraph, sizes: Sizes): { weights: Value; bias: Value }[] {
  const layers = layersOf(sizes);
  const lengths = layers.flatMap(({ inputs, outputs }) => [inputs * outputs, outputs]);
  const parameters = graph.input('parameters', 'float32', [lengthOf(sizes)]);
  const parts = graph.addAll('Split', [parameters, graph.integers(lengths)], { axis: 0 }, lengths.length);
  return layers.map(({ inputs, outputs }, i) => ({
    weights: graph.add('Reshape', [parts[2 * i], graph.integers([inputs, outputs])]),
    bias: parts[2 * i + 1],
  }));
}

function forwardGraph(sizes: Sizes): OnnxGraph {
  const graph = new OnnxGraph('forward');
  let value = graph.input(layerInput(0), 'float32', ['rows', sizes[0]]);
  const layers = layerValues(graph, sizes);
  layers.forEach(({ weights, bias }, layer) => {
    value = graph.add('Gemm', [value, weights, bias]);
    const last = layer === layers.length - 1;
    if (!last) value = graph.add('Relu', [value]);
    graph.output(last ? 'logits' : layerInput(layer + 1), value, 'float32', ['rows', sizes[layer + 1]]);
  });
  return graph;
}

function stepGraph(sizes: Sizes): OnnxGraph {
  const graph = new OnnxGraph('step');
  const rows = (name: string, width: number) => graph.input(name, 'float32', ['rows', width]);
  const inputs = sizes.slice(0, -1).map((width, layer) => rows(layerInput(layer), width));
  let delta = rows('logitGradient', sizes[sizes.length - 1]);
  const layers = layerValues(graph, sizes);
  const gradients: Value[] = [];
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    const weights = graph.add('Gemm', [inputs[layer], delta], { transA: 1 });
    const bias = graph.add('ReduceSum', [delta, graph.integers([0])], { keepdims: 0 });
    gradients.unshift(graph.add('Reshape', [weights, graph.integers([-1])]), bias);
    if (layer === 0) break;
    const behind = graph.add('Gemm', [delta, layers[layer].weights], { transB: 1 });
    delta = graph.add('Mul', [behind, graph.add('Sign', [inputs[layer]])]); // 1 where the ReLU passed its input on, else 0
  }
  adam(graph, graph.add('Concat', gradients, { axis: 0 }), lengthOf(sizes));
  return graph;
}

function adam(graph: OnnxGraph, gradient: Value, length: number): void {
  const mean = graph.input('mean', 'float32', [length]);
  const square = graph.input('square', 'float32', [length]);
  const rate = graph.input('rate', 'float32', []);
  const scale = graph.input('scale', 'float32', []);
  const towards = (old: Value, target: Value, decay: number) =>
    graph.add('Add', [old, graph.add('Mul', [graph.add('Sub', [target, old]), graph.floats([1 - decay])])]);
  const newMean = towards(mean, gradient, DECAY_MEAN);
  const newSquare = towards(square, graph.add('Mul', [gradient, gradient]), DECAY_SQUARE);
  const deviation = graph.add('Sqrt', [graph.add('Mul', [newSquare, scale])]);
  const step = graph.add('Div', [
    graph.add('Mul', [newMean, rate]),
    graph.add('Add', [deviation, graph.floats([EPSILON])]),
  ]);
  graph.output('newParameters', graph.add('Sub', ['parameters', step]), 'float32', [length]);
  graph.output('newMean', newMean, 'float32', [length]);
  graph.output('newSquare', newSquare, 'float32', [length]);
}

import type { Random } from '../../shared/random.js';
import { multiply, rowMajor, transposed } from './matmul.js';

interface Layer {
  inputs: number;
  outputs: number;
  weights: Float32Array; // [inputs, outputs]
  bias: Float32Array;
  weightGradient: Float32Array;
  biasGradient: Float32Array;
  activation: Float32Array; // [batch, outputs]: the layer's output in the last forward pass
  delta: Float32Array; // [batch, outputs]: the gradient with respect to that output
}

/**
 * A multilayer perceptron with ReLU between its layers: a forward and a backward pass for batches of up to a fixed
 * number of rows.
 */
export class Network {
  /** All weights and biases in one array, and likewise their gradient, so that an optimizer needs one loop. */
  readonly parameters: Float32Array;
  readonly gradient: Float32Array;
  private readonly layers: Layer[] = [];
  private inputs: Float32Array = new Float32Array(0);
  private rows = 0;

  /** @param sizes features, hidden units of each layer, classes */
  constructor(
    sizes: readonly number[],
    readonly batch: number,
    random: Random,
  ) {
    const shapes = sizes.slice(1).map((outputs, i) => ({ inputs: sizes[i], outputs }));
    const length = shapes.reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0);
    this.parameters = new Float32Array(length);
    this.gradient = new Float32Array(length);
    let offset = 0;
    for (const { inputs, outputs } of shapes) {
      const bias = offset + inputs * outputs;
      const end = bias + outputs;
      const weights = this.parameters.subarray(offset, bias);
      const bound = Math.sqrt(6 / inputs); // He's initialization keeps the activations' variance from layer to layer
      for (let i = 0; i < weights.length; i++) weights[i] = random.uniform(-bound, bound);
      this.layers.push({
        inputs,
        outputs,
        weights,
        bias: this.parameters.subarray(bias, end),
        weightGradient: this.gradient.subarray(offset, bias),
        biasGradient: this.gradient.subarray(bias, end),
        activation: new Float32Array(batch * outputs),
        delta: new Float32Array(batch * outputs),
      });
      offset = end;
    }
  }

  /**
   * The logits `[rows, classes]` of `inputs` `[rows, features]`: a view of the network's own memory, which the next
   * forward pass overwrites.
   */
  forward(inputs: Float32Array, rows: number): Float32Array {
    this.inputs = inputs;
    this.rows = rows;
    let input = inputs;
    for (const layer of this.layers) {
      multiply(
        rowMajor(input, layer.inputs),
        rowMajor(layer.weights, layer.outputs),
        rows,
        layer.inputs,
        layer.outputs,
        layer.activation,
      );
      addBias(layer, rows, layer !== this.layers[this.layers.length - 1]);
      input = layer.activation;
    }
    return this.activations(1);
  }

  /** What the last hidden layer gave in the last forward pass, `[rows, units]`: a view as of the logits. */
  get features(): Float32Array {
    return this.activations(2);
  }

  /** What a layer gave, counted from the end. */
  private activations(fromEnd: number): Float32Array {
    const { activation, outputs } = this.layers[this.layers.length - fromEnd];
    return activation.subarray(0, this.rows * outputs);
  }

  /** Fills `gradient` from the loss's gradient with respect to the logits of the last forward pass. */
  backward(logitGradient: Float32Array): void {
    let delta = logitGradient;
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const layer = this.layers[i];
      const input = i > 0 ? this.layers[i - 1].activation : this.inputs;
      multiply(
        transposed(rowMajor(input, layer.inputs)),
        rowMajor(delta, layer.outputs),
        layer.inputs,
        this.rows,
        layer.outputs,
        layer.weightGradient,
      );
      sumRows(delta, this.rows, layer.biasGradient);
      if (i === 0) return;
      const previous = this.layers[i - 1];
      multiply(
        rowMajor(delta, layer.outputs),
        transposed(rowMajor(layer.weights, layer.outputs)),
        this.rows,
        layer.outputs,
        layer.inputs,
        previous.delta,
      );
      zeroWhereInactive(previous);
      delta = previous.delta;
    }
  }
}

function addBias({ activation, bias, outputs }: Layer, rows: number, relu: boolean): void {
  const floor = relu ? 0 : Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < outputs; j++) {
      const i = row * outputs + j;
      activation[i] = Math.max(activation[i] + bias[j], floor);
    }
  }
}

function sumRows(matrix: Float32Array, rows: number, sums: Float32Array): void {
  sums.fill(0);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < sums.length; j++) sums[j] += matrix[row * sums.length + j];
  }
}

function zeroWhereInactive({ delta, activation }: Layer): void {
  for (let i = 0; i < delta.length; i++) if (activation[i] === 0) delta[i] = 0;
}

import { EmdLoss, ordered, SelfGuidedEmd } from 'squared-emd';
import { OnnxGraph } from 'squared-emd/onnxruntime';
import { type Samples, selectRows } from '../../shared/data.js';
import { Architecture, initialParameters, Network } from '../../shared/network.js';
import { Random } from '../../shared/random.js';
import { FEATURES } from './backbone.js';

const BATCH = 32;
/** The weight of squared EMD beside cross entropy. */
const LAMBDA = 10;

/** A loss to train the head with. */
export interface HeadLoss {
  name: string;
  /** Replaces the logits of a batch by the loss's gradient with respect to them. */
  differentiate(logits: Float32Array, features: Float32Array, labels: Int32Array): void;
  endEpoch(): void;
  /** Shows the loss the training rows before the first epoch. */
  prime?(features: Float32Array, labels: Int32Array): void;
}

export function headLosses(classes: number, features: number): HeadLoss[] {
  const crossEntropy = new EmdLoss({ classes, crossEntropyWeight: 1, emdWeight: 0 });
  const both = new EmdLoss({ classes, crossEntropyWeight: 1, emdWeight: LAMBDA, groundDistance: ordered() });
  const guided = new SelfGuidedEmd({ classes, features });
  const plain = (name: string, loss: EmdLoss): HeadLoss => ({
    name,
    differentiate: (logits, _, labels) => void loss.evaluate(logits, labels, { gradient: logits }),
    endEpoch: () => {},
  });
  return [
    plain('cross entropy', crossEntropy),
    plain(`cross entropy + ${LAMBDA} EMD`, both),
    {
      name: 'self-guided EMD',
      prime(layer, labels) {
        guided.observe(layer, labels);
        guided.refresh();
      },
      differentiate: (logits, layer, labels) => void guided.evaluate(logits, layer, labels, { gradient: logits }),
      endEpoch: () => guided.endEpoch(),
    },
  ];
}

/**
 * Trains a linear layer on features. Its forward and backward passes are ONNX graphs; the loss between them is the package's.
 *
 * @param onEpoch Called with logits of `test` after each epoch.
 */
export async function trainHead(
  train: Samples,
  test: Samples,
  classes: number,
  loss: HeadLoss,
  epochs: number,
  seed: number,
  onEpoch: (logits: Float32Array) => void,
): Promise<Float32Array> {
  const random = new Random(seed);
  const sizes = [train.features, classes];
  const head = new Network(
    await Architecture.create(sizes),
    initialParameters(sizes, (low, high) => random.uniform(low, high)),
  );
  if (loss.prime) loss.prime((await head.forward(train.inputs)).features, train.labels);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.permutation(train.rows);
    for (let start = 0; start < train.rows; start += BATCH) {
      const { inputs, labels } = selectRows(train, order.slice(start, start + BATCH));
      const { logits, features } = await head.forward(inputs);
      loss.differentiate(logits, features, labels);
      await head.step(logits);
    }
    loss.endEpoch();
    onEpoch((await head.forward(test.inputs)).logits);
  }
  return head.parameters;
}

/** The backbone with the trained head behind it: one model from inputs to probabilities. */
export function withHead(
  backbone: Uint8Array,
  parameters: Float32Array,
  features: number,
  classes: number,
): Uint8Array {
  const graph = new OnnxGraph('head', '', 'head_');
  const weights = graph.floats(parameters.subarray(0, features * classes), [features, classes]);
  const bias = graph.floats(parameters.subarray(features * classes), [classes]);
  const logits = graph.add('Gemm', [FEATURES, weights, bias]);
  graph.output('probabilities', graph.add('Softmax', [logits], { axis: 1 }), 'float32', ['rows', classes]);
  return graph.appendTo(backbone);
}

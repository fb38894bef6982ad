import { EmdLoss } from 'squared-emd';
import { OnnxGraph } from 'squared-emd/onnxruntime';
import { type Samples, selectRows } from '../../shared/data.js';
import { Architecture, initialParameters, layersOf, Network, type Sizes } from '../../shared/network.js';
import type { Random } from '../../shared/random.js';

const HIDDEN = 64;
const EPOCHS = 30;
const BATCH = 64;

/** The name of the model's output: its last hidden layer [rows, units]. */
export const FEATURES = 'features';

/**
 * A model that computes features, as the bytes of an .onnx file. Usually you would download one; this one is trained here, with
 * cross entropy on another task.
 */
export async function makeBackbone(samples: Samples, classes: number, random: Random): Promise<Uint8Array> {
  const sizes: Sizes = [samples.features, HIDDEN, HIDDEN, classes];
  const network = new Network(
    await Architecture.create(sizes),
    initialParameters(sizes, (low, high) => random.uniform(low, high)),
  );
  const loss = new EmdLoss({ classes, crossEntropyWeight: 1, emdWeight: 0 });
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = random.permutation(samples.rows);
    for (let start = 0; start < samples.rows; start += BATCH) {
      const { inputs, labels } = selectRows(samples, order.slice(start, start + BATCH));
      const { logits } = await network.forward(inputs);
      loss.evaluate(logits, labels, { gradient: logits });
      await network.step(logits);
    }
  }
  return hiddenLayers(sizes, network.parameters);
}

/** The network without its last layer, including its weights. */
function hiddenLayers(sizes: Sizes, parameters: Float32Array): Uint8Array {
  const graph = new OnnxGraph('backbone', 'features of houses');
  let value = graph.input('inputs', 'float32', ['rows', sizes[0]]);
  for (const { inputs, outputs, begin } of layersOf(sizes).slice(0, -1)) {
    const end = begin + inputs * outputs;
    const weights = graph.floats(parameters.subarray(begin, end), [inputs, outputs]);
    const bias = graph.floats(parameters.subarray(end, end + outputs), [outputs]);
    value = graph.add('Relu', [graph.add('Gemm', [value, weights, bias])]);
  }
  graph.output(FEATURES, value, 'float32', ['rows', HIDDEN]);
  return graph.encode();
}

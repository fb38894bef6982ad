import { type Case, elementsOf, ORDERED } from '../cases/case.js';
import { installed } from './installed.js';
import type { Contender, Peer, Runner } from './peer.js';

/** Its operators add up in single precision as they come. */
const LOOSENESS = 1000;

/** What a backend does within a second or so. */
const MOST_ELEMENTS = { cpu: 40_000, wasm: 5_000_000 } as const;
type Backend = keyof typeof MOST_ELEMENTS;

/** The loss as an expression of TensorFlow.js, differentiated by it; labels are one-hot, as its users have them. */
const tfjs = (backend: Backend): Peer => {
  const name = `tfjs ${backend}`;
  return {
    name,

    contenders: (work: Case): Contender[] =>
      work.kind !== ORDERED.kind || work.inPlace || elementsOf(work) > MOST_ELEMENTS[backend] || !available(backend)
        ? []
        : [{ peer: name, name, threads: 1, looseness: LOOSENESS }],

    prepare: async ({ classes, predictions, targets }): Promise<Runner> => {
      const tf = await import('@tensorflow/tfjs-core');
      await import(`@tensorflow/tfjs-backend-${backend}`);
      await import('@tensorflow/tfjs-layers'); // registers the gradients of operators
      await tf.setBackend(backend);
      const logits = tf.tensor2d(predictions, [predictions.length / classes, classes]);
      const labels = tf.tensor1d(targets.values as Int32Array, 'int32');
      const oneHot = tf.tidy(() => tf.cast(tf.oneHot(labels, classes), 'float32'));
      const differentiate = tf.valueAndGrad((z) => {
        const difference = tf.cumsum(tf.sub(tf.softmax(z as typeof logits), oneHot), 1);
        return tf.mean(tf.sum(tf.square(difference), 1));
      });
      let loss = Number.NaN;
      let gradient = predictions;
      return {
        run: () => {
          const { value, grad } = differentiate(logits);
          loss = value.dataSync()[0];
          gradient = grad.dataSync() as Float32Array;
          tf.dispose([value, grad]);
        },
        output: () => ({ kind: 'loss', loss, gradient: gradient.slice() }),
      };
    },
  };
};

const available = (backend: Backend): boolean =>
  installed('@tensorflow/tfjs-core', `@tensorflow/tfjs-backend-${backend}`, '@tensorflow/tfjs-layers');

export const tfjsWasm = tfjs('wasm');
export const tfjsCpu = tfjs('cpu');

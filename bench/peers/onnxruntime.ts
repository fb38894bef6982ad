import { ORDERED } from '../cases/case.js';
import { installed } from './installed.js';
import type { Contender, Peer } from './peer.js';

const name = 'onnxruntime-node';
/** Its operators add up in single precision, one term after another. */
const LOOSENESS = 1000;

/** The model that exportOnnx writes, on onnxruntime's kernels. */
export const onnxruntime: Peer = {
  name,

  contenders: ({ kind, targets, inPlace }, { threads }): Contender[] =>
    kind !== ORDERED.kind || targets || inPlace || !installed('onnxruntime-node')
      ? []
      : threads.map((count) => ({
          peer: name,
          name: `${name}, ${count} ${count === 1 ? 'thread' : 'threads'}`,
          threads: count,
          looseness: LOOSENESS,
        })),

  prepare: async ({ classes, predictions, targets }, _work, { threads = 1 }) => {
    const { InferenceSession, Tensor } = await import('onnxruntime-node');
    const { exportOnnx } = await import('squared-emd/onnxruntime');
    const session = await InferenceSession.create(exportOnnx({ classes, labelType: 'int32' }), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
    });
    const rows = predictions.length / classes;
    const logits = new Tensor('float32', predictions, [rows, classes]);
    const labels = new Tensor('int32', targets.values as Int32Array, [rows]);
    let loss = Number.NaN;
    let gradient = predictions;
    return {
      run: async () => {
        const result = await session.run({ logits, labels });
        loss = (result.loss.data as Float32Array)[0];
        gradient = result.gradient.data as Float32Array;
      },
      output: () => ({ kind: 'loss', loss, gradient: gradient.slice() }),
    };
  },
};

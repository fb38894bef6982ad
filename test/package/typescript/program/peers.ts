// A user's program that touches the entry points for other libraries, with those libraries' types.
import type { Rank, Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { TypedTensor } from 'onnxruntime-common';
import { emdLoss as tensorLoss } from 'squared-emd/onnxruntime';
import {
  emdLoss,
  metrics,
  type SelfGuidedTraining,
  selfGuided,
  type TfjsEmdOptions,
  type TfjsLoss,
} from 'squared-emd/tfjs';

export async function train(model: LayersModel, x: Tensor<Rank.R2>, y: Tensor<Rank.R2>): Promise<void> {
  const options: TfjsEmdOptions = { crossEntropyWeight: 1, emdWeight: 10, classWeights: [1, 2, 3] };
  const loss: TfjsLoss = emdLoss(options);
  model.compile({ optimizer: 'adam', loss, metrics: [metrics.accuracyWithin(1), metrics.meanAbsoluteError()] });
  const mean: Scalar = emdLoss({ reduction: 'mean', fromLogits: true })(y, x);
  const training: SelfGuidedTraining = selfGuided(model, { featureLayer: 'features' });
  model.compile({ optimizer: 'adam', loss: training.loss });
  await model.fit(x, y, { callbacks: training.callback });
  training.detach();
  mean.dispose();
}

export function step(
  logits: TypedTensor<'float32'>,
  labels: TypedTensor<'int64'>,
): [gradient: Float32Array, losses: Float32Array] {
  const { gradient, losses } = tensorLoss(logits, labels, { reduction: 'none', gradient: logits });
  return [gradient.data, losses.data];
}

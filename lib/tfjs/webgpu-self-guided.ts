// The self-guided loss on tfjs's webgpu backend: a step reads nothing back; what it adds to the centroids is read at the end of the epoch.
import type { Tensor } from '@tensorflow/tfjs-core';
import { wrongRange, wrongType } from '../checks/errors.js';
import { LARGEST } from '../checks/limits.js';
import { rename } from '../checks/renamed.js';
import { sizeOf } from '../checks/shapes.js';
import { addPartial, evaluatedElsewhere, lossInUse, type SelfGuidedEmd } from '../learned/self-guided-emd.js';
import { WebGpuCentroids } from '../webgpu/centroids.js';
import type { WebGpuEmdOptions } from '../webgpu/settings.js';
import type { TargetType } from '../webgpu/wgsl/problem.js';
import type { Expressed } from './expression.js';
import { isDistributions } from './labels.js';
import { tf } from './peer.js';
import { bufferOf, recordWith, submitRecorded, type WebGpuBackend } from './webgpu-backend.js';
import { WebGpuLosses } from './webgpu-loss.js';

interface Sums {
  readonly backend: WebGpuBackend;
  readonly centroids: WebGpuCentroids;
}

interface GuidedOptions {
  readonly fromLogits: boolean;
  readonly ignoreIndex: number | undefined;
  /** The number of features of a row, and how they are normalized. */
  readonly features: number;
  readonly normalize: 'l1' | 'l2' | 'none' | undefined;
}

export class GuidedOnGpu {
  readonly #guided: SelfGuidedEmd;
  readonly #options: GuidedOptions;
  #made: { of: object; loss: WebGpuLosses; terms: readonly WebGpuLosses[] } | undefined;
  #sums: Sums | undefined;
  /** In the epoch in which they are recorded: the sums of the cross entropy and of the EMD, [2]. */
  #recorded: Tensor | undefined;

  constructor(guided: SelfGuidedEmd, options: GuidedOptions) {
    this.#guided = guided;
    this.#options = options;
  }

  /** The losses of rows and, with features, their gradient for `upstream`; these are added to the sums. Undefined as for `WebGpuLosses`. */
  evaluate(
    backend: WebGpuBackend,
    labels: Tensor,
    predictions: Tensor,
    features: Tensor | undefined,
    upstream: number,
  ): Expressed | undefined {
    const { loss, terms } = this.#losses();
    const result = loss.evaluate(backend, labels, predictions, features !== undefined, upstream);
    if (result === undefined || features === undefined) return result;
    this.observe(backend, labels, predictions.shape, features);
    evaluatedElsewhere(this.#guided);
    const parts = terms.map((term) => term.evaluate(backend, labels, predictions, false, 1)?.value as Tensor);
    if (parts.length > 0) this.#record(parts);
    return result;
  }

  /** Brings what the epoch has added up to the host. @throws RangeError for labels that were none. */
  async finish(): Promise<void> {
    if (this.#sums === undefined) return;
    const { backend, centroids } = this.#sums;
    const recorded = this.#recorded;
    this.#recorded = undefined;
    try {
      submitRecorded(backend);
      const partial = await centroids.takePartial();
      addPartial(this.#guided, partial);
      if (recorded === undefined) return;
      const [crossEntropy, emd] = await recorded.data();
      lossInUse(this.#guided).rule?.merge([crossEntropy, emd]);
    } catch (error) {
      throw rename(error, { targets: 'labels' });
    } finally {
      recorded?.dispose();
    }
  }

  /** The loss of the epoch and, where lambda is to be found, cross entropy and EMD alone. */
  #losses(): { loss: WebGpuLosses; terms: readonly WebGpuLosses[] } {
    const { loss: of, options, rule } = lossInUse(this.#guided);
    if (this.#made?.of === of) return this.#made;
    const { classes, threads, ...own } = options;
    const { fromLogits, ignoreIndex } = this.#options;
    const lossOf = (weights: Pick<WebGpuEmdOptions, 'crossEntropyWeight' | 'emdWeight'>) => {
      const input = fromLogits ? 'logits' : 'probabilities';
      const all = { ...own, ...weights, input, reduction: 'none', ignoreIndex } as const;
      return new WebGpuLosses(all as WebGpuEmdOptions & typeof all);
    };
    const terms = rule
      ? [lossOf({ crossEntropyWeight: 1, emdWeight: 0 }), lossOf({ crossEntropyWeight: 0, emdWeight: 1 })]
      : [];
    this.#made = { of, loss: lossOf({}), terms };
    return this.#made;
  }

  /** Adds the rows of a batch, [rows] for each part of the loss, without those of which one is not finite. */
  #record(parts: readonly Tensor[]): void {
    const core = tf();
    const before = this.#recorded;
    const sizes = parts.map((part) => core.abs(part));
    const [first, second] = sizes.map((size) => core.lessEqual(size, LARGEST));
    const counts = core.logicalAnd(first, second);
    const sums = sizes.map((size) => core.sum(core.where(counts, size, core.zerosLike(size))));
    const own = core.stack(sums);
    this.#recorded = core.keep(before ? core.add(before, own) : own);
    before?.dispose();
  }

  /** Adds features to the sums of their classes. */
  observe(backend: WebGpuBackend, labels: Tensor, shape: readonly number[], features: Tensor): void {
    const core = tf();
    const rows = sizeOf(shape.slice(0, -1));
    const { features: count, normalize, ignoreIndex } = this.#options;
    if (features.size !== rows * count) {
      throw wrongRange('featureLayer', `${rows * count} features (${count} for each of ${rows} rows)`, features.size);
    }
    const distributions = isDistributions(labels, shape);
    const targets = distributions ? core.cast(labels, 'float32') : labels;
    const given = { features: bufferOf(backend, features), targets: bufferOf(backend, targets) };
    if (given.features === undefined || given.targets === undefined) {
      throw wrongType('featureLayer', 'a tensor in a GPUBuffer', 'one in a texture');
    }
    if (this.#sums?.backend !== backend) {
      const options = { classes: this.#guided.classes, features: count, normalize, ignoreIndex };
      this.#sums = { backend, centroids: new WebGpuCentroids(backend.device, options) };
    }
    const { centroids } = this.#sums;
    recordWith(backend, [features, targets], (encoder) =>
      centroids.encode(encoder, {
        features: given.features!,
        targets: given.targets!,
        targetType: distributions ? 'distribution' : (labels.dtype as TargetType),
        rows,
      }),
    );
  }
}

// What a batch of the self-guided loss is: logits, features, labels and weights that go together, where the centroids are.
import { float32, knownOptions, sharesMemory, wholeRows } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { checkLabels, invalidLabel, type Labels, labelsExpected } from '../checks/labels.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { copyOf } from '../checks/typed-arrays.js';
import { DeviceArray } from '../gpu/device-array.js';
import {
  BATCH,
  OBSERVATION,
  type ObserveOptions,
  type SelfGuidedBatch,
  type SelfGuidedOptions,
} from './self-guided-options.js';

/** A label that no class can have, as there are at most MAX_CLASSES. */
export const IGNORED = MAX_CLASSES + 1;

export class BatchChecks {
  readonly #classes: number;
  readonly #features: number;
  readonly #device: 'cpu' | number | undefined;
  readonly #ignoreIndex: number | undefined;

  /** @param features The number of them in a row. */
  constructor(features: number, { classes, device, ignoreIndex }: SelfGuidedOptions<'cpu' | number>) {
    this.#classes = classes;
    this.#features = features;
    this.#device = device;
    this.#ignoreIndex = ignoreIndex;
  }

  get #onGpu(): boolean {
    return typeof this.#device === 'number';
  }

  /** @throws TypeError, RangeError */
  batch(logits: unknown, features: unknown, labels: unknown, options: SelfGuidedBatch) {
    knownOptions(options, BATCH);
    const onGpu = this.#onGpu;
    const count = this.#features;
    const rows = onGpu ? deviceRows('logits', logits, this.#classes) : wholeRows('logits', logits, this.#classes);
    if (!onGpu) float32('features', features, rows * count, `${count} features per row`);
    else {
      if (deviceRows('features', features, count) !== rows) {
        throw wrongRange('features', `${rows * count} elements (${count} features per row)`, features);
      }
      const device = this.#device;
      for (const [name, array] of Object.entries({ logits, features }) as [string, DeviceArray][]) {
        if (array.device !== device) throw wrongRange(name, `memory of GPU ${device}`, array);
      }
      const { dtype } = features as DeviceArray;
      if (dtype !== 'float32') throw wrongType('features', 'a DeviceArray of float32', features);
    }
    for (const name of ['gradient', 'losses'] as const) {
      if (overlap(options[name], features)) {
        throw new RangeError(`${name}: expected memory of its own, but it overlaps features`);
      }
    }
    const { indices, sampleWeights } = this.#samples(labels, rows, options);
    return {
      logits: logits as Float32Array,
      labels: indices,
      counted: this.#counted(indices, sampleWeights),
      measuring: { sampleWeights, gradient: false, stream: options.stream },
    };
  }

  /** @throws TypeError, RangeError */
  observation(features: unknown, labels: unknown, options: ObserveOptions) {
    knownOptions(options, OBSERVATION);
    const width = this.#features;
    const rows = this.#onGpu ? deviceRows('features', features, width) : wholeRows('features', features, width);
    const { indices, sampleWeights } = this.#samples(labels, rows, options);
    return { counted: this.#counted(indices, sampleWeights), stream: options.stream };
  }

  /** Labels and weights of rows, in host memory. */
  #samples(labels: unknown, rows: number, { stream, sampleWeights: given }: ObserveOptions) {
    if (DeviceArray.is(labels) && labels.length !== rows) throw wrongRange('labels', labelsExpected(rows), labels);
    const indices = checkLabels(
      'labels',
      DeviceArray.is(labels) ? labels.toHost({ stream }) : labels,
      rows,
      this.#classes,
    );
    const weightsOfRows = DeviceArray.is(given) ? given.toHost({ stream }) : given;
    const sampleWeights = weightsOfRows && copyOf(float32('sampleWeights', weightsOfRows, rows, 'one per row'));
    return { indices, sampleWeights };
  }

  /** The labels, replaced by IGNORED in rows that do not count. */
  #counted(labels: Labels, sampleWeights: Float32Array | undefined): Int32Array {
    const ignoreIndex = this.#ignoreIndex;
    const counted = new Int32Array(labels.length);
    for (let row = 0; row < labels.length; row++) {
      const label = Number(labels[row]);
      const counts = label !== ignoreIndex && sampleWeights?.[row] !== 0;
      if (counts && !(label >= 0 && label < this.#classes)) throw invalidLabel(row, this.#classes, label, 'labels');
      counted[row] = counts ? label : IGNORED;
    }
    return counted;
  }
}

/** Whether an output has memory in common with the features. */
function overlap(output: unknown, features: unknown): boolean {
  if (DeviceArray.is(output) && DeviceArray.is(features)) {
    const end = (array: DeviceArray) => array.pointer + BigInt(array.byteLength);
    return output.pointer < end(features) && features.pointer < end(output);
  }
  return ArrayBuffer.isView(output) && ArrayBuffer.isView(features) && sharesMemory(output, features);
}

/** The number of rows of a device array with `width` numbers per row. */
function deviceRows(name: string, value: unknown, width: number): number {
  if (!DeviceArray.is(value)) throw wrongType(name, 'a DeviceArray, as device is a number', value);
  const rows = value.length / width;
  if (Number.isInteger(rows)) return rows;
  throw wrongRange(name, `a multiple of ${width} elements (as many per row)`, value);
}

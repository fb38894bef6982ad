import { gpuBackend } from '../backends/current.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { invalidLabel, type Labels } from '../checks/labels.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import { refuseHugeSquareOn } from '../gpu/cuda.js';
import { arrayHandle, DeviceArray, writableHandle } from '../gpu/device-array.js';
import { LABEL_DTYPES } from '../gpu/dtype.js';
import { type Stream, streamOn } from '../gpu/stream.js';
import type { CentroidNumbers, CentroidStore, FeatureBatch, StoreShape } from './centroid-store.js';

/** Stands for no row, in 64 bits. */
const NO_ROW = -1n;

/**
 * Sums, counts and centroids on a GPU. Every call only enqueues, except the update, which reads back whether a label on the GPU
 * was out of range.
 */
export class DeviceCentroids implements CentroidStore<DeviceArray> {
  // Float64, in int64 arrays, whose elements have as many bits.
  readonly #sums: DeviceArray;
  readonly #counts: DeviceArray;
  readonly #centroids: DeviceArray;
  readonly #firstBadRow: DeviceArray;
  readonly #shape: StoreShape;
  readonly #device: number;

  constructor(shape: StoreShape, device: number) {
    this.#shape = shape;
    this.#device = device;
    const count = shape.classes * shape.features;
    this.#sums = DeviceArray.allocate('int64', count, { device }).fill(0n);
    this.#counts = DeviceArray.allocate('int64', shape.classes, { device }).fill(0n);
    this.#centroids = DeviceArray.allocate('float32', count, { device }).fill(Number.NaN);
    this.#firstBadRow = DeviceArray.allocate('int64', 1, { device }).fill(NO_ROW);
  }

  accumulate({ features, labels, ignoreIndex, stream }: FeatureBatch): void {
    const handle = streamOn('stream', stream, this.#device);
    const indices = ArrayBuffer.isView(labels) ? this.#checked(labels, ignoreIndex) : labels;
    const borrowed: DeviceArray[] = [];
    const here = (name: string, array: Float32Array | Labels | DeviceArray): DeviceArray => {
      if (DeviceArray.is(array)) return this.#placed(name, array);
      const copy = DeviceArray.from(array as Float32Array | Int32Array, { device: this.#device, stream });
      borrowed.push(copy);
      return copy;
    };
    const [values, targets] = [here('features', features), here('labels', indices)];
    if (values.dtype !== 'float32') throw wrongType('features', 'a DeviceArray of float32', features);
    if (!LABEL_DTYPES.includes(targets.dtype)) {
      throw wrongType('labels', `a DeviceArray of ${LABEL_DTYPES.join(' or ')}`, labels);
    }
    gpuBackend().accumulateDevice(
      arrayHandle('features', values),
      arrayHandle('labels', targets),
      arrayHandle('sums', this.#sums),
      arrayHandle('counts', this.#counts),
      arrayHandle('firstBadRow', this.#firstBadRow),
      this.#shape.norm,
      ignoreIndex,
      handle,
    );
    for (const copy of borrowed) copy.dispose(); // the memory is released after the work on it
  }

  async accumulateLater(batch: FeatureBatch): Promise<void> {
    this.accumulate(batch);
    await this.#firstBadRow.toHostAsync({ stream: batch.stream });
  }

  update(momentum: number, stream: Stream | undefined): void {
    this.#enqueueUpdate(momentum, stream);
    this.#checkLabels(this.#firstBadRow.toHost({ stream }) as BigInt64Array, stream);
  }

  async updateLater(momentum: number, stream: Stream | undefined): Promise<void> {
    this.#enqueueUpdate(momentum, stream);
    this.#checkLabels((await this.#firstBadRow.toHostAsync({ stream })) as BigInt64Array, stream);
  }

  target(out: unknown, stream: Stream | undefined): DeviceArray {
    const { classes } = this.#shape;
    const count = classes ** 2;
    if (out === undefined) {
      refuseHugeSquareOn(this.#device, 'classes', classes);
      return DeviceArray.allocate('float32', count, { device: this.#device, stream });
    }
    if (!DeviceArray.is(out)) throw wrongType('out', 'a DeviceArray of float32, as the centroids are on a GPU', out);
    writableHandle('out', out);
    if (out.dtype !== 'float32') throw wrongType('out', 'a DeviceArray of float32', out);
    if (out.length !== count) throw wrongRange('out', `${count} elements (classes * classes)`, out);
    return this.#placed('out', out);
  }

  distances(scale: number, out: DeviceArray, stream: Stream | undefined): void {
    const handle = streamOn('stream', stream, this.#device);
    const { classes } = this.#shape;
    gpuBackend().classDistancesDevice(
      arrayHandle('centroids', this.#centroids),
      classes,
      scale,
      writableHandle('out', out),
      handle,
    );
  }

  async distancesLater(scale: number, out: DeviceArray, stream: Stream | undefined): Promise<void> {
    this.distances(scale, out, stream);
    await this.#firstBadRow.toHostAsync({ stream });
  }

  sums(): Float64Array {
    return doubles(this.#sums.toHost() as BigInt64Array);
  }

  counts(): Float64Array {
    return doubles(this.#counts.toHost() as BigInt64Array);
  }

  centroids(): Float32Array {
    return this.#centroids.toHost() as Float32Array;
  }

  write({ sums, counts, centroids }: CentroidNumbers): void {
    this.#sums.copyFrom(bits(sums));
    this.#counts.copyFrom(bits(counts));
    if (centroids) this.#centroids.copyFrom(centroids);
  }

  #enqueueUpdate(momentum: number, stream: Stream | undefined): void {
    gpuBackend().updateCentroidsDevice(
      arrayHandle('sums', this.#sums),
      arrayHandle('counts', this.#counts),
      arrayHandle('centroids', this.#centroids),
      momentum,
      streamOn('stream', stream, this.#device),
    );
  }

  #checkLabels([row]: BigInt64Array, stream: Stream | undefined): void {
    if (row === NO_ROW) return;
    this.#firstBadRow.fill(NO_ROW, { stream });
    throw new RangeError(
      `labels: expected class indices in 0..${this.#shape.classes - 1} in every batch since the last update, but row ${row} of one had none; such rows were left out`,
    );
  }

  /** Labels in host memory are checked there, and widened if the GPU does not take their type. */
  #checked(labels: Labels, ignoreIndex: number | null): Int32Array | BigInt64Array | Uint8Array {
    for (let i = 0; i < labels.length; i++) {
      const label = Number(labels[i]);
      if (label !== ignoreIndex && !(label >= 0 && label < this.#shape.classes)) {
        throw invalidLabel(i, this.#shape.classes, label, 'labels');
      }
    }
    switch (typedArrayType(labels)) {
      case 'Int32Array':
      case 'Uint8Array':
      case 'BigInt64Array':
        return labels as Int32Array | Uint8Array | BigInt64Array;
      case 'Uint32Array':
        return BigInt64Array.from(labels as Uint32Array, BigInt);
      default:
        return Int32Array.from(labels as Uint16Array);
    }
  }

  #placed(name: string, array: DeviceArray): DeviceArray {
    if (array.device === this.#device) return array;
    throw wrongRange(name, `memory of GPU ${this.#device}, where the centroids are`, array);
  }
}

const doubles = ({ buffer }: BigInt64Array) => new Float64Array(buffer);

const bits = (values: Float64Array) => new BigInt64Array(values.buffer, values.byteOffset, values.length);

// Class centroids on WebGPU: what batches add to them stays on the GPU, and so do, where that is wanted, centroids and distances.
import { NORMS } from '../backends/enumerations.js';
import { choice, integer, knownOptions, share, weight } from '../checks/arguments.js';
import { EmdError } from '../checks/emd-error.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { checkIgnoreIndex } from '../checks/labels.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { type Buf, checkEncoder, checkTargetType, rangeOf, refuseTooLarge, targetBytes } from './arrays.js';
import { type DistanceScale, distanceDispatches, distanceScratch, markDispatch, scaleOf } from './class-distances.js';
import { DeviceMemory, filled, whole } from './device-memory.js';
import { dispatchOf, record } from './dispatch.js';
import { type GpuBuffer, type GpuCommandEncoder, type GpuDevice, MAP_READ, Usage } from './gpu-types.js';
import { deviceFailure } from './readback.js';
import { halvesOf } from './uniforms.js';
import { updateKernel } from './wgsl/centroid-update.js';
import { CENTROID_THREADS, type CentroidProblem, ROW_WORDS, rowKernel, sumKernel, sumWords } from './wgsl/centroids.js';
import type { TargetType } from './wgsl/problem.js';
import { strides } from './wgsl/strides.js';

export interface WebGpuCentroidOptions {
  /** C, 2..16777216. */
  classes: number;
  /** F, the number of features of a row. */
  features: number;
  /** Whether each row of features is divided by its 1-norm or 2-norm, or not at all. A row of zeros stays one. Default: 'l1'. */
  normalize?: CentroidProblem['normalize'];
  /** The share of the old centroid that `encodeUpdate` keeps, in [0, 1). Default: 0, which replaces it. */
  momentum?: number;
  /** Rows with this class index do not count. */
  ignoreIndex?: number;
}

const KNOWN = {
  classes: true,
  features: true,
  normalize: true,
  momentum: true,
  ignoreIndex: true,
} as const satisfies Record<keyof WebGpuCentroidOptions, true>;

/** A batch in buffers with the usage STORAGE. */
export interface FeatureArrays<B extends GpuBuffer = GpuBuffer> {
  /** [rows, features] float32 */
  features: Buf<B>;
  /** As for the loss: a class index per row, or one-hot rows; rows of zeros do not count. */
  targets: Buf<B>;
  targetType: TargetType;
  rows: number;
}

const ARRAYS = { features: true, targets: true, targetType: true, rows: true } as const;

/** What becomes of the distances. */
export interface CentroidDistances<B extends GpuBuffer = GpuBuffer> {
  /** Where they are written, [classes, classes] float32, in a buffer with the usage STORAGE. */
  distances: Buf<B>;
  /** As in `ClassCentroids.distances`. Default: 'rank'. */
  scale?: DistanceScale;
  /** What all of them are multiplied by once they are scaled: a finite number, not negative. Default: 1. */
  factor?: number;
}

const DISTANCES = { distances: true, scale: true, factor: true } as const satisfies Record<
  keyof CentroidDistances,
  true
>;

/**
 * Adds up the normalized features of each class, in pairs of float32 numbers and in the order of the rows. At the end of an epoch the sums
 * become centroids, of which distances follow: on the GPU (`encodeUpdate`, `encodeDistances`, and `encodeGroundDistance` of the loss), or in
 * host memory, by `ClassCentroids` of `squared-emd` (`centroids.setPartial(await sums.takePartial())`).
 */
export class WebGpuCentroids {
  readonly #device: GpuDevice;
  readonly #options: Required<Omit<WebGpuCentroidOptions, 'ignoreIndex'>> & { ignoreIndex: number | undefined };
  readonly #memory: DeviceMemory;
  readonly #sums: GpuBuffer;
  #centroids: GpuBuffer | undefined;
  #isDisposed = false;

  /** @throws TypeError, RangeError for invalid options, also for more sums than a binding may have. */
  constructor(device: GpuDevice, options: WebGpuCentroidOptions) {
    if (typeof device?.createComputePipeline !== 'function') throw wrongType('device', 'a GPUDevice', device);
    knownOptions(options, KNOWN);
    const { normalize = 'l1', momentum = 0, ignoreIndex } = options;
    const classes = integer('classes', options.classes, 2, MAX_CLASSES);
    const most = Math.floor((device.limits.maxStorageBufferBindingSize / 4 - classes - 1) / (2 * classes));
    if (most < 1)
      throw wrongRange('classes', 'as many as a binding has room for (maxStorageBufferBindingSize)', classes);
    const features = integer('features', options.features, 1, most);
    choice('normalize', normalize, NORMS);
    this.#options = {
      classes,
      features,
      normalize,
      momentum: share('momentum', momentum),
      ignoreIndex: checkIgnoreIndex(ignoreIndex),
    };
    this.#device = device;
    this.#memory = new DeviceMemory(device);
    this.#sums = device.createBuffer({
      size: 4 * sumWords(classes, features),
      usage: Usage.storage | Usage.copySource | Usage.copyDestination,
    });
  }

  /**
   * The centroids as of the last update, [classes, features] float32, NaN for a class that has none. It may be read, and written to where
   * centroids of an earlier run are to go on: its usage is STORAGE, COPY_SRC and COPY_DST.
   *
   * @throws EmdError 'DISPOSED' after `dispose()`.
   */
  get centroids(): GpuBuffer {
    this.#refuseDisposed();
    if (this.#centroids === undefined) {
      const { classes, features } = this.#options;
      const none = new Float32Array(classes * features).fill(Number.NaN);
      const usage = Usage.storage | Usage.copySource | Usage.copyDestination;
      this.#centroids = filled(this.#device, none.buffer, usage);
    }
    return this.#centroids;
  }

  /**
   * Records into an encoder of the same device that a batch is added.
   *
   * @throws TypeError, RangeError for invalid arrays; nothing is recorded then. EmdError 'DISPOSED' after `dispose()`.
   */
  encode<B extends GpuBuffer>(encoder: GpuCommandEncoder, arrays: FeatureArrays<B>): void {
    this.#refuseDisposed();
    checkEncoder(encoder);
    knownOptions(arrays, ARRAYS);
    const { classes, features, normalize, ignoreIndex } = this.#options;
    const targetType = checkTargetType(arrays.targetType);
    const isIndex = targetType !== 'distribution';
    const rows = integer('rows', arrays.rows, 0, Math.floor(2 ** 31 / Math.max(features, isIndex ? 1 : classes)));
    const given = {
      features: rangeOf(
        'features',
        arrays.features,
        4 * rows * features,
        `4 for each of ${rows} rows and ${features} features`,
      ),
      targets: rangeOf('targets', arrays.targets, targetBytes(targetType, rows, classes), `of ${rows} rows`),
    };
    for (const [name, range] of Object.entries(given)) refuseTooLarge(this.#device, name, range);
    if (rows === 0) return;
    const device = this.#device;
    const scratch = this.#memory.scratchRange(4 * ROW_WORDS * rows);
    const workgroups = Math.min(Math.ceil(rows / CENTROID_THREADS), 1024);
    const numbers = { rows, inner: 1, lanes: workgroups * CENTROID_THREADS, ...halvesOf(ignoreIndex) };
    const problem = { classes, features, normalize, targetType, hasIgnoreIndex: isIndex && ignoreIndex !== undefined };
    record(encoder, { device, memory: this.#memory }, [
      dispatchOf(device, {
        name: 'rows',
        problem,
        source: rowKernel,
        arrays: { ...given, scratch },
        numbers,
        workgroups,
      }),
      dispatchOf(device, {
        name: 'sums',
        problem,
        source: sumKernel,
        arrays: { features: given.features, scratch, sums: whole(this.#sums) },
        numbers,
        workgroups: Math.ceil(features / CENTROID_THREADS),
      }),
    ]);
  }

  /**
   * Records that the sums become centroids, at the end of an epoch, and begin anew. A class without rows keeps its centroid, one that never
   * had any has none, nor has one of whose features some were not finite. Rows of no class are left out; the next `takePartial` says so.
   *
   * @throws TypeError for what is no encoder. EmdError 'DISPOSED' after `dispose()`.
   */
  encodeUpdate(encoder: GpuCommandEncoder): void {
    const centroids = whole(this.centroids);
    checkEncoder(encoder);
    const device = this.#device;
    const { classes, features, momentum } = this.#options;
    const shape = { classes, features };
    const scratch = momentum === 0 ? undefined : this.#memory.scratchRange(4 * classes);
    const update = dispatchOf(device, {
      name: 'update',
      problem: { ...shape, momentum },
      source: updateKernel,
      arrays: { scratch, sums: whole(this.#sums), centroids },
      ...strides(classes * features),
    });
    const marks = scratch ? [markDispatch(device, shape, { features: centroids, scratch })] : [];
    record(encoder, { device, memory: this.#memory }, [...marks, update]);
    // All but the number of rows that are of no class.
    encoder.clearBuffer(this.#sums, 0, this.#sums.size - 4);
  }

  /**
   * Records that the distances between the centroids, as of the last update, are written: symmetric, 0 on the diagonal. A class without a
   * centroid is as far from all others as any two classes can be: 1 with 'rank' and 'max', the largest scaled distance with 'mean' and
   * 'none' (1 if there is none), times the factor.
   *
   * @throws TypeError, RangeError for invalid options; nothing is recorded then. EmdError 'DISPOSED' after `dispose()`.
   */
  encodeDistances<B extends GpuBuffer>(encoder: GpuCommandEncoder, options: CentroidDistances<B>): void {
    const centroids = whole(this.centroids);
    checkEncoder(encoder);
    knownOptions(options, DISTANCES);
    const { classes, features } = this.#options;
    const scale = scaleOf(options.scale);
    const factor = options.factor === undefined ? 1 : weight('factor', options.factor);
    const distances = rangeOf('distances', options.distances, 4 * classes ** 2, `4 for each of ${classes}^2 pairs`);
    const device = this.#device;
    refuseTooLarge(device, 'distances', distances);
    const scratch = this.#memory.scratchRange(distanceScratch(classes, scale));
    const arrays = { features: centroids, distances, scratch };
    record(
      encoder,
      { device, memory: this.#memory },
      distanceDispatches(device, { classes, features, scale, factor }, arrays),
    );
  }

  /**
   * The sums of all batches that have been submitted since the last time, or since the last update on the GPU, as `ClassCentroids.partial`
   * has them; they begin anew.
   *
   * @returns A promise of [classes * features] sums and [classes] counts. It is rejected with a RangeError if labels since the last time were
   *   no classes, or no one-hot rows (the sums begin anew then, too), with an EmdError if the device is lost.
   */
  async takePartial(): Promise<Float64Array> {
    this.#refuseDisposed();
    const device = this.#device;
    const { classes, features } = this.#options;
    const { size } = this.#sums;
    const landing = device.createBuffer({ size, usage: Usage.mapRead | Usage.copyDestination });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#sums, 0, landing, 0, size);
    encoder.clearBuffer(this.#sums);
    device.queue.submit([encoder.finish() as never]);
    try {
      await landing.mapAsync(MAP_READ);
    } catch (cause) {
      await deviceFailure(device, cause);
    }
    const bytes = landing.getMappedRange().slice(0);
    landing.destroy();
    const [pairs, counts] = [new Float32Array(bytes), new Uint32Array(bytes)];
    const numbers = classes * features;
    const bad = counts[2 * numbers + classes];
    if (bad > 0) throw wrongRange('targets', `class indices in 0..${classes - 1} or one-hot rows`, `${bad} others`);
    const partial = new Float64Array(numbers + classes);
    for (let i = 0; i < numbers; i++) partial[i] = pairs[2 * i] + pairs[2 * i + 1];
    for (let c = 0; c < classes; c++) partial[numbers + c] = counts[2 * numbers + c];
    return partial;
  }

  /** Gives up its memory on the device. What was recorded must have been submitted and done; further calls throw. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#memory.dispose();
    this.#sums.destroy();
    this.#centroids?.destroy();
    this.#centroids = undefined;
  }

  #refuseDisposed(): void {
    if (this.#isDisposed) throw new EmdError('DISPOSED', 'squared-emd: this WebGpuCentroids has been disposed of');
  }
}

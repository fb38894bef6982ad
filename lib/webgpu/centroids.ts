// Class centroids on WebGPU: what batches add to them stays on the GPU until the end of an epoch.
import { NORMS } from '../backends/enumerations.js';
import { choice, integer, knownOptions } from '../checks/arguments.js';
import { EmdError } from '../checks/emd-error.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { checkIgnoreIndex } from '../checks/labels.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { type Buf, checkTargetType, rangeOf, targetBytes } from './arrays.js';
import { bind, type Range, type Role } from './buffer-plan.js';
import { DeviceMemory } from './device-memory.js';
import { type Dispatch, record } from './dispatch.js';
import { type GpuBuffer, type GpuCommandEncoder, type GpuDevice, MAP_READ, Usage } from './gpu-types.js';
import { deviceFailure } from './readback.js';
import { halvesOf, NO_NUMBERS } from './uniforms.js';
import { CENTROID_THREADS, type CentroidProblem, ROW_WORDS, rowKernel, sumKernel, sumWords } from './wgsl/centroids.js';
import type { TargetType } from './wgsl/problem.js';

export interface WebGpuCentroidOptions {
  /** C, 2..16777216. */
  classes: number;
  /** F, the number of features of a row. */
  features: number;
  /** Whether each row of features is divided by its 1-norm or 2-norm, or not at all. A row of zeros stays one. Default: 'l1'. */
  normalize?: CentroidProblem['normalize'];
  /** Rows with this class index do not count. */
  ignoreIndex?: number;
}

const KNOWN = { classes: true, features: true, normalize: true, ignoreIndex: true } as const satisfies Record<
  keyof WebGpuCentroidOptions,
  true
>;

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

/**
 * Adds up the normalized features of each class, for `ClassCentroids` of `squared-emd`, which makes centroids and distances of the sums:
 * `centroids.setPartial(await sums.takePartial())` at the end of an epoch. Sums are pairs of float32 numbers, in the order of the rows.
 */
export class WebGpuCentroids {
  readonly #device: GpuDevice;
  readonly #options: Required<Omit<WebGpuCentroidOptions, 'ignoreIndex'>> & { ignoreIndex: number | undefined };
  readonly #memory: DeviceMemory;
  readonly #sums: GpuBuffer;
  #isDisposed = false;

  /** @throws TypeError, RangeError for invalid options, also for more sums than a binding may have. */
  constructor(device: GpuDevice, options: WebGpuCentroidOptions) {
    if (typeof device?.createComputePipeline !== 'function') throw wrongType('device', 'a GPUDevice', device);
    knownOptions(options, KNOWN);
    const { normalize = 'l1', ignoreIndex } = options;
    const classes = integer('classes', options.classes, 2, MAX_CLASSES);
    const most = Math.floor((device.limits.maxStorageBufferBindingSize / 4 - classes - 1) / (2 * classes));
    if (most < 1)
      throw wrongRange('classes', 'as many as a binding has room for (maxStorageBufferBindingSize)', classes);
    const features = integer('features', options.features, 1, most);
    choice('normalize', normalize, NORMS);
    this.#options = { classes, features, normalize, ignoreIndex: checkIgnoreIndex(ignoreIndex) };
    this.#device = device;
    this.#memory = new DeviceMemory(device);
    this.#sums = device.createBuffer({
      size: 4 * sumWords(classes, features),
      usage: Usage.storage | Usage.copySource | Usage.copyDestination,
    });
  }

  /**
   * Records into an encoder of the same device that a batch is added.
   *
   * @throws TypeError, RangeError for invalid arrays; nothing is recorded then. EmdError 'DISPOSED' after `dispose()`.
   */
  encode<B extends GpuBuffer>(encoder: GpuCommandEncoder, arrays: FeatureArrays<B>): void {
    this.#refuseDisposed();
    if (typeof encoder?.beginComputePass !== 'function') throw wrongType('encoder', 'a GPUCommandEncoder', encoder);
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
    for (const [name, { size }] of Object.entries(given)) {
      const { maxStorageBufferBindingSize: most, minStorageBufferOffsetAlignment: alignment } = this.#device.limits;
      if (size > most - alignment)
        throw wrongRange(name, `at most ${most - alignment} bytes (maxStorageBufferBindingSize)`, size);
    }
    if (rows === 0) return;
    const scratch = this.#memory.scratch(4 * ROW_WORDS * rows);
    const own = {
      scratch: { buffer: scratch, offset: 0, size: 4 * ROW_WORDS * rows },
      sums: { buffer: this.#sums, offset: 0, size: this.#sums.size },
    };
    const lanes = Math.min(Math.ceil(rows / CENTROID_THREADS), 1024);
    const numbers = {
      ...NO_NUMBERS,
      rows,
      inner: 1,
      lanes: lanes * CENTROID_THREADS,
      ...halvesOf(ignoreIndex),
    };
    const problem = { classes, features, normalize, targetType, hasIgnoreIndex: isIndex && ignoreIndex !== undefined };
    const device = this.#device;
    const of = (name: string, roles: readonly Role[], source: typeof rowKernel, workgroups: number): Dispatch => {
      const all: Partial<Record<Role, Range<GpuBuffer>>> = { ...given, ...own };
      const used = Object.fromEntries(roles.map((role) => [role, all[role]]));
      const bound = bind<GpuBuffer>(used, device.limits.minStorageBufferOffsetAlignment);
      const whole = { ...problem, plan: bound.plan };
      const key = `${name} ${JSON.stringify(whole)}`;
      return { key, plan: bound.plan, source: () => source(whole), bound, numbers, workgroups };
    };
    record(encoder, { device, memory: this.#memory }, [
      of('rows', ['features', 'targets', 'scratch'], rowKernel, lanes),
      of('sums', ['features', 'scratch', 'sums'], sumKernel, Math.ceil(features / CENTROID_THREADS)),
    ]);
  }

  /**
   * The sums of all batches that have been submitted since the last time, as `ClassCentroids.partial` has them; they begin anew.
   *
   * @returns A promise of [classes * features] sums and [classes] counts. It is rejected with a RangeError if labels were no classes, or no
   *   one-hot rows (the sums begin anew then, too), with an EmdError if the device is lost.
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
  }

  #refuseDisposed(): void {
    if (this.#isDisposed) throw new EmdError('DISPOSED', 'squared-emd: this WebGpuCentroids has been disposed of');
  }
}

// The loss on WebGPU as users meet it.
import { EmdError } from '../checks/emd-error.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import type { EmdResult } from '../loss/result.js';
import { type Arrays, BUFFER, type Buf, checkArrays, checkEncoder, rangeOf, refuseTooLarge } from './arrays.js';
import { DeviceMemory, filled } from './device-memory.js';
import { dispatchOf, record } from './dispatch.js';
import { type GpuBuffer, type GpuCommandEncoder, type GpuDevice, Usage } from './gpu-types.js';
import { compileLater } from './pipelines.js';
import { Readback } from './readback.js';
import { dispatches, type Loss } from './recording.js';
import { type GroundDistanceLike, type WebGpuEmdOptions, WebGpuSettings } from './settings.js';
import { groundKernel } from './wgsl/ground-numbers.js';
import { strides } from './wgsl/strides.js';

/**
 * The squared Earth Mover's Distance loss of batches in the memory of a GPU, and its gradient (Hou, Yu, Samaras, arXiv 1611.05916), on
 * GPUBuffers that somebody else has made. Kernels are compiled when they are first needed, once per device and problem.
 */
export class WebGpuEmdLoss {
  readonly #device: GpuDevice;
  readonly #settings: WebGpuSettings;
  readonly #memory: DeviceMemory;
  readonly #readback: Readback;
  #constants: GpuBuffer | undefined;
  #isDisposed = false;

  /** @throws TypeError, RangeError for invalid options. */
  constructor(device: GpuDevice, options: WebGpuEmdOptions) {
    if (typeof device?.createComputePipeline !== 'function') throw wrongType('device', 'a GPUDevice', device);
    this.#device = device;
    this.#settings = new WebGpuSettings(options);
    this.#memory = new DeviceMemory(device);
    this.#readback = new Readback(device);
    this.#constants = this.#makeConstants();
  }

  /**
   * May be set between calls; those that were recorded before keep theirs. It must fit `classes`. After `encodeGroundDistance` it is still
   * the one that was set last.
   */
  get groundDistance(): GroundDistanceLike {
    return this.#settings.groundDistance;
  }

  set groundDistance(value: GroundDistanceLike) {
    this.#refuseDisposed();
    const before = this.#settings.groundDistance;
    this.#settings.groundDistance = value;
    try {
      this.#constants = this.#makeConstants();
    } catch (error) {
      this.#settings.groundDistance = before;
      throw error;
    }
  }

  /**
   * Records that the distances of the ground distance, an energy or a matrix, are those in a buffer: for calls that run later, until
   * `groundDistance` is set. Its exponent, offset and `indefinite` stay. Nothing is read back, and so nothing checked: distances are
   * finite, not negative, symmetric and 0 on the diagonal, as are those of `WebGpuCentroids.encodeDistances`, and for an energy that is not
   * indefinite of negative type. What they become must be float32 numbers.
   *
   * @param distances [classes, classes] float32, in a buffer with the usage STORAGE.
   * @throws TypeError, RangeError for invalid arguments, and for other kinds; nothing is recorded then. EmdError 'DISPOSED' after
   *   `dispose()`.
   */
  encodeGroundDistance<B extends GpuBuffer>(encoder: GpuCommandEncoder, distances: Buf<B>): void {
    this.#refuseDisposed();
    checkEncoder(encoder);
    const { classes, kind, transform } = this.#settings;
    if (kind !== 'energy' && kind !== 'matrix') {
      throw wrongRange('groundDistance', 'an energy or a matrix, of which distances may be replaced', kind);
    }
    const given = rangeOf('distances', distances, 4 * classes ** 2, `4 for each of ${classes}^2 pairs`);
    const device = this.#device;
    refuseTooLarge(device, 'distances', given);
    const ground = { buffer: this.#constants as GpuBuffer, offset: 0, size: given.size };
    const problem = { classes, ...transform };
    const arrays = { distances: given, ground };
    record(encoder, { device, memory: this.#memory }, [
      dispatchOf(device, { name: 'ground', problem, source: groundKernel, arrays, ...strides(classes ** 2) }),
    ]);
  }

  /**
   * Records the call into an encoder of the same device: submits nothing and reads nothing back. A label that is no class shows in
   * `lossOut`, and its row is NaN.
   *
   * @throws TypeError, RangeError for invalid arrays; nothing is recorded then. EmdError 'DISPOSED' after `dispose()`.
   */
  encode<B extends GpuBuffer>(encoder: GpuCommandEncoder, arrays: Arrays<B>): void {
    this.#refuseDisposed();
    checkEncoder(encoder);
    const loss = this.#loss();
    record(encoder, loss, dispatches(loss, checkArrays(this.#settings, arrays)));
  }

  /**
   * Compiles the kernels that a call with arrays like these needs in the background, so that the first call does not wait for them.
   *
   * @returns A promise that wrong arguments reject, and a device that does not compile them (EmdError 'WEBGPU_ERROR').
   */
  async prepare<B extends GpuBuffer>(arrays: Arrays<B>): Promise<void> {
    this.#refuseDisposed();
    const list = dispatches(this.#loss(), checkArrays(this.#settings, arrays));
    try {
      await Promise.all(list.map((kernel) => compileLater(this.#device, kernel)));
    } catch (cause) {
      throw new EmdError('WEBGPU_ERROR', `squared-emd: WebGPU says: ${(cause as Error).message}`, { cause });
    }
  }

  /**
   * Computes at once, and reads the numbers of the result back, nothing else. `gradient` and `losses` of the result are the buffers given.
   *
   * @returns A promise that wrong arguments reject, a label that is no class (RangeError; the outputs are written then), a device that
   *   is lost, has no memory or refuses the work (EmdError).
   */
  async evaluate<B extends GpuBuffer>(arrays: Arrays<B>): Promise<EmdResult<B>> {
    this.#refuseDisposed();
    if (typeof arrays !== 'object' || arrays === null) throw wrongType('arrays', 'an object', arrays);
    const { gradient = null, losses = null, lossOut = this.#readback.lossOut } = arrays;
    refuseUnreadable(lossOut);
    const encoder = this.#device.createCommandEncoder();
    const { classes } = this.#settings;
    const { targetType } = arrays;
    const numbers = await this.#readback.run(encoder, lossOut, () => this.encode(encoder, { ...arrays, lossOut }));
    return { ...numbers.result(classes, targetType), gradient: bufferOf(gradient), losses: bufferOf(losses) };
  }

  /** Gives up its memory on the device. What was recorded must have been submitted and done; further calls throw. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#constants?.destroy();
    this.#constants = undefined;
    this.#memory.dispose();
    this.#readback.dispose();
  }

  #refuseDisposed(): void {
    if (this.#isDisposed) throw new EmdError('DISPOSED', 'squared-emd: this WebGpuEmdLoss has been disposed of');
  }

  #loss(): Loss {
    return { device: this.#device, settings: this.#settings, constants: this.#constants, memory: this.#memory };
  }

  #makeConstants(): GpuBuffer | undefined {
    const { constants } = this.#settings;
    const most = this.#device.limits.maxStorageBufferBindingSize;
    if (constants.byteLength > most) {
      throw wrongRange('groundDistance', `what fits ${most} bytes (maxStorageBufferBindingSize)`, constants.byteLength);
    }
    return constants.length === 0 ? undefined : filled(this.#device, constants.buffer as ArrayBuffer, Usage.storage);
  }
}

function bufferOf<B extends GpuBuffer>(value: Buf<B> | null): B | null {
  return value !== null && 'buffer' in value ? value.buffer : value;
}

function refuseUnreadable(lossOut: Buf): void {
  if (typeof lossOut !== 'object' || lossOut === null) throw wrongType('lossOut', BUFFER, lossOut);
  const usage = bufferOf(lossOut)?.usage;
  if (typeof usage === 'number' && (usage & Usage.copySource) === 0) {
    throw wrongRange('lossOut', `a GPUBuffer with usage COPY_SRC (${Usage.copySource}), as it is read back`, usage);
  }
}

// The eight numbers of a call, brought back to the host, and what goes wrong on the way.
import { EmdError, type EmdErrorCode } from '../checks/emd-error.js';
import { invalidLabel } from '../checks/labels.js';
import type { EmdResult } from '../loss/result.js';
import type { Buf } from './arrays.js';
import { type GpuBuffer, type GpuCommandEncoder, type GpuDevice, MAP_READ, Usage } from './gpu-types.js';
import type { TargetType } from './wgsl/problem.js';

const BYTES = 32;

/** The numbers as they are in memory. */
export class LossNumbers {
  readonly #floats: Float32Array;
  readonly #integers: Int32Array;

  constructor(bytes: ArrayBuffer) {
    this.#floats = new Float32Array(bytes);
    this.#integers = new Int32Array(bytes);
  }

  /** @throws RangeError for a label that is no class. */
  result(classes: number, targetType: TargetType): Omit<EmdResult, 'gradient' | 'losses'> {
    const [loss, crossEntropy, emd] = this.#floats;
    const [, , , rows, nonFinite, firstNonFinite, badRow] = this.#integers;
    if (badRow >= 0) throw invalidLabel(badRow, classes, this.#label(targetType));
    return { loss, crossEntropy, emd, rows, nonFinite, firstNonFinite };
  }

  #label(targetType: TargetType): number {
    if (targetType === 'float32') return this.#floats[7];
    return targetType === 'uint32' ? this.#integers[7] >>> 0 : this.#integers[7];
  }
}

const FILTERS = ['validation', 'internal', 'out-of-memory'] as const;
const CODES: Record<(typeof FILTERS)[number], EmdErrorCode> = {
  validation: 'WEBGPU_ERROR',
  internal: 'WEBGPU_ERROR',
  'out-of-memory': 'WEBGPU_OUT_OF_MEMORY',
};

/** Reads the numbers of calls back, each into a buffer of its own while it is on its way. */
export class Readback {
  readonly #device: GpuDevice;
  readonly #free: GpuBuffer[] = [];
  #lossOut: GpuBuffer | undefined;

  constructor(device: GpuDevice) {
    this.#device = device;
  }

  /** For calls that are given none: the queue runs them one after the other. */
  get lossOut(): GpuBuffer {
    this.#lossOut ??= this.#device.createBuffer({ size: BYTES, usage: Usage.storage | Usage.copySource });
    return this.#lossOut;
  }

  /** Records, submits, and waits for the numbers in `lossOut`. @throws EmdError for whatever the device says. */
  async run(encoder: GpuCommandEncoder, lossOut: Buf, recordCall: () => void): Promise<LossNumbers> {
    const device = this.#device;
    for (const filter of FILTERS) device.pushErrorScope(filter);
    let landing: GpuBuffer | undefined;
    let wrong: unknown;
    try {
      recordCall();
      landing = this.#free.pop() ?? device.createBuffer({ size: BYTES, usage: Usage.mapRead | Usage.copyDestination });
      const { buffer, offset = 0 } = 'buffer' in lossOut ? lossOut : { buffer: lossOut };
      encoder.copyBufferToBuffer(buffer, offset, landing, 0, BYTES);
      device.queue.submit([encoder.finish() as never]);
    } catch (error) {
      wrong = error;
    }
    const mapped = landing?.mapAsync(MAP_READ).then(
      () => undefined,
      (error: unknown) => error ?? new Error('not mapped'),
    );
    // All of them are popped at once: another call may push its own before one arrives.
    const said = FILTERS.map((_, i) =>
      device.popErrorScope().then((e) => [FILTERS[FILTERS.length - 1 - i], e] as const),
    );
    if (landing === undefined) {
      await Promise.allSettled(said);
      throw wrong;
    }
    for (const [filter, error] of await Promise.all(said).catch((e) => deviceFailure(device, e))) {
      if (error !== null) throw new EmdError(CODES[filter], `squared-emd: WebGPU says: ${error.message}`);
    }
    const failure = await mapped;
    if (failure !== undefined) return deviceFailure(device, failure);
    const numbers = new LossNumbers(landing.getMappedRange().slice(0));
    landing.unmap();
    this.#free.push(landing);
    return numbers;
  }

  dispose(): void {
    for (const buffer of this.#free.splice(0)) buffer.destroy();
    this.#lossOut?.destroy();
    this.#lossOut = undefined;
  }
}

/** @throws EmdError that says why the device is gone, or else what went wrong. */
export async function deviceFailure({ lost: gone }: GpuDevice, cause: unknown): Promise<never> {
  const lost = await Promise.race([gone, Promise.resolve(undefined)]);
  if (lost === undefined) throw new EmdError('WEBGPU_ERROR', `squared-emd: WebGPU says: ${cause}`, { cause });
  const reason = lost.message || lost.reason || 'it says not why';
  throw new EmdError('WEBGPU_DEVICE_LOST', `squared-emd: the GPUDevice is lost: ${reason}`, { cause });
}

// The buffers of a loss: constants, scratch space, and the numbers of calls.
//
// What an encoder has recorded runs later, perhaps after further calls have been recorded. So nothing that a call reads is ever written
// again: numbers of a call are in a buffer that keeps them, which the next call with the same numbers shares, and what no longer serves
// is left to the garbage collector.
import type { Range } from './buffer-plan.js';
import { type GpuBuffer, type GpuDevice, Usage } from './gpu-types.js';

const MOST_CALLS = 64;

/** A buffer that holds these bytes for good. */
export function filled(device: GpuDevice, bytes: ArrayBuffer, usage: number): GpuBuffer {
  const buffer = device.createBuffer({ size: Math.max(bytes.byteLength, 4), usage, mappedAtCreation: true });
  new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(bytes));
  buffer.unmap();
  return buffer;
}

export const whole = (buffer: GpuBuffer): Range<GpuBuffer> => ({ buffer, offset: 0, size: buffer.size });

export class DeviceMemory {
  readonly #device: GpuDevice;
  readonly #calls = new Map<string, GpuBuffer>();
  #scratch: GpuBuffer | undefined;

  constructor(device: GpuDevice) {
    this.#device = device;
  }

  /** The numbers of a call as a uniform buffer. */
  call(bytes: ArrayBuffer): GpuBuffer {
    const key = new Uint32Array(bytes).join();
    const known = this.#calls.get(key) ?? filled(this.#device, bytes, Usage.uniform);
    // The one used last comes last.
    this.#calls.delete(key);
    this.#calls.set(key, known);
    if (this.#calls.size > MOST_CALLS) this.#calls.delete(this.#calls.keys().next().value as string);
    return known;
  }

  /** Scratch space of at least so many bytes. Calls share it: what is recorded runs one after the other. */
  scratch(bytes: number): GpuBuffer {
    if (this.#scratch === undefined || this.#scratch.size < bytes) {
      const size = 2 ** Math.ceil(Math.log2(bytes));
      this.#scratch = this.#device.createBuffer({ size, usage: Usage.storage });
    }
    return this.#scratch;
  }

  /** The first so many bytes of it. */
  scratchRange(size: number): Range<GpuBuffer> {
    return { buffer: this.scratch(size), offset: 0, size };
  }

  dispose(): void {
    for (const buffer of this.#calls.values()) buffer.destroy();
    this.#calls.clear();
    this.#scratch?.destroy();
    this.#scratch = undefined;
  }
}

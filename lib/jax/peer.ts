// The part of jax-js that is used, by its shape: the entry point says where it comes from.
import type { GpuBuffer, GpuDevice } from '../webgpu/gpu-types.js';

/** An array of jax-js. Who passes one on gives it away; `ref` is a reference more. */
export interface JaxArray {
  readonly shape: number[];
  readonly dtype: string;
  readonly device: string;
  readonly ref: this;
  dispose(): void;
  dataSync(): ArrayLike<number>;
  gpuBufferSync(): GpuBuffer;
  slice(index: number): JaxArray;
}

interface Settings {
  shape?: number[];
  dtype?: never;
  device?: never;
}

export interface Jax {
  readonly Array: abstract new (...given: never[]) => unknown;
  readonly numpy: {
    array(values: Float32Array | Int32Array, settings: Settings): unknown;
    zeros(shape: number[], settings: Omit<Settings, 'shape'>): unknown;
  };
  vjp(f: never, primals: never): unknown;
  getWebGPUDevice(): unknown;
}

export class JaxPeer {
  readonly #jax: () => Jax;

  /** @param jax Loads it; throws an EmdError 'PEER_MISSING' that says what to install. */
  constructor(jax: () => Jax) {
    this.#jax = jax;
  }

  /** Whether a value is an array that has its numbers, and not what stands for one while jax-js traces a function. */
  isArray(value: unknown): value is JaxArray {
    return value instanceof this.#jax().Array;
  }

  get gpu(): GpuDevice {
    return this.#jax().getWebGPUDevice() as GpuDevice;
  }

  array(values: Float32Array | Int32Array, shape: readonly number[], device: string): JaxArray {
    const dtype = values instanceof Float32Array ? 'float32' : 'int32';
    return this.#jax().numpy.array(values, { shape: [...shape], ...placed(dtype, device) }) as JaxArray;
  }

  /** A float32 array of its own memory. */
  zeros(shape: readonly number[], device: string): JaxArray {
    return this.#jax().numpy.zeros([...shape], placed('float32', device)) as JaxArray;
  }

  /** What a function gives for one argument, and how a slope of that becomes one of the argument. */
  vjp<P>(f: (argument: P) => unknown, argument: P): [unknown, ((cotangent: JaxArray) => [P]) & { dispose(): void }] {
    return this.#jax().vjp(f as never, [argument] as never) as never;
  }
}

const placed = (dtype: string, device: string) => ({ dtype: dtype as never, device: device as never });

// Streams: queues of a GPU's work, and events, which are points in them.

import type { EventHandle, StreamHandle } from '../backends/backend.js';
import { gpuBackend } from '../backends/current.js';
import { onlyKnown, optionsObject } from '../checks/arguments.js';
import { EmdError, wrongRange, wrongType } from '../checks/errors.js';
import { gpu } from './cuda.js';
import { Disposes } from './disposes.js';

/** Only this module makes them: a native stream or event that is ready to be used. */
class Made<Native> {
  constructor(
    readonly native: Native,
    readonly device: number,
    readonly foreign = false,
  ) {}
}

let nativeStream: (stream: Stream) => StreamHandle;

/** The address of something of CUDA's. */
export function address(name: string, value: unknown): bigint {
  if (typeof value !== 'bigint') throw wrongType(name, 'a bigint', value);
  if (BigInt.asUintN(64, value) !== value) throw wrongRange(name, 'a bigint in 0..2^64 - 1', value);
  return value;
}

function disposed(name: string, what: string): EmdError {
  return new EmdError('DISPOSED', `${name}: expected a ${what} that is in use, but it has been disposed of`);
}

const DEVICE = { device: true } as const;

/**
 * A queue of work on a GPU: what is enqueued on one stream runs in order, on several in any. It does not wait for the legacy
 * default stream. Calls that name no stream use the package's own one of their device.
 */
export class Stream extends Disposes {
  /** The index of its GPU. */
  readonly device: number;
  readonly #native: StreamHandle;
  /** Somebody else knows it, and may capture its work. */
  #shared = false;
  #disposed = false;

  /**
   * @param options `device`: the index of a GPU, default 0.
   * @throws EmdError 'CUDA_UNAVAILABLE'; RangeError for a GPU that is not there.
   */
  constructor(options?: { device?: number });
  /** @internal */
  constructor(options: { device?: number } | Made<StreamHandle>);
  constructor(options: { device?: number } | Made<StreamHandle> = {}) {
    super();
    if (options instanceof Made) {
      this.device = options.device;
      this.#native = options.native;
      this.#shared = options.foreign;
      return;
    }
    onlyKnown(optionsObject(options), DEVICE);
    const { device = 0 } = options;
    this.device = gpu('device', device);
    this.#native = gpuBackend().makeStream(this.device);
  }

  static {
    nativeStream = (stream) => {
      if (stream.#shared) gpuBackend().refuseForeignCapture(stream.#native);
      return stream.#native;
    };
  }

  /** Whether a value is a stream. */
  static is(value: unknown): value is Stream {
    return typeof value === 'object' && value !== null && #native in value;
  }

  /**
   * Another library's stream, which stays that library's to destroy. As CUDA itself does, this believes the handle: one that
   * is no stream of this process ends the process. While that library captures it into a graph of its own, it cannot be used
   * here (EmdError 'CAPTURING').
   *
   * @param handle A cudaStream_t; 0n is the legacy default stream.
   */
  static fromHandle(handle: bigint, options: { device: number }): Stream {
    onlyKnown(optionsObject(options), DEVICE);
    address('handle', handle);
    const device = gpu('device', options.device);
    return new Stream(new Made(gpuBackend().wrapStream(device, handle), device, true));
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** The cudaStream_t. */
  get handle(): bigint {
    checkStream('stream', this);
    this.#shared = true;
    return gpuBackend().streamHandle(this.#native);
  }

  /** Resolves when all work that has been enqueued is done. */
  async synchronize(): Promise<void> {
    await gpuBackend().synchronizeStream(streamHandle('stream', this));
  }

  /** The point after all work that has been enqueued. */
  record(): Event {
    return new Event(new Made(gpuBackend().recordEvent(streamHandle('stream', this)), this.device));
  }

  /** What is enqueued from now on waits for the event, whichever stream it was recorded on. Returns at once. */
  wait(event: Event): void {
    gpuBackend().waitForEvent(streamHandle('stream', this), eventHandle('event', event));
  }

  /** Gives the stream up; what is enqueued still runs. */
  override dispose(): void {
    gpuBackend().disposeStream(this.#native);
    this.#disposed = true;
  }

  get [Symbol.toStringTag](): string {
    return 'Stream';
  }

  override toString(): string {
    return `a Stream of GPU ${this.device}`;
  }
}

let nativeEvent: (event: Event) => EventHandle;

/** A point in the work of a stream, made by {@link Stream.record}. */
export class Event extends Disposes {
  readonly #native: EventHandle;
  #disposed = false;

  /** @internal */
  constructor(made: Made<EventHandle>) {
    if (!(made instanceof Made)) throw new TypeError('Event: made by record() of a Stream, not by new');
    super();
    this.#native = made.native;
  }

  static {
    nativeEvent = (event) => event.#native;
  }

  /** Whether a value is an event of this package. */
  static is(value: unknown): value is Event {
    return typeof value === 'object' && value !== null && #native in value;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Resolves when the work before it is done. */
  async synchronize(): Promise<void> {
    await gpuBackend().synchronizeEvent(eventHandle('event', this));
  }

  /** The milliseconds that the GPU took from the earlier event to this one. Blocks until both have passed. */
  elapsedSince(earlier: Event): number {
    return gpuBackend().elapsed(eventHandle('earlier', earlier), eventHandle('event', this));
  }

  override dispose(): void {
    gpuBackend().disposeEvent(this.#native);
    this.#disposed = true;
  }
}

/** @throws unless it is a stream that has not been disposed of. */
export function checkStream(name: string, value: unknown): asserts value is Stream {
  if (!Stream.is(value)) throw wrongType(name, 'a Stream', value);
  if (value.disposed) throw disposed(name, 'Stream');
}

export function optionalStream(name: string, value: unknown): Stream | undefined {
  if (value !== undefined) checkStream(name, value);
  return value as Stream | undefined;
}

/** The native stream, if it can be used. */
export function streamHandle(name: string, value: unknown): StreamHandle {
  checkStream(name, value);
  return nativeStream(value);
}

/** The native stream of that device; null, for the package's own, if none is given. */
export function streamOn(name: string, value: unknown, device: number): StreamHandle | null {
  if (value === undefined) return null;
  const handle = streamHandle(name, value);
  if ((value as Stream).device === device) return handle;
  throw wrongRange(name, `a Stream of GPU ${device}, where the arrays are`, value);
}

function eventHandle(name: string, value: unknown): EventHandle {
  if (!Event.is(value)) throw wrongType(name, 'an Event made by record() of a Stream', value);
  if (value.disposed) throw disposed(name, 'Event');
  return nativeEvent(value);
}

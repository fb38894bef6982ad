// Streams, which are queues of work on a GPU, and events, which are points in them.

import type { EventHandle, StreamHandle } from '../backends/backend.js';
import { gpuBackend } from '../backends/current.js';
import { knownOptions } from '../checks/arguments.js';
import { EmdError } from '../checks/emd-error.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { gpu } from './cuda.js';
import { Disposes } from './disposes.js';

/** A native stream or event that is ready to be used. Only this module makes them. */
class Made<Native> {
  constructor(
    readonly native: Native,
    readonly device: number,
    readonly foreign = false,
  ) {}
}

let nativeStream: (stream: Stream) => StreamHandle;

/** Checks the address of a CUDA object. */
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
 * A queue of work on a GPU: work on the same stream runs in order, work on different streams in any order. It does not wait for
 * the legacy default stream. Calls that name no stream use the package's own stream of their GPU.
 */
export class Stream extends Disposes {
  /** The index of its GPU. */
  readonly device: number;
  readonly #native: StreamHandle;
  /** Whether its handle was given away, so that someone else may capture its work. */
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
    knownOptions(options, DEVICE);
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
   * A stream of another library, which remains responsible for destroying it. Like CUDA itself, this trusts the handle: if it is
   * not a stream of this process, the process ends. While the other library captures the stream into a graph of its own, it
   * cannot be used here (EmdError 'CAPTURING').
   *
   * @param handle A cudaStream_t; 0n is the legacy default stream.
   */
  static fromHandle(handle: bigint, options: { device: number }): Stream {
    knownOptions(options, DEVICE);
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

  /** Resolves when all work enqueued so far is done. */
  async synchronize(): Promise<void> {
    await gpuBackend().synchronizeStream(streamHandle('stream', this));
  }

  /** Records an event: the point after all work enqueued so far. */
  record(): Event {
    return new Event(new Made(gpuBackend().recordEvent(streamHandle('stream', this)), this.device));
  }

  /** Lets work enqueued from now on wait for the event, which may have been recorded on any stream. Returns at once. */
  wait(event: Event): void {
    gpuBackend().waitForEvent(streamHandle('stream', this), eventHandle('event', event));
  }

  /** Releases the stream; work that has been enqueued still runs. */
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

  /** Resolves when the work before the event is done. */
  async synchronize(): Promise<void> {
    await gpuBackend().synchronizeEvent(eventHandle('event', this));
  }

  /** The milliseconds from the earlier event to this one, as measured by the GPU. Blocks until both have passed. */
  elapsedSince(earlier: Event): number {
    return gpuBackend().elapsed(eventHandle('earlier', earlier), eventHandle('event', this));
  }

  override dispose(): void {
    gpuBackend().disposeEvent(this.#native);
    this.#disposed = true;
  }
}

/** @throws TypeError, EmdError unless it is a stream that has not been disposed of. */
export function checkStream(name: string, value: unknown): asserts value is Stream {
  if (!Stream.is(value)) throw wrongType(name, 'a Stream', value);
  if (value.disposed) throw disposed(name, 'Stream');
}

export function optionalStream(name: string, value: unknown): Stream | undefined {
  if (value !== undefined) checkStream(name, value);
  return value as Stream | undefined;
}

/** The native stream. @throws as {@link checkStream}. */
export function streamHandle(name: string, value: unknown): StreamHandle {
  checkStream(name, value);
  return nativeStream(value);
}

/** The native stream of this device; null, which means the package's own, if none is given. */
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

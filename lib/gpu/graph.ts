// Graphs: work that is captured once, checked and prepared by the driver, and launched as a whole.
import type { GraphHandle } from '../backends/backend.js';
import { gpuBackend } from '../backends/current.js';
import { EmdError, wrongType } from '../checks/errors.js';
import { Disposes } from './disposes.js';
import { type Stream, streamHandle, streamOn } from './stream.js';

/** Only this module can call the constructor. */
const captured = Symbol('captured');

/**
 * Work of a GPU that was captured from a stream. Launching it costs less than enqueueing its parts, which is what small
 * batches spend their time on. It works on the very arrays that were passed, and keeps their memory while it lives.
 */
export class Graph extends Disposes {
  readonly #native: GraphHandle;
  readonly #device: number;
  #disposed = false;

  /** @internal */
  constructor(token: typeof captured, graph: GraphHandle, device: number) {
    if (token !== captured) throw new TypeError('Graph: made by Graph.capture(), not by new');
    super();
    this.#native = graph;
    this.#device = device;
  }

  /**
   * Captures what `enqueue` enqueues on the stream, and does not run it. Each call in it has to name the stream, device arrays
   * for everything it reads and writes, and `lossOut`.
   *
   * @param enqueue Called once, at once. An error of its own comes through, and nothing is captured.
   * @throws EmdError 'CAPTURING' for what cannot be captured, 'CUDA_ERROR' if the driver refuses the graph.
   */
  static capture(stream: Stream, enqueue: () => void): Graph {
    const handle = streamHandle('stream', stream);
    if (typeof enqueue !== 'function') throw wrongType('enqueue', 'a function', enqueue);
    gpuBackend().beginCapture(handle);
    let returned: unknown;
    try {
      returned = enqueue();
    } catch (error) {
      discard(() => gpuBackend().endCapture(handle));
      throw error;
    }
    const graph = gpuBackend().endCapture(handle);
    if (typeof (returned as { then?: unknown } | undefined)?.then === 'function') {
      gpuBackend().disposeGraph(graph);
      throw wrongType('enqueue', 'a function that is done when it returns', returned);
    }
    return new Graph(captured, graph, stream.device);
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * Enqueues the whole of it.
   *
   * @param stream Default: the package's own one. Not necessarily the stream that it was captured from.
   */
  launch(stream?: Stream): void {
    if (this.#disposed) throw new EmdError('DISPOSED', 'Graph: has been disposed of');
    gpuBackend().launchGraph(this.#native, streamOn('stream', stream, this.#device));
  }

  /** Gives it up, and its arrays; launches that have been enqueued still run. */
  override dispose(): void {
    gpuBackend().disposeGraph(this.#native);
    this.#disposed = true;
  }
}

/** A capture that an error ended: the driver may refuse it for that very error. */
function discard(end: () => GraphHandle): void {
  try {
    gpuBackend().disposeGraph(end());
  } catch (error) {
    if (!(error instanceof EmdError)) throw error;
  }
}

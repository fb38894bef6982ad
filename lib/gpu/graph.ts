// Graphs: work that is captured once, checked and prepared by the driver, and then launched as a whole, any number of times.
import type { GraphHandle } from '../backends/backend.js';
import { gpuBackend } from '../backends/current.js';
import { EmdError } from '../checks/emd-error.js';
import { wrongType } from '../checks/errors.js';
import { Disposes } from './disposes.js';
import { type Stream, streamHandle, streamOn } from './stream.js';

/** Only this module can call the constructor. */
const captured = Symbol('captured');

/**
 * Work on a GPU that was captured from a stream. Launching a graph costs less than enqueueing its parts, on which small batches
 * spend most of their time. It works on the very arrays that were passed, and keeps their memory while it lives.
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
   * Captures the work that `enqueue` enqueues on the stream, without running it. Each call in it must name the stream, device
   * arrays for everything it reads and writes, and `lossOut`.
   *
   * @param enqueue Called once, before this returns. If it throws, nothing is captured, and its error is passed on.
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
   * Enqueues the graph's work.
   *
   * @param stream Default: the package's own stream. It need not be the stream from which the graph was captured.
   */
  launch(stream?: Stream): void {
    if (this.#disposed) throw new EmdError('DISPOSED', 'Graph: has been disposed of');
    gpuBackend().launchGraph(this.#native, streamOn('stream', stream, this.#device));
  }

  /** Releases the graph and its share in the arrays; launches that have been enqueued still run. */
  override dispose(): void {
    gpuBackend().disposeGraph(this.#native);
    this.#disposed = true;
  }
}

/** Ends a capture after an error, for which the driver may then refuse the graph. */
function discard(end: () => GraphHandle): void {
  try {
    gpuBackend().disposeGraph(end());
  } catch (error) {
    if (!(error instanceof EmdError)) throw error;
  }
}

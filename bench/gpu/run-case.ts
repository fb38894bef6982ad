import { EmdLoss, Graph, Stream } from 'squared-emd';
import { type GpuArrays, makeArrays } from './arrays.js';
import { elementBytes, type GpuCase } from './cases.js';
import { type Effort, measure, type Timing } from './measure.js';
import { verify } from './verify.js';

export interface LargeResult extends GpuCase {
  loss: Timing;
  copy: Timing;
  /** Predictions read and gradient written, per second. */
  gigabytesPerSecond: number;
  /** The copy's time over the loss's: 1 is the limit that memory sets. */
  shareOfCopy: number;
}

export interface SmallResult extends GpuCase {
  call: Timing;
  graph: Timing;
}

/** Enqueues loss and gradient and reads nothing back. */
function enqueuer({ classes }: GpuCase, { predictions, labels, gradient, lossOut }: GpuArrays, stream: Stream) {
  const criterion = new EmdLoss({ classes, reduction: 'sum' });
  return () => void criterion.evaluate(predictions, labels, { gradient, lossOut, stream });
}

async function withArrays<Result>(
  work: GpuCase,
  body: (arrays: GpuArrays, stream: Stream, enqueue: () => void) => Promise<Result>,
): Promise<Result> {
  const stream = new Stream();
  const arrays = makeArrays(work);
  try {
    const enqueue = enqueuer(work, arrays, stream);
    enqueue();
    await stream.synchronize();
    verify(work, arrays);
    return await body(arrays, stream, enqueue);
  } finally {
    arrays.dispose();
    stream.dispose();
  }
}

/** Beside a copy of the same bytes from device memory to device memory. */
export function runLarge(work: GpuCase, effort: Effort): Promise<LargeResult> {
  return withArrays(work, async (arrays, stream, enqueue) => {
    const copy = () => arrays.predictions.slice(0, arrays.predictions.length, { stream }).dispose();
    const [loss, copied] = await measure(stream, [enqueue, copy], effort);
    const bytes = 2 * work.rows * work.classes * elementBytes(work.dtype);
    return {
      ...work,
      loss,
      copy: copied,
      gigabytesPerSecond: bytes / loss.median / 1e3,
      shareOfCopy: copied.median / loss.median,
    };
  });
}

/** A call each, and a launch of a captured graph. */
export function runSmall(work: GpuCase, effort: Effort): Promise<SmallResult> {
  return withArrays(work, async (_arrays, stream, enqueue) => {
    const graph = Graph.capture(stream, enqueue);
    const [call, launch] = await measure(stream, [enqueue, () => graph.launch(stream)], effort);
    graph.dispose();
    return { ...work, call, graph: launch };
  });
}

/** Whether the GPU has room for predictions, gradient and their copy. */
export function fits({ classes, rows, dtype }: GpuCase, totalMemory: number): boolean {
  return 3.5 * rows * classes * elementBytes(dtype) < totalMemory;
}

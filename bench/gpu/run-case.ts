import { EmdLoss, Graph, Stream } from 'squared-emd';
import { type GpuArrays, makeArrays } from './arrays.js';
import { elementBytes, type GpuCase, optionsOf } from './cases.js';
import { type Effort, measure, type Timing } from './measure.js';
import { verify } from './verify.js';

export interface LargeResult extends GpuCase {
  loss: Timing;
  copy: Timing;
  /** Predictions (and distributions) read and gradient written, per second. */
  gigabytesPerSecond: number;
  /** The time of a copy of as many bytes, divided by that of the loss: 1 is the limit that memory sets. */
  shareOfCopy: number;
}

export interface SmallResult extends GpuCase {
  call: Timing;
  graph: Timing;
}

/** Enqueues loss and gradient and reads nothing back. */
function enqueuer(work: GpuCase, { predictions, targets, gradient, lossOut }: GpuArrays, stream: Stream) {
  const criterion = new EmdLoss(optionsOf(work));
  return () => void criterion.evaluate(predictions, targets, { gradient, lossOut, stream });
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

/** Times a case and a copy of as many bytes within device memory. */
export function runLarge(work: GpuCase, effort: Effort): Promise<LargeResult> {
  return withArrays(work, async (arrays, stream, enqueue) => {
    const copy = () => arrays.gradient.set(arrays.predictions, { stream });
    const [loss, copied] = await measure(stream, [enqueue, copy], effort);
    const copiedBytes = 2 * work.rows * work.classes * elementBytes(work.dtype);
    const bytes = copiedBytes + (work.form?.distributions ? 4 * work.rows * work.classes : 0);
    return {
      ...work,
      loss,
      copy: copied,
      gigabytesPerSecond: bytes / loss.median / 1e3,
      shareOfCopy: ((bytes / copiedBytes) * copied.median) / loss.median,
    };
  });
}

/** Times single calls, and launches of a captured graph. */
export function runSmall(work: GpuCase, effort: Effort): Promise<SmallResult> {
  return withArrays(work, async (_arrays, stream, enqueue) => {
    const graph = Graph.capture(stream, enqueue);
    const [call, launch] = await measure(stream, [enqueue, () => graph.launch(stream)], effort);
    graph.dispose();
    return { ...work, call, graph: launch };
  });
}

/** Whether the GPU has room for predictions, gradient, distributions, and what the package needs. */
export function fits({ classes, rows, dtype, form }: GpuCase, totalMemory: number): boolean {
  return rows * classes * (3.5 * elementBytes(dtype) + (form?.distributions ? 4 : 0)) < totalMemory;
}

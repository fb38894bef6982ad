// A worker that trains on the GPU, or says why it does not: the page goes on without one.
import { startGpu } from '../gpu.js';
import { GpuCourse } from './gpu-course.js';
import { send, serve } from './rounds.js';

let isRefused = false;

/** Once: a lost GPU makes the epoch that is under way fail, too. */
function refuse(reason: string): void {
  if (!isRefused) send({ kind: 'refused', reason });
  isRefused = true;
}

serve(
  async () => {
    const { device, name } = await startGpu();
    device.lost.then(({ message }) => refuse(`the GPU was lost: ${message}`));
    return { gpu: name, begin: GpuCourse.begin };
  },
  (error) => refuse((error as Error).message),
);

// Kernels with a thread for each of many numbers, or classes: in large problems a thread takes several, `lanes` apart.
export const STRIDE_THREADS = 64;
const MOST_WORKGROUPS = 1024;

export function strides(count: number): { workgroups: number; numbers: { lanes: number } } {
  const workgroups = Math.min(Math.ceil(count / STRIDE_THREADS), MOST_WORKGROUPS);
  return { workgroups, numbers: { lanes: workgroups * STRIDE_THREADS } };
}

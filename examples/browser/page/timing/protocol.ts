// What the page and its timing worker tell each other.

/** A batch of logits, and where it is. */
export interface Shape {
  rows: number;
  classes: number;
  where: 'cpu' | 'gpu';
}

export const SHAPES: readonly Shape[] = [
  { rows: 64, classes: 20, where: 'cpu' },
  { rows: 1024, classes: 1000, where: 'cpu' },
  { rows: 256, classes: 1000, where: 'gpu' },
];

/** What is timed: the loss and its gradient with respect to the logits. The page's colours and order; `note` on the CPU, on a GPU. */
export const CONTENDERS = [
  { id: 'package', name: 'squared-emd', note: { cpu: 'typed arrays', gpu: 'GPU buffers' }, color: '--emd' },
  { id: 'adapter', name: 'squared-emd/tfjs', note: { cpu: 'tensors', gpu: 'tensors' }, color: '--adapter' },
  { id: 'expression', name: 'tfjs expression', note: { cpu: 'tensors', gpu: 'tensors' }, color: '--cross-entropy' },
] as const;

export type ContenderId = (typeof CONTENDERS)[number]['id'];

export type FromTimer =
  | { kind: 'began'; tfjs: string }
  /** What the GPU is called; undefined if there is none. */
  | { kind: 'gpu'; name: string | undefined }
  | { kind: 'timed'; shape: Shape; microseconds: Record<ContenderId, number>; difference: number }
  | { kind: 'done' };

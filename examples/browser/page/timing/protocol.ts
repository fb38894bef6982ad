// What the page and its timing worker tell each other.

/** A batch of logits. */
export interface Shape {
  rows: number;
  classes: number;
}

export const SHAPES: readonly Shape[] = [
  { rows: 64, classes: 20 },
  { rows: 1024, classes: 1000 },
];

/** What is timed: the loss and its gradient with respect to the logits. The page's colours and order. */
export const CONTENDERS = [
  { id: 'package', name: 'squared-emd', note: 'typed arrays', color: '--emd' },
  { id: 'adapter', name: 'squared-emd/tfjs', note: 'tensors', color: '--adapter' },
  { id: 'expression', name: 'tfjs expression', note: 'tensors', color: '--cross-entropy' },
] as const;

export type ContenderId = (typeof CONTENDERS)[number]['id'];

export type FromTimer =
  | { kind: 'began'; tfjs: string }
  | { kind: 'timed'; shape: Shape; microseconds: Record<ContenderId, number>; difference: number }
  | { kind: 'done' };

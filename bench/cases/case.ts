import type { GroundName } from '../../test/problems.js';

/** One piece of work: loss and gradient of a batch, logits, reduction 'mean'. */
export interface Case {
  /** What is computed, in words; with the shape it makes the name. */
  readonly kind: string;
  readonly rows: number;
  readonly classes: number;
  readonly ground: Extract<GroundName, 'ordered' | 'ordered-gaps' | 'circular' | 'tree-random' | 'matrix'>;
  /** Default: 1. */
  readonly inner?: number;
  /** Default: 2. */
  readonly power?: 1 | 2;
  /** Default: 'index'. */
  readonly targets?: 'index' | 'distribution';
  /** Default: 0. */
  readonly crossEntropyWeight?: number;
  /** Logits of a network that is sure, and mostly right. */
  readonly confident?: boolean;
  /** The gradient takes the predictions' memory. */
  readonly inPlace?: boolean;
  /** Part of a quick run. */
  readonly quick?: boolean;
}

/** Cases that are reported in one table. */
export interface Group {
  readonly title: string;
  readonly cases: readonly Case[];
}

export const ORDERED = { kind: 'ordered', ground: 'ordered' } as const satisfies Partial<Case>;

/** The ordered squared distance from index targets, nothing else asked for, in the same shape. */
export function plain({ rows, classes }: Case): Case {
  return { ...ORDERED, rows, classes };
}

export function shapeOf({ rows, classes, inner = 1 }: Case): string {
  return inner === 1 ? `${rows} x ${classes}` : `${rows / inner} x ${classes} x ${inner}`;
}

export function nameOf(work: Case): string {
  return `${work.kind} ${shapeOf(work)}`;
}

export const elementsOf = ({ rows, classes }: Case) => rows * classes;

/** What has to be read and written at least: predictions, targets and gradient. */
export function bytesOf(work: Case): number {
  const targets = work.targets === 'distribution' ? elementsOf(work) : work.rows;
  return 4 * (2 * elementsOf(work) + targets);
}

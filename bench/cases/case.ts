import type { GroundName } from '../../shared/oracle/problems.js';

/**
 * What a case computes: loss and gradient of a batch (logits, reduction 'mean'); a step of the self-guided loss, including its
 * features; sums of features by class; distances between classes; their ranks; or an epoch of training a linear layer.
 */
export type Work = 'loss' | 'self-guided' | 'sums' | 'distances' | 'ranks' | 'epoch';

/** Steps in an epoch of these cases: so few that what is done once per epoch weighs more than in real life. */
export const STEPS = 20;

/** One piece of work. */
export interface Case {
  /** Default: 'loss'. */
  readonly work?: Work;
  /** What is computed, in words; together with the shape it is the name. */
  readonly kind: string;
  readonly rows: number;
  readonly classes: number;
  readonly ground: Extract<GroundName, 'ordered' | 'ordered-gaps' | 'circular' | 'tree-random' | 'matrix' | 'energy'>;
  /** The number of features of each row, or of each class's centroid, where distances are learned. */
  readonly features?: number;
  /** Default: 1. */
  readonly inner?: number;
  /** Default: 2. */
  readonly power?: 1 | 2;
  /** Default: 'index'. */
  readonly targets?: 'index' | 'distribution';
  /** Default: 0. */
  readonly crossEntropyWeight?: number;
  /** Default: 1. */
  readonly emdWeight?: number;
  /** Whether logits are those of a network that is sure, and mostly right. */
  readonly confident?: boolean;
  /** Whether the gradient overwrites the predictions. */
  readonly inPlace?: boolean;
  /** Whether it is part of a quick run. */
  readonly quick?: boolean;
}

/** Cases that are reported in one table. */
export interface Group {
  readonly title: string;
  readonly cases: readonly Case[];
}

export const ORDERED = { kind: 'ordered', ground: 'ordered' } as const satisfies Partial<Case>;

/**
 * The plain case of the same shape: the ordered squared distance from index targets, or from distributions for an energy from
 * distributions, without any options.
 */
export function plain({ rows, classes, ground, targets }: Case): Case {
  return { ...ORDERED, rows, classes, ...(ground === 'energy' && { targets }) };
}

export const workOf = ({ work = 'loss' }: Case): Work => work;

export function shapeOf(one: Case): string {
  const { rows, classes, inner = 1, features } = one;
  switch (workOf(one)) {
    case 'sums':
      return `${rows} x ${features}, ${classes} classes`;
    case 'distances':
      return `${classes} x ${features}`;
    case 'ranks':
      return `${classes} x ${classes}`;
    case 'self-guided':
    case 'epoch':
      return `${rows} x ${classes}, ${features} features`;
    default:
  }
  return inner === 1 ? `${rows} x ${classes}` : `${rows / inner} x ${classes} x ${inner}`;
}

export function nameOf(work: Case): string {
  return `${work.kind} ${shapeOf(work)}`;
}

/** The number by which a time is divided: that of logits, features, terms of distances, or entries of a matrix. */
export function elementsOf(work: Case): number {
  const { rows, classes, features = 0 } = work;
  switch (workOf(work)) {
    case 'sums':
      return rows * features;
    case 'distances':
      return ((classes * (classes - 1)) / 2) * features;
    case 'ranks':
      return classes * classes;
    case 'epoch':
      return STEPS * rows * classes;
    default:
      return rows * classes;
  }
}

/** The bytes that have to be read and written at least, such as predictions, targets and gradient. */
export function bytesOf(work: Case): number {
  const { rows, classes, features = 0 } = work;
  switch (workOf(work)) {
    case 'sums':
      return 4 * rows * features;
    case 'distances':
      return 4 * (classes * features + classes * classes);
    case 'ranks':
      return 8 * classes * classes;
    case 'self-guided':
      return 4 * (2 * rows * classes + rows * features);
    case 'epoch':
      return 4 * STEPS * (2 * rows * classes + rows * features);
    default:
  }
  const targets = work.targets === 'distribution' ? elementsOf(work) : work.rows;
  return 4 * (2 * elementsOf(work) + targets);
}

// What a kernel is generated for: two calls with the same values share it.
import type { GroundValues } from '../../distances/kind.js';
import type { GroundDistanceKind } from '../../distances/kinds.js';
import type { BufferPlan } from '../buffer-plan.js';
import type { DeviceTraits } from '../device-traits.js';

export type TargetType = 'int32' | 'uint32' | 'int64' | 'float32' | 'distribution';

/** How the threads of a workgroup share rows: docs/internals/webgpu-kernels.md. */
export type RowForm = 'thread' | 'workgroup' | 'runs' | 'rereading';

/** How the rows of a problem are laid out over threads. */
export interface Layout {
  readonly form: RowForm;
  /** Threads that share a row, a square number. */
  readonly threads: number;
  /** Rows of a workgroup. */
  readonly rows: number;
}

/**
 * What a kernel of rows does: all, or, where another kernel multiplies with the matrix of the ground distance, what comes before that and
 * what comes after it.
 */
export type Stage = 'whole' | 'vectors' | 'products';

/** What the layout of rows over threads follows from. */
export type RowShape = Pick<KernelProblem, 'classes' | 'kind'>;

export interface KernelProblem extends DeviceTraits {
  readonly stage: Stage;
  readonly kind: GroundDistanceKind;
  /** Of an energy: whether E may be negative. */
  readonly indefinite: boolean;
  readonly classes: number;
  readonly power: number;
  readonly logits: boolean;
  readonly targetType: TargetType;
  /** Whether predictions and gradient are float16. */
  readonly half: boolean;
  /** What E is divided by. */
  readonly terms: number;
  /** Whether the square root of that is taken. */
  readonly root: boolean;
  /** How many numbers of the ground distance the constants begin with: gaps, or what the distances become; 0 where all gaps are 1. */
  readonly groundNumbers: number;
  readonly hasClassWeights: boolean;
  readonly hasIgnoreIndex: boolean;
  /** Whether each part is in the loss: one of weight 0 must not be, whatever it is. */
  readonly hasCrossEntropy: boolean;
  readonly hasEmd: boolean;
  /**
   * Where the sum of weights is from that rows are divided by: 'none', they are divided by what the host knows; 'own', each workgroup adds
   * it up, as there are few rows; 'scratch', another kernel has.
   */
  readonly weightSum: 'none' | 'own' | 'scratch';
  /** Whether the loss of the batch is wanted. */
  readonly totals: boolean;
  readonly plan: BufferPlan;
}

/** A kind of ground distance on WebGPU. */
export interface Formulas {
  /** What kernels read of its values, the first of the constants; nothing where all of them are 1. */
  numbers(values: GroundValues, power: number): Float32Array;
  /** The most classes, where its threads keep numbers of their own: all that they have is 8 KB on every device. */
  readonly mostClasses?: number;
  /** Its functions in WGSL; formulas.ts says which. */
  source(problem: KernelProblem): string;
}

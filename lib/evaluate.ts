// One call of the loss: shapes, the native call, its result.
import { attachedLength, float32 } from './arguments';
import { ARGUMENTS, native, Slot, Status, type Targets } from './binding';
import { EmdError, typedArrayType, wrongRange, wrongType } from './errors';
import type { Settings } from './options';

/** The loss of a batch. */
export interface EmdResult {
  /** `crossEntropyWeight * crossEntropy + emdWeight * emd`; NaN for reduction 'none', like its parts. */
  loss: number;
  /** The cross entropy, reduced as the loss is, also where its weight is 0. */
  crossEntropy: number;
  /** The EMD, reduced as the loss is, also where its weight is 0. */
  emd: number;
  /** The gradient with respect to the predictions, in their layout. */
  gradient: Float32Array | null;
  /** The loss of each row, 0 where it is ignored. */
  losses: Float32Array | null;
  /** Rows that are not ignored. */
  rows: number;
  /** Of those, rows whose loss is NaN or infinite. */
  nonFinite: number;
}

/** Class indices, or a distribution over the classes per row. */
export type EmdTargets = Targets | readonly number[];

/** Synchronous calls share it: no JavaScript runs between filling and reading it. */
const shared = new Float64Array(Slot.count);

/**
 * Checks the arrays of a call and runs it. `later` makes the result a promise; the arguments are checked, and the inputs
 * copied, before this returns.
 */
export function evaluate(
  settings: Settings,
  predictions: unknown,
  targets: unknown,
  gradientWanted: boolean | Float32Array,
  lossesWanted: boolean | Float32Array,
  sampleWeights: Float32Array | undefined,
  upstream: number | Float32Array,
  later: boolean,
): EmdResult | Promise<EmdResult> {
  const { classes, inner, classWeights } = settings;
  if (typedArrayType(predictions) !== 'Float32Array') throw wrongType('predictions', 'a Float32Array', predictions);
  const scores = predictions as Float32Array;
  const length = attachedLength('predictions', scores);
  if (length % (classes * inner) !== 0) {
    const unit = inner === 1 ? `${classes} (classes)` : `${classes} * ${inner} (classes * inner)`;
    throw wrongRange('predictions', `a multiple of ${unit} elements`, predictions);
  }
  const rows = length / classes;
  const labels = checkTargets(settings, targets, length, rows);
  if (classWeights !== undefined) float32('classWeights', classWeights, classes, 'one per class');
  if (sampleWeights !== undefined) float32('sampleWeights', sampleWeights, rows, 'one per row');
  if (typeof upstream !== 'number') float32('upstream', upstream, rows, 'one per row');
  if (typeof gradientWanted !== 'boolean') float32('gradient', gradientWanted, length, 'as many as predictions');
  if (typeof lossesWanted !== 'boolean') float32('losses', lossesWanted, rows, 'one per row');
  const gradient = output(gradientWanted, length);
  const losses = output(lossesWanted, rows);

  const numbers = later ? new Float64Array(Slot.count) : shared;
  numbers[Slot.classes] = classes;
  numbers[Slot.inner] = inner;
  numbers[Slot.power] = settings.power;
  numbers[Slot.input] = settings.input;
  numbers[Slot.normalization] = settings.normalization;
  numbers[Slot.reduction] = settings.reduction;
  numbers[Slot.hasIgnoreIndex] = settings.ignoreIndex === undefined ? 0 : 1;
  numbers[Slot.ignoreIndex] = settings.ignoreIndex ?? 0;
  numbers[Slot.threads] = settings.threads;
  numbers[Slot.crossEntropyWeight] = settings.crossEntropyWeight;
  numbers[Slot.emdWeight] = settings.emdWeight;
  numbers[Slot.upstream] = typeof upstream === 'number' ? upstream : 1;

  const run = later ? native.evaluateAsync : native.evaluate;
  const running = run(
    settings.ground,
    scores,
    labels,
    gradient,
    losses,
    classWeights ?? null,
    sampleWeights ?? null,
    typeof upstream === 'number' ? null : upstream,
    numbers,
  );
  if (running) return running.then(() => finish(numbers, gradient, losses, classes));
  return finish(numbers, gradient, losses, classes);
}

function output(wanted: boolean | Float32Array, length: number): Float32Array | null {
  if (typeof wanted !== 'boolean') return wanted;
  return wanted ? new Float32Array(length) : null;
}

function checkTargets(settings: Settings, targets: unknown, length: number, rows: number): Targets {
  switch (typedArrayType(targets)) {
    case 'Float32Array':
      if (settings.ignoreIndex !== undefined) {
        throw wrongType('ignoreIndex', 'undefined, as the targets are distributions', settings.ignoreIndex);
      }
      if (attachedLength('targets', targets as Float32Array) !== length) {
        throw wrongRange(
          'targets',
          `${length} elements (a distribution over the classes per row; class indices are integer arrays)`,
          targets,
        );
      }
      return targets as Float32Array;
    case 'Int32Array':
    case 'Uint8Array':
    case 'Uint16Array':
    case 'Uint32Array':
    case 'BigInt64Array':
      if (attachedLength('targets', targets as Int32Array) !== rows) {
        throw wrongRange('targets', `${rows} elements (a class index per row)`, targets);
      }
      return targets as Int32Array;
    default:
      if (!Array.isArray(targets)) {
        throw wrongType(
          'targets',
          'class indices (Int32Array, Uint8Array, Uint16Array, Uint32Array, BigInt64Array or an array of numbers) or distributions (Float32Array)',
          targets,
        );
      }
      return copyLabels(targets, rows, settings.classes);
  }
}

/** Whether an index is a class, or to be ignored, is left to native code: here as for typed arrays. */
function copyLabels(targets: readonly unknown[], rows: number, classes: number): Int32Array | BigInt64Array {
  if (targets.length !== rows) throw wrongRange('targets', `${rows} elements (a class index per row)`, targets);
  const copy = new Int32Array(rows);
  let wide: BigInt64Array | undefined;
  for (let i = 0; i < rows; i++) {
    const label = targets[i];
    if (typeof label !== 'number') throw wrongType(`targets[${i}]`, `a class index in 0..${classes - 1}`, label);
    if (!Number.isSafeInteger(label)) throw invalidLabel(i, classes, label);
    // An index to ignore may be any integer.
    if (wide === undefined && (label | 0) !== label) wide = BigInt64Array.from(copy, BigInt);
    if (wide === undefined) copy[i] = label;
    else wide[i] = BigInt(label);
  }
  return wide ?? copy;
}

function invalidLabel(index: number, classes: number, value: number): RangeError {
  return wrongRange(`targets[${index}]`, `a class index in 0..${classes - 1}`, value);
}

function finish(
  numbers: Float64Array,
  gradient: Float32Array | null,
  losses: Float32Array | null,
  classes: number,
): EmdResult {
  if (numbers[Slot.status] !== Status.ok) throw failure(numbers, classes);
  return {
    loss: numbers[Slot.loss],
    crossEntropy: numbers[Slot.crossEntropy],
    emd: numbers[Slot.emd],
    gradient,
    losses,
    rows: numbers[Slot.rows],
    nonFinite: numbers[Slot.nonFinite],
  };
}

/** The error behind a status. */
function failure(numbers: Float64Array, classes: number): Error {
  const index = numbers[Slot.index];
  const value = numbers[Slot.value];
  const argument = ARGUMENTS[numbers[Slot.which]];
  switch (numbers[Slot.status]) {
    case Status.invalidLabel:
      return invalidLabel(index, classes, value);
    case Status.invalidClassWeight:
      return wrongRange(`classWeights[${index}]`, 'a finite number that is not negative', value);
    case Status.invalidSampleWeight:
      return wrongRange(`sampleWeights[${index}]`, 'a finite number that is not negative', value);
    case Status.overlap: {
      const other = ARGUMENTS[numbers[Slot.other]];
      return new RangeError(
        argument === 'gradient'
          ? `gradient: expected memory of its own, or exactly that of predictions, but it overlaps ${other}`
          : `${argument}: expected memory of its own, but it overlaps ${other}`,
      );
    }
    case Status.outputGone:
      return new RangeError(
        `${argument}: expected the array as it was when the call began, but it was detached or resized meanwhile`,
      );
    case Status.badArgument:
      // The arguments have been checked: only another thread or a getter can have changed one since.
      return new RangeError(`${argument}: expected an array that keeps its size during the call`);
    case Status.outOfMemory:
      return new EmdError('OUT_OF_MEMORY', 'squared-emd: no memory for the scratch space of this call');
    default:
      return new EmdError('INTERNAL', `squared-emd: native code refused the call (status ${numbers[Slot.status]})`);
  }
}

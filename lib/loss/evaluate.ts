// One call of the loss: where it runs and, for arrays in host memory, shapes and the backend's call.

import type { StreamHandle, Targets } from '../backends/backend.js';
import { gpuBackend, hostBackend } from '../backends/current.js';
import { CPU, Slot, Status } from '../backends/enumerations.js';
import { attachedLength, float32, knownOptions } from '../checks/arguments.js';
import { wrongType } from '../checks/errors.js';
import { lengthNow, typedArrayType } from '../checks/typed-arrays.js';
import { DeviceArray } from '../gpu/device-array.js';
import { streamOn } from '../gpu/stream.js';
import { fillNumbers, rowsOf } from './call.js';
import { evaluateOnDevice } from './evaluate-device.js';
import { checkPerCall, type EvaluateOptions, PER_CALL, type Settings } from './options.js';
import { changedSize, type EmdResult, resultOf } from './result.js';
import { checkTargets } from './targets.js';

/** Shared by synchronous calls, as no JavaScript runs between filling and reading it. */
const shared = new Float64Array(Slot.count);

const NONE: EvaluateOptions = {};

/**
 * Checks the arrays of a call and runs it. `options` are those of this call only. With `later` the result is a promise; arguments
 * are checked, and inputs copied or enqueued, before this returns. A blocking call with typed arrays allocates nothing but what
 * it returns.
 */
export function evaluate(
  settings: Settings,
  predictions: unknown,
  targets: unknown,
  options: EvaluateOptions | undefined,
  later: boolean,
): EmdResult | Promise<EmdResult> {
  if (options !== undefined) knownOptions(options, PER_CALL);
  const {
    gradient: gradientWanted = settings.gradient,
    losses: lossesWanted = settings.losses,
    sampleWeights: weights = settings.sampleWeights,
    upstream: slope = settings.upstream,
    stream = settings.stream,
    lossOut = settings.lossOut,
  } = options ?? NONE;
  checkPerCall(settings.reduction, gradientWanted, lossesWanted, weights, slope, stream, lossOut);
  const numbers = later ? new Float64Array(Slot.count) : shared;
  if (DeviceArray.is(predictions)) {
    const arrays = {
      gradient: gradientWanted,
      losses: lossesWanted,
      sampleWeights: weights,
      upstream: slope,
      stream,
      lossOut,
    };
    return evaluateOnDevice(settings, predictions, targets, arrays, numbers, later);
  }
  if (!isFloats(predictions)) {
    throw wrongType('predictions', 'a Float32Array or a DeviceArray', predictions);
  }
  const scores = predictions as Float32Array;
  const { classes, device } = settings;
  const length = attachedLength('predictions', scores);
  const rows = rowsOf(settings, length, predictions);
  const labels = checkTargets(settings, targets, length, rows);
  const classWeights = given('classWeights', settings.classWeights, classes, 'one per class');
  const sampleWeights = given('sampleWeights', weights, rows, 'one per row');
  const upstream = typeof slope === 'number' ? null : float32('upstream', slope, rows, 'one per row');
  const gradientGiven = output('gradient', gradientWanted, length, 'as many as predictions');
  const lossesGiven = output('losses', lossesWanted, rows, 'one per row');
  if (lossOut !== undefined) {
    throw wrongType('lossOut', 'undefined, as the predictions are in host memory', lossOut);
  }
  const staging = typeof device === 'number' ? stagingStream(stream, device) : refuseStream(stream);
  const gradient = gradientWanted === true ? new Float32Array(length) : gradientGiven;
  const losses = lossesWanted === true ? new Float32Array(rows) : lossesGiven;
  fillNumbers(numbers, settings, slope);

  const run = later ? hostBackend().evaluateAsync : hostBackend().evaluate;
  const running = run(
    settings.groundOn(typeof device === 'number' ? device : CPU),
    scores,
    labels,
    gradient,
    losses,
    classWeights,
    sampleWeights,
    upstream,
    numbers,
    staging,
  );
  if (running) return resultAfter(running, numbers, gradient, losses, classes);
  if (numbers[Slot.status] === Status.badArgument) {
    refuseChanged(length, rows, { predictions: scores, targets: labels, gradient, losses, sampleWeights, upstream });
  }
  return resultOf(numbers, gradient, losses, classes);
}

/**
 * For when the backend finds sizes that do not fit together although all had been checked. It cannot know which of them is wrong.
 * @throws RangeError that names the array that has been detached or resized since then.
 */
function refuseChanged(length: number, rows: number, arrays: Record<string, Targets | null>): void {
  for (const [name, array] of Object.entries(arrays)) {
    if (array === null) continue;
    const perClass = name === 'predictions' || name === 'gradient' || (name === 'targets' && isFloats(array));
    if (lengthNow(array) !== (perClass ? length : rows)) throw changedSize(name);
  }
}

const isFloats = (array: unknown) => typedArrayType(array) === 'Float32Array';

// A closure inside of `evaluate` would cost every call the memory for the variables that it captures.
const resultAfter = (
  running: Promise<void>,
  numbers: Float64Array,
  gradient: Float32Array | null,
  losses: Float32Array | null,
  classes: number,
): Promise<EmdResult> => running.then(() => resultOf(numbers, gradient, losses, classes));

function given(name: string, value: unknown, length: number, shape: string): Float32Array | null {
  return value === undefined ? null : float32(name, value, length, shape);
}

function output(name: string, wanted: unknown, length: number, shape: string): Float32Array | null {
  return typeof wanted === 'boolean' ? null : float32(name, wanted, length, shape);
}

function refuseStream(stream: unknown): null {
  if (stream === undefined) return null;
  throw wrongType('stream', 'undefined, as the predictions are in host memory', stream);
}

function stagingStream(stream: unknown, device: number): StreamHandle | null {
  const handle = streamOn('stream', stream, device);
  if (handle !== null && gpuBackend().isCaptured(handle)) {
    throw wrongType('stream', 'a Stream that is not being captured, as the predictions are in host memory', stream);
  }
  return handle;
}

// One call of the loss: where it runs, and, for arrays in host memory, shapes and the native call.
import { attachedLength, float32 } from './arguments';
import { CPU, type NativeStream, native, Slot } from './binding';
import { type CallArrays, fillNumbers, rowsOf } from './call';
import { DeviceArray } from './device-array';
import { typedArrayType, wrongType } from './errors';
import { evaluateOnDevice } from './evaluate-device';
import type { Settings } from './options';
import { type EmdResult, resultOf } from './result';
import { streamOn } from './stream';
import { checkTargets } from './targets';

/** Synchronous calls share it: no JavaScript runs between filling and reading it. */
const shared = new Float64Array(Slot.count);

/**
 * Checks the arrays of a call and runs it. `later` makes the result a promise; the arguments are checked, and the inputs
 * copied or enqueued, before this returns.
 */
export function evaluate(
  settings: Settings,
  predictions: unknown,
  targets: unknown,
  arrays: CallArrays,
  later: boolean,
): EmdResult | Promise<EmdResult> {
  const numbers = later ? new Float64Array(Slot.count) : shared;
  if (typedArrayType(predictions) !== 'Float32Array') {
    if (DeviceArray.is(predictions)) return evaluateOnDevice(settings, predictions, targets, arrays, numbers, later);
    throw wrongType('predictions', 'a Float32Array or a DeviceArray', predictions);
  }
  const scores = predictions as Float32Array;
  const { classes, device } = settings;
  const length = attachedLength('predictions', scores);
  const rows = rowsOf(settings, length, predictions);
  const labels = checkTargets(settings, targets, length, rows);
  const classWeights = given('classWeights', settings.classWeights, classes, 'one per class');
  const sampleWeights = given('sampleWeights', arrays.sampleWeights, rows, 'one per row');
  const upstream =
    typeof arrays.upstream === 'number' ? null : float32('upstream', arrays.upstream, rows, 'one per row');
  const gradientGiven = output('gradient', arrays.gradient, length, 'as many as predictions');
  const lossesGiven = output('losses', arrays.losses, rows, 'one per row');
  if (arrays.lossOut !== undefined) {
    throw wrongType('lossOut', 'undefined, as the predictions are in host memory', arrays.lossOut);
  }
  const stream = typeof device === 'number' ? stagingStream(arrays.stream, device) : refuseStream(arrays.stream);
  const gradient = arrays.gradient === true ? new Float32Array(length) : gradientGiven;
  const losses = arrays.losses === true ? new Float32Array(rows) : lossesGiven;
  fillNumbers(numbers, settings, arrays.upstream);

  const run = later ? native.evaluateAsync : native.evaluate;
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
    stream,
  );
  if (running) return running.then(() => resultOf(numbers, gradient, losses, classes));
  return resultOf(numbers, gradient, losses, classes);
}

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

function stagingStream(stream: unknown, device: number): NativeStream | null {
  const handle = streamOn('stream', stream, device);
  if (handle !== null && native.isCaptured(handle)) {
    throw wrongType('stream', 'a Stream that is not being captured, as the predictions are in host memory', stream);
  }
  return handle;
}

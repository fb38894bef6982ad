// One call of the loss on device arrays: shapes, types and devices, and the backend's call.

import type { ArrayHandle } from '../backends/backend.js';
import { gpuBackend } from '../backends/current.js';
import { float32 } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { labelsExpected } from '../checks/labels.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import { arrayHandle, DeviceArray, writableHandle } from '../gpu/device-array.js';
import { type DType, FLOAT_DTYPES, LABEL_DTYPES } from '../gpu/dtype.js';
import { keepUntil } from '../gpu/in-flight.js';
import { type Stream, streamOn } from '../gpu/stream.js';
import { type CallArrays, fillNumbers, rowsOf } from './call.js';
import type { Settings } from './options.js';
import { type EmdResult, resultOf } from './result.js';
import { checkTargets, distributionsExpected, refuseIgnoreIndex } from './targets.js';

const CAPTURED = 'as the work of its stream is being captured';

/** Like `evaluate`, for predictions on a GPU. */
export function evaluateOnDevice(
  settings: Settings,
  predictions: DeviceArray,
  targets: unknown,
  arrays: CallArrays,
  numbers: Float64Array,
  later: boolean,
): EmdResult<DeviceArray> | Promise<EmdResult<DeviceArray>> {
  const { classes } = settings;
  const { device, dtype, length } = predictions;
  checkDevice(settings, predictions);
  const scores = arrayHandle('predictions', predictions);
  if (!FLOAT_DTYPES.includes(dtype))
    throw wrongType('predictions', `a DeviceArray of ${FLOAT_DTYPES.join(' or ')}`, predictions);
  const rows = rowsOf(settings, length, predictions);
  const stream = streamOn('stream', arrays.stream, device);
  if (stream !== null && gpuBackend().isCaptured(stream)) refuseUncapturable(settings, targets, arrays);

  const labels = DeviceArray.is(targets)
    ? deviceTargets(settings, targets, length, rows, device)
    : checkTargets(settings, targets, length, rows);
  const input = (name: string, value: Float32Array | DeviceArray | undefined, size: number, shape: string) => {
    if (value === undefined) return null;
    if (!DeviceArray.is(value)) return float32(name, value, size, shape);
    return arrayHandle(name, placed(name, value, 'float32', size, shape, device));
  };
  const classWeights = input('classWeights', settings.classWeights, classes, 'one per class');
  const sampleWeights = input('sampleWeights', arrays.sampleWeights, rows, 'one per row');
  const upstream = typeof arrays.upstream === 'number' ? null : input('upstream', arrays.upstream, rows, 'one per row');

  const output = (name: string, value: unknown, type: DType, size: number, shape: string) =>
    typeof value === 'boolean' ? undefined : writable(name, value, type, size, shape, device);
  const gradientGiven = output('gradient', arrays.gradient, dtype, length, 'as many as predictions');
  const lossesGiven = output('losses', arrays.losses, 'float32', rows, 'one per row');
  const lossOut =
    arrays.lossOut === undefined
      ? null
      : writableHandle('lossOut', writable('lossOut', arrays.lossOut, 'float32', 4, 'four numbers', device));
  const ground = settings.groundOn(device);
  const allocate = (type: DType, size: number) =>
    DeviceArray.allocate(type, size, { device, stream: arrays.stream as Stream | undefined });
  const gradient = arrays.gradient === true ? allocate(dtype, length) : (gradientGiven ?? null);
  const losses = arrays.losses === true ? allocate('float32', rows) : (lossesGiven ?? null);
  fillNumbers(numbers, settings, arrays.upstream);

  // With lossOut there is nothing to wait for.
  const run = later && lossOut === null ? gpuBackend().evaluateDeviceAsync : gpuBackend().evaluateDevice;
  const running = run(
    ground,
    scores,
    labels,
    gradient && arrayHandle('gradient', gradient),
    losses && arrayHandle('losses', losses),
    classWeights,
    sampleWeights,
    upstream,
    numbers,
    stream,
    lossOut,
  );
  if (running) {
    const inUse = [predictions, targets, settings.classWeights, arrays];
    return keepUntil(running, inUse).then(() => resultOf(numbers, gradient, losses, classes));
  }
  return resultOf(numbers, gradient, losses, classes);
}

/** The option `device` may only name the GPU that has the predictions. */
function checkDevice({ device }: Settings, predictions: DeviceArray): void {
  if (device === 'cpu') throw wrongType('predictions', "a Float32Array, as device is 'cpu'", predictions);
  if (device !== undefined && device !== predictions.device) {
    throw wrongRange('predictions', `memory of GPU ${device}, as device says`, predictions);
  }
}

function deviceTargets(
  settings: Settings,
  targets: DeviceArray,
  length: number,
  rows: number,
  device: number,
): ArrayHandle {
  const handle = arrayHandle('targets', targets);
  const distributions = targets.dtype === 'float32';
  if (!distributions && !LABEL_DTYPES.includes(targets.dtype)) {
    throw wrongType(
      'targets',
      `a DeviceArray of ${LABEL_DTYPES.join(', ')} (labels) or float32 (distributions)`,
      targets,
    );
  }
  if (distributions) refuseIgnoreIndex(settings);
  if (targets.length !== (distributions ? length : rows)) {
    throw wrongRange('targets', distributions ? distributionsExpected(length) : labelsExpected(rows), targets);
  }
  if (targets.device !== device) throw elsewhere('targets', targets, device);
  return handle;
}

function elsewhere(name: string, array: DeviceArray, device: number): RangeError {
  return wrongRange(name, `memory of GPU ${device}, where the predictions are`, array);
}

/** Checks for a device array of this type and length on this GPU. */
function placed(
  name: string,
  value: unknown,
  dtype: DType,
  length: number,
  shape: string,
  device: number,
): DeviceArray {
  if (!DeviceArray.is(value)) {
    throw wrongType(name, `a DeviceArray of ${dtype}, as the predictions are on a GPU`, value);
  }
  if (value.dtype !== dtype) throw wrongType(name, `a DeviceArray of ${dtype}`, value);
  if (value.length !== length) throw wrongRange(name, `${length} elements (${shape})`, value);
  if (value.device !== device) throw elsewhere(name, value, device);
  return value;
}

function writable(
  name: string,
  value: unknown,
  dtype: DType,
  length: number,
  shape: string,
  device: number,
): DeviceArray {
  const array = placed(name, value, dtype, length, shape, device);
  writableHandle(name, array);
  return array;
}

/** A graph neither allocates nor waits, and reads only device memory. */
function refuseUncapturable({ classWeights }: Settings, targets: unknown, arrays: CallArrays): void {
  const { gradient, losses, sampleWeights, upstream, lossOut } = arrays;
  if (lossOut === undefined) throw wrongType('lossOut', `a DeviceArray, ${CAPTURED}`, lossOut);
  for (const [name, value] of Object.entries({ gradient, losses })) {
    if (value === true) throw wrongType(name, `a DeviceArray or false, ${CAPTURED}`, value);
  }
  for (const [name, value] of Object.entries({ targets, classWeights, sampleWeights, upstream })) {
    if (Array.isArray(value) || typedArrayType(value) !== undefined) {
      throw wrongType(name, `a DeviceArray, ${CAPTURED}`, value);
    }
  }
}

// What calls on arrays in host memory and calls on device arrays have in common.
import { Slot } from '../backends/enumerations.js';
import { wrongRange } from '../checks/errors.js';
import type { DeviceArray } from '../gpu/device-array.js';
import type { Settings } from './options.js';

/** The arrays of a call, including those among the options. */
export interface CallArrays {
  gradient: boolean | Float32Array | DeviceArray;
  losses: boolean | Float32Array | DeviceArray;
  sampleWeights: Float32Array | DeviceArray | undefined;
  upstream: number | Float32Array | DeviceArray;
  stream: unknown;
  lossOut: DeviceArray | undefined;
}

/** The number of rows that `length` predictions make. */
export function rowsOf({ classes, inner }: Settings, length: number, predictions: unknown): number {
  if (length % (classes * inner) !== 0) {
    const unit = inner === 1 ? `${classes} (classes)` : `${classes} * ${inner} (classes * inner)`;
    throw wrongRange('predictions', `a multiple of ${unit} elements`, predictions);
  }
  return length / classes;
}

export function fillNumbers(numbers: Float64Array, settings: Settings, upstream: unknown): void {
  numbers[Slot.classes] = settings.classes;
  numbers[Slot.inner] = settings.inner;
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
}

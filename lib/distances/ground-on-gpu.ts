import { gpuBackend } from '../backends/current.js';
import { arrayHandle, type DeviceArray } from '../gpu/device-array.js';
import { type Stream, streamOn } from '../gpu/stream.js';
import { type GroundDistance, groundDistance } from './ground-distance.js';
import type { GroundValues } from './kind.js';
import { type GroundDistanceKind, KIND_NAMES } from './kinds.js';

/**
 * Like `matrix()` or `energy()`, for distances that a GPU has computed: they are not checked, and stay there. Waits for the
 * stream. Not part of the package's interface, as the ground distance works on that GPU only.
 */
export function groundOnGpu(
  kind: GroundDistanceKind & ('matrix' | 'energy'),
  distances: DeviceArray,
  classes: number,
  values: Pick<GroundValues, 'exponent' | 'offset' | 'indefinite'>,
  stream?: Stream,
): GroundDistance {
  const { exponent = 1, offset = 0, indefinite = false } = values;
  const { device } = distances;
  const ground = gpuBackend().groundFromDistances(
    KIND_NAMES.indexOf(kind),
    arrayHandle('distances', distances),
    classes,
    exponent,
    offset,
    indefinite,
    streamOn('stream', stream, device),
  );
  return groundDistance(kind, { classes, ...values }, { device, ground });
}

import { gpuBackend } from '../backends/current.js';
import { arrayHandle, type DeviceArray } from '../gpu/device-array.js';
import { type Stream, streamOn } from '../gpu/stream.js';
import { type GroundDistance, groundDistance } from './ground-distance.js';
import { checkMatrixOptions, type MatrixOptions } from './matrix.js';

/**
 * As `matrix()`, of distances that a GPU has computed: they are not checked, and stay there. Waits for the stream. Not part of
 * the package's interface: the ground distance works on that GPU alone.
 */
export function matrixOnGpu(
  distances: DeviceArray,
  classes: number,
  options: MatrixOptions | 'xemd1' | 'xemd2',
  stream?: Stream,
): GroundDistance {
  const { exponent, offset } = checkMatrixOptions(options);
  const { device } = distances;
  const array = arrayHandle('distances', distances);
  const ground = gpuBackend().groundFromDistances(array, classes, exponent, offset, streamOn('stream', stream, device));
  return groundDistance('matrix', { classes, exponent, offset }, { device, ground });
}

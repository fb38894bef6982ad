// The distances between centroids as dispatches.
import { SCALES } from '../backends/enumerations.js';
import { choice } from '../checks/arguments.js';
import type { Range } from './buffer-plan.js';
import { type Dispatch, dispatchOf } from './dispatch.js';
import type { GpuBuffer, GpuDevice } from './gpu-types.js';
import { type CentroidShape, markKernel } from './wgsl/centroid-update.js';
import { distanceKernel, distanceWorkgroups } from './wgsl/class-distances.js';
import { extremeKernel, extremeWords, meanRankKernel, rankKernel, unitKernel } from './wgsl/distance-scales.js';
import { strides } from './wgsl/strides.js';

export type DistanceScale = (typeof SCALES)[number];

export const scaleOf = (scale: unknown = 'rank'): DistanceScale => SCALES[choice('scale', scale, SCALES)];

/** Bytes of the scratch space. What comes first, the marks of the centroids, is no longer needed when the rest is written. */
export const distanceScratch = (classes: number, scale: DistanceScale): number =>
  4 * (scale === 'rank' ? classes ** 2 : extremeWords(classes));

/** Which classes have a centroid. Centroids are read as `features`. */
interface Marking {
  readonly features: Range<GpuBuffer>;
  readonly scratch: Range<GpuBuffer>;
}

export const markDispatch = (device: GpuDevice, problem: CentroidShape, arrays: Marking): Dispatch =>
  dispatchOf(device, { name: 'marks', problem, source: markKernel, arrays, ...strides(problem.classes) });

interface Distances extends CentroidShape {
  readonly scale: DistanceScale;
  readonly factor: number;
}

export function distanceDispatches(
  device: GpuDevice,
  { classes, features, scale, factor }: Distances,
  arrays: Marking & { readonly distances: Range<GpuBuffer> },
): Dispatch[] {
  const { distances, scratch } = arrays;
  const shape = { classes, features };
  const scaling = { problem: { classes }, arrays: { scratch, distances } };
  const ofPairs = strides(classes ** 2);
  const scaled = { ...ofPairs, numbers: { ...ofPairs.numbers, factor } };
  return [
    markDispatch(device, shape, { features: arrays.features, scratch }),
    dispatchOf(device, {
      name: 'distances',
      problem: { ...shape, inUnits: scale === 'none' },
      source: distanceKernel,
      arrays,
      numbers: {},
      workgroups: distanceWorkgroups(classes),
    }),
    ...(scale === 'rank'
      ? [
          dispatchOf(device, { name: 'ranks', ...scaling, source: rankKernel, numbers: {}, workgroups: classes }),
          dispatchOf(device, { name: 'mean ranks', ...scaling, source: meanRankKernel, ...scaled }),
        ]
      : [
          dispatchOf(device, { name: 'extremes', ...scaling, source: extremeKernel, ...strides(classes) }),
          dispatchOf(device, { name: 'scale', ...scaling, problem: { classes, scale }, source: unitKernel, ...scaled }),
        ]),
  ];
}

// Targets in host memory: class indices or distributions.

import type { Targets } from '../backends/backend.js';
import { attachedLength } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { checkLabels } from '../checks/labels.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import type { DeviceArray } from '../gpu/device-array.js';
import type { Settings } from './options.js';

/** A class index per row, of any integer type; or a distribution over the classes per row, as float32. */
export type EmdTargets = Targets | readonly number[] | DeviceArray;

/** Targets in a form that backends take. Whether an index is in range, or to be ignored, is for the backend to check. */
export function checkTargets(settings: Settings, targets: unknown, length: number, rows: number): Targets {
  switch (typedArrayType(targets)) {
    case 'Float32Array':
      refuseIgnoreIndex(settings);
      if (attachedLength('targets', targets as Float32Array) !== length) {
        throw wrongRange('targets', distributionsExpected(length), targets);
      }
      return targets as Float32Array;
    default:
      return checkLabels('targets', targets, rows, settings.classes, ' or distributions (Float32Array)');
  }
}

export const distributionsExpected = (length: number) =>
  `${length} elements (a distribution over the classes per row; class indices are integer arrays)`;

export function refuseIgnoreIndex({ ignoreIndex }: Settings): void {
  if (ignoreIndex !== undefined) {
    throw wrongType('ignoreIndex', 'undefined, as the targets are distributions', ignoreIndex);
  }
}

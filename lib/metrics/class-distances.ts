// How far apart classes are according to a ground distance. It is read through its public properties, as metrics load no backend,
// and also take ground distances made by other copies of the package.
import { wrongRange, wrongType } from '../checks/errors.js';
import { BETWEEN } from '../distances/between.js';
import type { ClassDistances, ReadableValues } from '../distances/kind.js';
import type { GroundDistanceKind } from '../distances/kinds.js';

/** A GroundDistance, or what its `toJSON()` returned. */
export interface GroundDistanceLike extends ReadableValues {
  readonly kind: GroundDistanceKind;
  readonly classes?: number;
}

/** @throws TypeError, RangeError for anything that is not a ground distance for this many classes. */
export function classDistances(ground: unknown, classes: number): ClassDistances {
  const { kind, classes: own } = Object(ground) as GroundDistanceLike;
  if (typeof kind !== 'string' || !Object.hasOwn(BETWEEN, kind)) {
    throw wrongType('groundDistance', 'a GroundDistance', ground);
  }
  if (own !== undefined && own !== classes) {
    throw wrongRange('groundDistance', `one of ${classes} classes`, `${kind} of ${own}`);
  }
  return BETWEEN[kind](ground as GroundDistanceLike, classes);
}

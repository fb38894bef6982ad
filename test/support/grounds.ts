// Random ground distances, made once: to make an energy of 600 classes, and to check it, takes longer than all of a suite's losses.
import type { Ground } from '../../shared/oracle/distances.js';
import { type GroundName, makeGround } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { seed } from './scale.js';

const grounds = new Map<string, Ground>();

export function groundOf(name: GroundName, classes: number): Ground {
  const key = `${name} ${classes}`;
  const ground = grounds.get(key) ?? makeGround(name, classes, new Random(seed));
  grounds.set(key, ground);
  return ground;
}

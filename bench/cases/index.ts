// All cases, in the order of the report. A new case is a line in one of these files, a new group another such file.
import type { Group } from './case.js';
import { dense } from './dense.js';
import { energyDistance } from './energy.js';
import { groundDistances } from './ground-distances.js';
import { learnedDistance } from './learned.js';
import { options } from './options.js';
import { ordered } from './ordered.js';
import { powerOne } from './power-1.js';
import { smallCalls } from './small-calls.js';
import { training } from './training.js';

export const GROUPS: readonly Group[] = [
  smallCalls,
  ordered,
  groundDistances,
  energyDistance,
  powerOne,
  options,
  dense,
  learnedDistance,
  training,
];

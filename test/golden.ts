import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Problem, Targets } from './oracle.js';
import type { Ground } from './oracle-distances.js';

/** A golden vector: inputs exact in float32, results computed in higher precision elsewhere. */
export interface Golden {
  name: string;
  problem: Problem;
  expected: { losses: number[]; gradient: number[]; rows: number; loss?: number; crossEntropy?: number; emd?: number };
}

interface Stored {
  name: string;
  classes: number;
  options: Omit<Problem, 'classes' | 'ground' | 'predictions' | 'targets'>;
  groundDistance: Ground;
  predictions: (number | '-Infinity')[];
  targets: Targets;
  expected: Golden['expected'];
}

export function goldenVectors(): Golden[] {
  const file = join(__dirname, '../../test/vectors/loss.json.gz');
  const stored: Stored[] = JSON.parse(gunzipSync(readFileSync(file)).toString());
  return stored.map(({ name, classes, options, groundDistance, predictions, targets, expected }) => ({
    name,
    problem: { ...options, classes, ground: groundDistance, predictions: predictions.map(Number), targets },
    expected,
  }));
}

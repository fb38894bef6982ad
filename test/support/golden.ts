import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import type { Ground } from '../../shared/oracle/distances.js';
import { norm } from '../../shared/oracle/numbers.js';
import type { Problem, Targets } from '../../shared/oracle/oracle.js';
import type { Slack } from '../../shared/oracle/tolerances.js';
import { checkResult, gradientRow, type Result } from './check.js';

/** A golden vector: inputs that are exact in float32, and results computed elsewhere in higher precision. */
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

/** `targets` covers unusual targets, and circles with one wide gap. */
export function goldenVectors(of: 'loss' | 'targets' | 'energy'): Golden[] {
  const file = join(__dirname, `../../../test/vectors/${of}.json.gz`);
  const stored: Stored[] = JSON.parse(gunzipSync(readFileSync(file)).toString());
  return stored.map(({ name, classes, options, groundDistance, predictions, targets, expected }) => ({
    name,
    problem: { ...options, classes, ground: groundDistance, predictions: predictions.map(Number), targets },
    expected,
  }));
}

/** The result within the promised bounds, and each gradient row to 5e-6 of its norm, or the multiple of it that a backend promises. */
export function checkGolden({ name, problem, expected }: Golden, result: Result, slack?: Slack): void {
  checkResult(problem, result, name, slack);
  const most = 5e-6 * (slack?.gradient ?? 1);
  expected.losses.forEach((_, b) => {
    const wanted = gradientRow(problem, expected.gradient, b);
    const error = norm(gradientRow(problem, result.gradient as Float32Array, b).map((g, c) => g - wanted[c]));
    assert.ok(error <= most * norm(wanted), `gradient of row ${b}: off by ${error / norm(wanted)}`);
  });
}

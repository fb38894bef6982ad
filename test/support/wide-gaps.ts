// Checks of circles with one gap much wider than the others, for every backend.
import * as assert from 'uvu/assert';
import { norm } from '../../shared/oracle/numbers.js';
import { oracle, type Problem } from '../../shared/oracle/oracle.js';
import { problemOf } from '../../shared/oracle/problems.js';
import { gradientRow } from './check.js';

interface Result {
  losses: unknown;
  gradient: unknown;
}
type Evaluate = (problem: Problem) => Result;

/** Checks every gradient row to 5e-6 of its norm, as with the golden vectors. */
export const checkRows = (evaluate: Evaluate, problem: Problem, what: string): void =>
  checkRowsOf(evaluate(problem), problem, what);

/** The same of a result that is there. */
export function checkRowsOf(
  result: Result,
  problem: Problem,
  what: string,
  bounds = { loss: 5e-6, gradient: 5e-6 },
): void {
  const expected = oracle(problem);
  expected.losses.forEach((loss, b) => {
    const actual = (result.losses as Float32Array)[b];
    assert.ok(
      Math.abs(actual - loss) <= bounds.loss * Math.abs(loss),
      `${what}: loss of row ${b}: ${actual} is not ${loss}`,
    );
    const wanted = gradientRow(problem, expected.gradient, b);
    const error = norm(gradientRow(problem, result.gradient as Float32Array, b).map((g, c) => g - wanted[c]));
    assert.ok(error <= bounds.gradient * norm(wanted), `${what}: gradient of row ${b}: off by ${error / norm(wanted)}`);
  });
}

/** Checks four hours, one of them far from the next, whose gradient must be the same wherever the circle begins. */
export function checkFourHours(evaluate: Evaluate): void {
  const logits = [0.3, -0.2, 0.1, 0.5];
  const gradient = [-0.124028, -0.166447, 0.026531, 0.263944];
  for (let by = 0; by < 4; by++) {
    const turned = <T>(values: T[]) => values.map((_, i) => values[(i + by) % 4]);
    for (const wide of [1e6, 1e8]) {
      const ground = { kind: 'circular', gaps: turned([1, 1, 1, wide]) } as const;
      const result = evaluate(problemOf([turned(logits)], [(1 - by + 4) % 4], { ground }));
      const wanted = turned(gradient);
      Array.from(result.gradient as Float32Array, (g, i) =>
        assert.ok(Math.abs(g - wanted[i]) < 1e-6, `turned by ${by}, gap ${wide}: ${result.gradient}`),
      );
    }
  }
}

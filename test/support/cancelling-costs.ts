// Matrices whose costs have both signs, and distributions in whose mean next to nothing is left of them.
import type { Problem } from '../../shared/oracle/oracle.js';
import { problemOf } from '../../shared/oracle/problems.js';
import type { Random } from '../../shared/oracle/random.js';

const DISTANCE = Math.fround(0.7);
/** What is left of costs of a quarter and more. */
const LEFT = 1e-4;

export function cancellingCosts(classes: number, input: 'logits' | 'probabilities', random: Random): Problem {
  const distances = new Float32Array(classes * classes).map((_, at) => (at % (classes + 1) === 0 ? 0 : DISTANCE));
  const offset = LEFT - DISTANCE ** 2 * (1 - 1 / classes);
  const rows = Array.from({ length: 5 }, () => {
    if (input === 'logits') return random.floats(classes, () => 2 * random.normal());
    const masses = random.floats(classes, () => random.uniform());
    const sum = masses.reduce((a, b) => a + b);
    return masses.map((mass) => mass / sum);
  });
  const targets = { kind: 'distribution', values: new Float32Array(rows.length * classes).fill(1 / classes) } as const;
  return problemOf(rows, [], { ground: { kind: 'matrix', distances, exponent: 2, offset }, input, targets });
}

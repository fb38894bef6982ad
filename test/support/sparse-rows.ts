// Problems whose rows have mass in a few classes, large and small, near each other or far apart: next to nothing crosses long stretches
// of boundaries, which running sums must not make up.
import type { Problem, Targets } from '../../shared/oracle/oracle.js';
import { type GroundName, isMatrix, layOut, makeGround, powersOf, problemOf } from '../../shared/oracle/problems.js';
import type { Random } from '../../shared/oracle/random.js';

const INPUTS = ['logits', 'probabilities'] as const;
const TARGETS = ['index', 'one-hot', 'distribution', 'near'] as const;
const INNER = [1, 1, 3] as const;
const ROWS = 6;
/** All pairs of more classes take their time. */
const MOST_WITH_MATRIX = 600;

type Kind = (typeof TARGETS)[number];

function drawClasses(classes: number, random: Random): number[] {
  const base = random.index(classes);
  return Array.from({ length: 2 + random.index(4) }, (_, j) =>
    random.pick([
      (base + j) % classes,
      (base - j + classes * 5) % classes,
      random.index(classes),
      random.pick([0, classes - 1]),
    ]),
  );
}

/** The target's mass in class `c`, which has `p` of the prediction. */
function targetMass(kind: Kind, p: number, random: Random): number {
  return kind === 'near' ? p * (1 + 1e-5 * random.normal()) : 10 ** (-3 * Math.abs(random.normal()));
}

function drawRow(classes: number, input: string, kind: Kind, random: Random) {
  const chosen = drawClasses(classes, random);
  const masses = new Map(chosen.map((c) => [c, 10 ** (-4.5 * Math.abs(random.normal()))]));
  const sum = Array.from(masses.values()).reduce((a, b) => a + b);
  const logits = input === 'logits';
  const prediction = new Float32Array(classes).fill(logits ? -Infinity : 0);
  const target = new Float32Array(classes);
  const label = random.pick([...chosen, random.index(classes)]);
  for (const [c, mass] of masses) {
    prediction[c] = logits ? Math.log(mass) : mass / sum;
    if (kind !== 'one-hot') target[c] = targetMass(kind, mass / sum, random);
  }
  if (kind === 'one-hot') target[label] = 1;
  return { prediction, target, label };
}

/** A random problem of that kind, and what tells it from others. */
export function sparseProblem(ground: GroundName, classes: number, random: Random): [problem: Problem, form: object] {
  const input = random.pick(INPUTS);
  const kind = random.pick(TARGETS);
  const form = { ground, classes, power: random.pick(powersOf(ground)), input, kind, inner: random.pick(INNER) };
  const rows = Array.from({ length: ROWS }, () => drawRow(classes, input, kind, random));
  const labels = rows.map(({ label }) => label);
  const values = layOut(
    rows.map(({ target }) => target),
    classes,
    form.inner,
  );
  const targets: Targets = kind === 'index' ? { kind, values: labels } : { kind: 'distribution', values };
  const predictions = rows.map(({ prediction }) => prediction);
  const { power, inner } = form;
  const change = { ground: makeGround(ground, classes, random), power, input, inner, targets };
  return [problemOf(predictions, labels, change), form];
}

/** The numbers of classes of `sizes` that a ground distance takes in little time. */
export const sparseSizes = (ground: GroundName, sizes: readonly number[]) =>
  sizes.filter((classes) => !isMatrix(ground) || classes <= MOST_WITH_MATRIX);

// Problems whose rows have mass in a few classes, large and small, near each other or far apart: next to nothing crosses long stretches
// of boundaries, which running sums must not make up. With power 1 hardly any sign is certain there, so that some rows have a little mass
// everywhere.
import type { Ground } from '../../shared/oracle/distances.js';
import type { Problem, Targets } from '../../shared/oracle/oracle.js';
import { type GroundName, isMatrix, layOut, makeGround, powersOf, problemOf } from '../../shared/oracle/problems.js';
import type { Random } from '../../shared/oracle/random.js';
import { full } from './scale.js';

const INPUTS = ['logits', 'probabilities'] as const;
const TARGETS = ['index', 'distribution', 'near'] as const;
const INNER = [1, 1, 3] as const;
const ROWS = 6;
/** The mass of every class, in some rows. */
const FLOOR = 1e-5;
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
  const floor = random.pick([0, 0, FLOOR]);
  const masses = new Map(chosen.map((c) => [c, 10 ** (-4.5 * Math.abs(random.normal()))]));
  const sum = Array.from(masses.values()).reduce((a, b) => a + b);
  const logits = input === 'logits';
  const prediction = new Float32Array(classes).fill(logits ? Math.log(floor) : floor);
  const target = new Float32Array(classes);
  const label = random.pick([...chosen, random.index(classes)]);
  for (const [c, mass] of masses) {
    prediction[c] = logits ? Math.log(mass) : mass / sum;
    target[c] = targetMass(kind, mass / sum, random);
  }
  return { prediction, target, label };
}

function sparseProblem(name: GroundName, ground: Ground, classes: number, random: Random): [Problem, object] {
  const [input, kind, inner] = [random.pick(INPUTS), random.pick(TARGETS), random.pick(INNER)];
  const power = random.pick(powersOf(name));
  const rows = Array.from({ length: ROWS }, () => drawRow(classes, input, kind, random));
  const labels = rows.map(({ label }) => label);
  const values = layOut(
    rows.map(({ target }) => target),
    classes,
    inner,
  );
  const targets: Targets = kind === 'index' ? { kind, values: labels } : { kind: 'distribution', values };
  const predictions = rows.map(({ prediction }) => prediction);
  return [
    problemOf(predictions, labels, { ground, power, input, inner, targets }),
    { ground: name, classes, power, input, kind, inner },
  ];
}

/** `count` random problems of each size, but for those that take long, each with what tells it from others. */
export function* sparseProblems(
  name: GroundName,
  sizes: readonly number[],
  count: number,
  random: Random,
): Iterable<[problem: Problem, form: object]> {
  for (const classes of sizes.filter((size) => !isMatrix(name) || size <= MOST_WITH_MATRIX)) {
    const ground = makeGround(name, classes, random);
    for (let i = 0; i < count; i++) {
      const [problem, form] = sparseProblem(name, ground, classes, random);
      yield [problem, { ...form, i }];
    }
  }
}

/** Logits of two neighbours and of a little mass everywhere else, which adds up; the target is in the two alone. */
function aboveAFloor(name: GroundName, classes: number, random: Random): Problem {
  const targets: Float32Array[] = [];
  const predictions = Array.from({ length: 4 * ROWS }, () => {
    const prediction = new Float32Array(classes).fill(random.between(-14, -7));
    const target = new Float32Array(classes);
    const at = random.pick([0, classes - 2]);
    for (const c of [at, at + 1]) {
      prediction[c] = -random.uniform();
      target[c] = Math.exp(prediction[c]);
    }
    targets.push(target);
    return prediction;
  });
  const values = layOut(targets, classes);
  return problemOf(predictions, [], {
    ground: makeGround(name, classes, random),
    targets: { kind: 'distribution', values },
  });
}

/**
 * Probabilities of two neighbours, the class being the one whose probability has digits far behind those of 1 - p: what is left of both
 * crosses all boundaries behind them.
 */
function twoNeighbours(name: GroundName, classes: number, random: Random): Problem {
  const labels = Array.from({ length: ROWS }, () => 1 + random.index(3));
  const predictions = labels.map((label) => {
    const prediction = new Float32Array(classes);
    prediction[label] = random.between(0.01, 0.1);
    prediction[label - 1] = 1 - prediction[label];
    return prediction;
  });
  return problemOf(predictions, labels, { ground: makeGround(name, classes, random), input: 'probabilities' });
}

/**
 * Logits of a class near one end, of its neighbour, and of the other end, which has next to nothing: that crosses all in between, and E must
 * not make up more.
 */
function littleFarAway(name: GroundName, classes: number, random: Random): Problem {
  const labels = Array.from({ length: ROWS }, (_, b) => (b % 2 ? 1 + random.index(3) : classes - 2 - random.index(3)));
  const predictions = labels.map((label, b) => {
    const prediction = new Float32Array(classes).fill(Number.NEGATIVE_INFINITY);
    prediction[b % 2 ? classes - 1 : 0] = -random.between(8, 12);
    prediction[label] = -random.uniform();
    prediction[b % 2 ? label - 1 : label + 1] = 0;
    return prediction;
  });
  return problemOf(predictions, labels, { ground: makeGround(name, classes, random), power: 1 });
}

/** All of many classes, each with what tells it from others. */
export function* longSparseProblems(random: Random): Iterable<[problem: Problem, form: object]> {
  const classes = 20_001;
  for (const ground of ['ordered', 'circular', 'tree-path'] as const) {
    yield [twoNeighbours(ground, classes, random), { ground, input: 'probabilities' }];
    yield [littleFarAway(ground, classes, random), { ground, power: 1 }];
    if (ground !== 'tree-path' && !full) continue;
    yield [aboveAFloor(ground, classes, random), { ground, input: 'logits' }];
  }
}

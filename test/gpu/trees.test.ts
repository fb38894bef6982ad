// The hazards of trees whose nodes several threads share: labels where two threads meet, subtrees and paths across many threads, classes
// that are not numbered as the walk through the tree goes, edges that are much shorter than others, and more rows than run at once.
import * as assert from 'uvu/assert';
import { DeviceArray, emdLoss } from '../../lib/index.js';
import { optionsOf, predictionsOf, targetsOf } from '../../shared/oracle/call.js';
import type { Ground } from '../../shared/oracle/distances.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import { type Description, layOut, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { checkResult } from '../support/check.js';
import { scaled, seed } from '../support/scale.js';
import { sameAnywhere } from './support/anywhere.js';
import { evaluateOnDevice, release } from './support/device-call.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('trees on a GPU');

/** Parents in preorder, each in front of its children: node i's, for i from 1 on. */
const SHAPES: Record<string, (i: number, classes: number, random: Random) => number> = {
  path: (i) => i - 1,
  star: () => 0,
  // Two branches from the root, each half as deep as there are classes.
  fork: (i, classes) => (i === classes >> 1 ? 0 : i - 1),
  // The upper half is a path, from whose nodes the lower half hangs, from the deepest one upwards: each subtree ends elsewhere.
  comb: (i, classes) => (i <= classes >> 1 ? i - 1 : Math.max(0, 2 * (classes >> 1) - i)),
  // Groups of ten below groups of ten.
  groups: (i) => (i % 100 === 1 ? 0 : i % 10 === 1 ? i - (i % 100) + 1 : i - ((i - 1) % 10)),
  random: (i, _, random) => (random.uniform() < 0.6 ? i - 1 : -2),
};
type Shape = keyof typeof SHAPES;

/** Some of each layout: as many classes as it is for, and one more; and numbers that leave threads without classes. */
const CLASSES = scaled(
  [2, 3, 8, 31, 32, 33, 64, 65, 101, 129, 256, 257, 513, 1024, 1025, 2049],
  [
    33, 34, 49, 64, 65, 97, 101, 128, 129, 256, 257, 300, 512, 513, 1000, 1024, 1025, 1100, 2048, 2049, 4097, 8193,
    16_385,
  ],
);

interface Numbered {
  ground: Extract<Ground, { kind: 'tree' }>;
  /** The class at each place in preorder. */
  classAt: number[];
}

/** A tree with edges of random lengths, whose classes are numbered in preorder or in any order. */
function makeTree(shape: Shape, classes: number, scattered: boolean, random: Random): Numbered {
  const parentOf = [-1];
  const open = [0];
  for (let i = 1; i < classes; i++) {
    let parent = SHAPES[shape](i, classes, random);
    // A sibling of one of the nodes on the way down to the last one.
    if (parent === -2) {
      open.length = Math.max(1, open.length - 1 - random.index(4));
      parent = open[open.length - 1];
    }
    if (shape === 'random') open.push(i);
    parentOf.push(parent);
  }
  const places = Array.from({ length: classes }, (_, i) => i);
  const classAt = scattered ? random.shuffled(places) : places;
  const parents = new Int32Array(classes);
  parentOf.forEach((parent, place) => {
    parents[classAt[place]] = parent < 0 ? -1 : classAt[parent];
  });
  const lengths = Float64Array.from({ length: classes }, () => random.between(0.25, 4));
  return { ground: { kind: 'tree', parents, lengths }, classAt };
}

function check(problem: Problem, description: object): void {
  checkResult(problem, evaluateOnDevice(problem), JSON.stringify({ seed, ...description }));
}

/** Places in preorder where threads may meet. */
function edgesOf(classes: number): number[] {
  const near = [1, 2, 17, 25, 33, classes >> 1].flatMap((share) => [share - 1, share, classes - share]);
  const all = [...new Set([0, classes - 1, ...near])].filter((place) => place >= 0 && place < classes);
  return classes > 1000 ? all.slice(0, scaled(5, 20)) : all;
}

for (const shape of Object.keys(SHAPES)) {
  for (const scattered of [false, true]) {
    const how = `${shape}, numbered ${scattered ? 'in any order' : 'in preorder'}`;

    test(`${how}: labels at the edges of threads, for classes at the edges of layouts`, () => {
      const random = new Random(seed);
      for (const classes of CLASSES) {
        const { ground, classAt } = makeTree(shape, classes, scattered, random);
        const labels = edgesOf(classes).map((place) => classAt[place]);
        for (const power of [2, 1] as const) {
          for (const mood of ['calm', 'assorted'] as const) {
            const description: Description = { ...PLAIN, classes, power, rows: labels.length, mood, mix: 'both' };
            const problem: Problem = { ...makeProblem(description, seed), ground };
            problem.targets.values = Int32Array.from(labels);
            check(problem, { ...description, shape, scattered });
          }
        }
      }
    });

    test(`${how}: distributions, some of them class indices`, () => {
      const random = new Random(seed);
      for (const classes of CLASSES) {
        const { ground } = makeTree(shape, classes, scattered, random);
        for (const power of [2, 1] as const) {
          const description = { ...PLAIN, targets: 'distribution', classes, power, rows: 6, mix: 'both' } as const;
          const problem: Problem = { ...makeProblem({ ...description, weights: 'both' }, seed), ground };
          check(problem, { ...description, shape, scattered });
        }
      }
    });
  }
}

test('equal logits, in trees of equal edges', () => {
  for (const shape of Object.keys(SHAPES)) {
    for (const classes of [8, 32, 33, 101, 1000, 16_001]) {
      const { ground } = makeTree(shape, classes, false, new Random(seed));
      ground.lengths = undefined;
      const row = new Float32Array(classes).fill(3);
      for (const power of [2, 1] as const) {
        const labels = [0, classes >> 1, classes - 1];
        check(problemOf([row, row, row], labels, { ground, power, crossEntropyWeight: 1 }), { shape, classes, power });
      }
    }
  }
});

test('very sure rows, right and wrong', () => {
  for (const shape of Object.keys(SHAPES)) {
    for (const classes of [2, 8, 32, 33, 101, 600, 2000]) {
      const { ground } = makeTree(shape, classes, true, new Random(seed));
      for (const lead of [20, 40, 80, 200]) {
        const rows = [0, 1, 2].map((row) => new Random(seed + row).floats(classes, (i) => Math.sin(i * (row + 1))));
        const labels = [3, classes - 1, 17].map((label) => label % classes);
        rows[0][labels[0]] += lead;
        rows[1][labels[1]] += lead;
        rows[2][5 % classes] += lead;
        check(problemOf(rows, labels, { ground, crossEntropyWeight: 0.5 }), { shape, classes, lead });
      }
    }
  }
});

// What lies beyond a long edge is little, but the mass close to the label must not cover it.
test('edges that are much shorter than others: much mass close to the label, and little far away', () => {
  for (const shape of Object.keys(SHAPES)) {
    for (const classes of [8, 32, 33, 101, 1000]) {
      for (const short of [1e-2, 1e-3, 1e-5, 1e-9, 1e-30]) {
        const { ground, classAt } = makeTree(shape, classes, true, new Random(seed));
        const lengths = new Float64Array(classes).fill(1);
        const [near, far] = [classAt[classes >> 1], classAt[classes - 1]];
        lengths[near] = short;
        ground.lengths = lengths;
        for (const share of [1, 1e-3, 1e-6]) {
          for (const power of [2, 1] as const) {
            const row = new Float32Array(classes).fill(-30);
            row[ground.parents[near]] = 0;
            row[far] = Math.log(share);
            row[near] = -1;
            check(problemOf([row], [near], { ground, power }), { shape, classes, short, share, power });
          }
        }
      }
    }
  }
});

// What moves farthest is rounded on every edge in between, always the same way.
test('long paths over which nearly nothing moves, or always the same', () => {
  const lengthened = (classes: number): [string, Int32Array][] => [
    ['path', Int32Array.from({ length: classes }, (_, i) => i - 1)],
    ['caterpillar', Int32Array.from({ length: classes }, (_, i) => (i === 0 ? -1 : i % 2 ? i - 1 : i - 2))],
    ['legs', Int32Array.from({ length: classes }, (_, i) => (i === 0 ? -1 : Math.max(0, i - 4)))],
  ];
  for (const classes of [32, 1000, 8000]) {
    for (const [shape, parents] of lengthened(classes)) {
      const ground: Ground = { kind: 'tree', parents };
      for (const power of [1, 2] as const) {
        const rows = [-19, -25].map((level) => new Float32Array(classes).fill(level).fill(0, 0, 2));
        rows.push(rows[1].slice().fill(Math.log(0.001), classes - 1));
        for (const share of [0.001, 0.01, 0.019]) {
          const row = new Float32Array(classes).fill(-Infinity).fill(0, 0, 1).fill(Math.log(0.5), 1, 2);
          rows.push(row.fill(Math.log(share), classes - 1));
        }
        const problem = problemOf(
          rows,
          rows.map(() => 0),
          { ground, power },
        );
        check(problem, { shape, classes, power });
        const moved = rows.map((_, row) =>
          Float32Array.from({ length: classes }, (_, i) => (i === 0 ? 0.5 + 10 ** -row / 9 : i === 2 ? 0.5 : 0)),
        );
        check(
          { ...problem, targets: { kind: 'distribution', values: layOut(moved, classes) } },
          { shape, classes, power },
        );
      }
    }
  }
});

test('distributions close to the prediction, over long and short edges', () => {
  for (const shape of Object.keys(SHAPES)) {
    for (const classes of [8, 32, 60, 1000]) {
      for (const scale of [1, 1000]) {
        const random = new Random(seed);
        const { ground } = makeTree(shape, classes, true, random);
        ground.lengths = Float64Array.from({ length: classes }, () => scale * random.between(0.25, 4));
        const row = random.floats(classes, () => random.normal());
        const near = row.map((z) => Math.exp(z) * (1 + 1e-6 * random.normal()));
        for (const power of [1, 2] as const) {
          const problem = problemOf([row], [0], { ground, power });
          check({ ...problem, targets: { kind: 'distribution', values: near } }, { shape, classes, scale, power });
        }
      }
    }
  }
});

test('predictions, targets and gradients anywhere in memory are the same to the last bit, with nothing beside them touched', () => {
  for (const [classes, rows] of [
    [7, 40],
    [32, 33],
    [37, 9],
    [104, 6],
    [301, 5],
    [1003, 3],
    [2003, 2],
  ]) {
    for (const targets of ['index', 'distribution'] as const) {
      const { ground } = makeTree('groups', classes, false, new Random(seed));
      const problem = { ...makeProblem({ ...PLAIN, classes, rows, targets, mood: 'calm', mix: 'both' }, seed), ground };
      sameAnywhere(problem, 'float32', `${targets}, ${rows} x ${classes}`);
    }
  }
});

test('rows have the same bits when there are more of them than run at once, beside rows that are void', () => {
  for (const [classes, rows] of [
    [12, 5000],
    [40, 1200],
    [101, 600],
    [1000, 90],
    [1600, 70],
  ]) {
    for (const targets of ['index', 'distribution'] as const) {
      const { ground } = makeTree('random', classes, true, new Random(seed));
      const description = {
        ...PLAIN,
        classes,
        targets,
        rows: 7,
        mood: 'calm',
        mix: 'both',
        reduction: 'none',
      } as const;
      const few = { ...makeProblem(description, seed), ground };
      const many: Problem = {
        ...few,
        predictions: new Float32Array(rows * classes),
        sampleWeights: new Float32Array(rows).fill(1),
      };
      const [pattern, values] = [predictionsOf(few), targetsOf(few.targets) as Float32Array | Int32Array];
      const width = values.length / 7;
      const repeated = targets === 'index' ? new Int32Array(rows) : new Float32Array(rows * width);
      for (let row = 0; row < rows; row++) {
        const from = row % 7;
        (many.predictions as Float32Array).set(pattern.subarray(from * classes, (from + 1) * classes), row * classes);
        repeated.set(values.subarray(from * width, (from + 1) * width), row * width);
        if (row % 5 === 3) (many.sampleWeights as Float32Array)[row] = 0;
        if (row % 11 === 4) (many.predictions as Float32Array)[row * classes + (row % classes)] = Number.NaN;
      }
      const expected = evaluateOnDevice(few).gradient as Float32Array;
      const array = DeviceArray.from(many.predictions as Float32Array);
      const { gradient } = emdLoss(array, repeated, { ...optionsOf(many), gradient: array });
      const found = (gradient as DeviceArray).toHost() as Float32Array;
      release(array);
      for (let row = 0; row < rows; row++) {
        const own = found.subarray(row * classes, (row + 1) * classes);
        const what = `${targets}, ${rows} x ${classes}, row ${row}`;
        if (row % 5 === 3)
          assert.ok(
            own.every((entry) => entry === 0),
            what,
          );
        else if (row % 11 === 4) assert.ok(own.every(Number.isNaN), what);
        else sameBits(own, expected.slice((row % 7) * classes, ((row % 7) + 1) * classes), what);
      }
    }
  }
});

// Next to nothing crosses the edges to the root, but their number is that of the classes.
test('paths, numbered from the root or towards it: all mass in three neighbours of the middle', () => {
  const random = new Random(seed);
  for (const classes of scaled([33, 2000], [33, 513, 2000, 9000])) {
    const rows = Array.from({ length: 12 }, () => {
      const at = (classes >> 2) + random.index(classes >> 1);
      const prediction = new Float32Array(classes).fill(-Infinity);
      const target = new Float32Array(classes);
      for (let c = at; c < at + 3; c++) {
        prediction[c] = random.normal();
        target[c] = random.uniform();
      }
      return { prediction, target };
    });
    const values = layOut(
      rows.map(({ target }) => target),
      classes,
    );
    const predictions = rows.map(({ prediction }) => prediction);
    for (const parentOf of [(i: number) => i - 1, (i: number) => (i === classes - 1 ? -1 : i + 1)]) {
      const ground: Ground = { kind: 'tree', parents: Int32Array.from({ length: classes }, (_, i) => parentOf(i)) };
      const problem = problemOf(predictions, [], { ground, power: 1, targets: { kind: 'distribution', values } });
      checkResult(problem, evaluateOnDevice(problem), JSON.stringify({ seed, classes, root: parentOf(0) === -1 }));
    }
  }
});

test.run();

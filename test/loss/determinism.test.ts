// Identical bits: from run to run, for any number of threads, in place or not, wherever a row is in the batch.
// runner: numeric, 10 s
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type EmdResult, emdLoss, emdLossAsync, setThreads } from '../../lib/index.js';
import { evaluate, optionsOf, targetsOf } from '../../shared/oracle/call.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import {
  allowed,
  type Description,
  GROUNDS,
  type GroundName,
  layOut,
  MAIN_GROUNDS,
  makeProblem,
  PLAIN,
} from '../../shared/oracle/problems.js';
import { sameArray, sameBits } from '../support/bits.js';
import { gradientRow } from '../support/check.js';
import { hasTurn, scaled, seed } from '../support/scale.js';

const test = suite('determinism');

function sameResult(actual: EmdResult, expected: EmdResult, what: string): void {
  for (const name of ['loss', 'crossEntropy', 'emd', 'rows', 'nonFinite'] as const) {
    assert.ok(Object.is(actual[name], expected[name]), `${what}: ${name} is ${actual[name]}, was ${expected[name]}`);
  }
  sameBits(actual.gradient, expected.gradient, `${what}: gradient`);
  sameBits(actual.losses, expected.losses, `${what}: losses`);
}

function forEach(
  change: Partial<Description>,
  sizes: (readonly [rows: number, classes: number])[],
  check: (description: Description) => void,
) {
  for (const ground of scaled<readonly GroundName[]>(MAIN_GROUNDS, GROUNDS)) {
    for (const power of [1, 2] as const) {
      for (const targets of ['index', 'distribution'] as const) {
        for (const [rows, classes] of sizes) {
          const description = { ...PLAIN, mix: 'both' as const, ground, power, targets, rows, classes, ...change };
          if (allowed(description) && hasTurn()) check(description);
        }
      }
    }
  }
}

// Small enough for the caller's thread, and large enough to be spread over five.
const SIZES = scaled(
  [
    [5, 3],
    [20_000, 9],
    [301, 601],
  ] as const,
  [
    [1, 2],
    [5, 3],
    [77, 101],
    [289, 33],
    [3000, 8],
    [20_000, 9],
    [20_000, 17],
    [301, 601],
    [289, 1000],
    [3, 32000],
  ] as const,
);

for (const inner of ['none', 'some', 'all'] as const) {
  test(`inner ${inner}: 1, 2 and 5 threads, and one run after another`, () => {
    forEach({ inner, weights: 'sample' }, [...SIZES], (description) => {
      const problem = makeProblem(description, seed);
      const what = JSON.stringify({ seed, ...description });
      const one = evaluate(problem, { threads: 1 });
      for (const threads of [1, 2, 5]) sameResult(evaluate(problem, { threads }), one, `${what}: ${threads} threads`);
      sameResult(evaluate(problem), one, `${what}: default threads`);
    });
  });

  test(`inner ${inner}: in place`, () => {
    forEach(
      { inner },
      [
        [5, 3],
        [77, 33],
        [40, 1000],
      ],
      (description) => {
        const problem = makeProblem(description, seed);
        const what = JSON.stringify({ seed, ...description });
        const apart = evaluate(problem);
        // `evaluate` copies the predictions; here the copy must be the gradient.
        const predictions = problem.predictions.slice();
        const together = inPlace(problem, predictions);
        sameArray(together.gradient, predictions, what);
        sameResult(together, apart, what);
      },
    );
  });
}

function inPlace(problem: Problem, predictions: Float32Array): EmdResult {
  return emdLoss(predictions, targetsOf(problem.targets), {
    ...optionsOf(problem),
    losses: true,
    gradient: predictions,
  });
}

test('setThreads', () => {
  const problem = makeProblem({ ...PLAIN, rows: 3000, classes: 33 }, seed);
  const before = evaluate(problem);
  try {
    for (const threads of [1, 3]) {
      setThreads(threads);
      sameResult(evaluate(problem), before, `${threads} threads`);
    }
  } finally {
    setThreads(2);
  }
});

test('a row has the same bits wherever it is in the batch', () => {
  for (const inner of ['none', 'some', 'all'] as const) {
    forEach(
      { inner, mood: 'assorted' },
      [
        [35, 8],
        [35, 3],
        [18, 101],
        [6, 300],
      ],
      (description) => {
        const { classes, rows } = description;
        const problem = makeProblem({ ...description, reduction: 'sum' }, seed);
        const what = JSON.stringify({ seed, ...description });
        const split = (values: ArrayLike<number>) =>
          Array.from({ length: rows }, (_, b) => Float32Array.from(gradientRow(problem, values, b)));
        const before = evaluate(problem);
        const predictions = split(problem.predictions);
        const gradients = split(before.gradient as Float32Array);
        for (const shift of [1, 3, 5]) {
          const from = (b: number) => (b + shift) % rows;
          const moved = <T>(values: ArrayLike<T>) => Array.from({ length: rows }, (_, b) => values[from(b)]);
          const { kind, values } = problem.targets;
          const after = evaluate({
            ...problem,
            predictions: layOut(moved(predictions), classes, problem.inner),
            targets:
              kind === 'index'
                ? { kind, values: moved(values) }
                : { kind, values: layOut(moved(split(values)), classes, problem.inner) },
          });
          sameBits(
            after.losses,
            Float32Array.from(moved(before.losses as Float32Array)),
            `${what}: losses moved by ${shift}`,
          );
          split(after.gradient as Float32Array).forEach((row, b) => {
            sameBits(row, gradients[from(b)], `${what}: gradient of row ${from(b)} at ${b}`);
          });
        }
      },
    );
  }
});

test('a batch of one is a row of a larger batch', () => {
  forEach(
    { mood: 'assorted' },
    [
      [19, 8],
      [19, 33],
      [9, 300],
    ],
    (description) => {
      const problem = makeProblem({ ...description, reduction: 'sum' }, seed);
      const all = evaluate(problem);
      const { classes } = problem;
      for (let b = 0; b < description.rows; b++) {
        const part = <T extends ArrayLike<unknown>>(values: T, width: number) =>
          (values as unknown as Float32Array).slice(b * width, b * width + width);
        const { kind, values } = problem.targets;
        const alone = evaluate({
          ...problem,
          predictions: part(problem.predictions, classes),
          targets: { kind, values: part(values, kind === 'index' ? 1 : classes) } as Problem['targets'],
        });
        const what = `${JSON.stringify({ seed, ...description })}: row ${b}`;
        sameBits(alone.gradient, part(all.gradient as Float32Array, classes), what);
        sameBits(alone.losses, part(all.losses as Float32Array, 1), what);
      }
    },
  );
});

test('what is asked for does not change what is computed', () => {
  forEach(
    {},
    [
      [35, 8],
      [9, 300],
    ],
    (description) => {
      const problem = makeProblem(description, seed);
      const what = JSON.stringify({ seed, ...description });
      const all = evaluate(problem);
      sameResult(evaluate(problem, { gradient: false }), { ...all, gradient: null }, `${what}: no gradient`);
      sameResult(evaluate(problem, { losses: false }), { ...all, losses: null }, `${what}: no losses`);
      sameResult(
        evaluate(problem, { gradient: false, losses: false }),
        { ...all, gradient: null, losses: null },
        `${what}: neither`,
      );
      const full = (length: number) => new Float32Array(length).fill(Number.NaN);
      const outputs = { gradient: full(problem.predictions.length), losses: full(description.rows) };
      sameResult(evaluate(problem, outputs), all, `${what}: outputs full of NaN`);
    },
  );
});

test('asynchronous calls give the bits of synchronous ones', async () => {
  const descriptions: Description[] = [];
  forEach(
    { weights: 'both' },
    [
      [77, 33],
      [99, 600],
    ],
    (description) => descriptions.push(description),
  );
  for (const description of descriptions) {
    const problem = makeProblem(description, seed);
    const options = { ...optionsOf(problem), losses: true };
    const later = await emdLossAsync(problem.predictions, targetsOf(problem.targets), options);
    sameResult(later, evaluate(problem), JSON.stringify({ seed, ...description }));
  }
});

test.run();

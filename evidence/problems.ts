import path from 'node:path';
import type { Samples } from '../shared/data.js';
import { readSamples } from '../shared/read-samples.js';

/** A data set to classify. */
export interface Problem {
  id: string;
  title: string;
  file: string;
  classes: readonly string[];
  /** Whether the classes have an order, which is that of the list. */
  ordered: boolean;
  /** If classes are quantile bands of an input: its column, in whose place the file's label becomes an input. */
  bandsOf?: { column: number };
  /** Nothing was tuned on it; it was evaluated once, at the end. */
  heldOut?: true;
}

const numbered = (length: number): string[] => Array.from({ length }, (_, i) => `${i + 1}`);

export const PROBLEMS: readonly Problem[] = [
  {
    id: 'ames-10',
    title: 'Ames house prices, 10 bands',
    file: 'ames_price.csv.gz',
    classes: numbered(10),
    ordered: true,
  },
  {
    id: 'ames-20',
    title: 'Ames house prices, 20 bands',
    file: 'ames_price20.csv.gz',
    classes: numbered(20),
    ordered: true,
  },
  {
    id: 'diamonds',
    title: 'clarity of diamonds',
    file: 'diamonds_clarity.csv.gz',
    classes: ['I1', 'SI2', 'SI1', 'VS2', 'VS1', 'VVS2', 'VVS1', 'IF'],
    ordered: true,
  },
  {
    id: 'lending',
    title: 'grades of loans',
    file: 'lending_grade.csv.gz',
    classes: [...'ABCDEFG'],
    ordered: true,
  },
  {
    id: 'hpc',
    title: 'running times of jobs',
    file: 'hpc_time.csv.gz',
    classes: ['very fast', 'fast', 'moderate', 'long'],
    ordered: true,
  },
  {
    id: 'diamonds-100',
    title: 'price of diamonds, 100 bands',
    file: 'diamonds_clarity.csv.gz',
    classes: numbered(100),
    ordered: true,
    bandsOf: { column: 5 },
  },
  {
    id: 'party',
    title: 'party identification (ANES 1996)',
    file: 'anes96_party.csv.gz',
    classes: ['strong D', 'weak D', 'ind. D', 'ind.', 'ind. R', 'weak R', 'strong R'],
    ordered: true,
    heldOut: true,
  },
  {
    id: 'letter',
    title: 'letters',
    file: 'letter.csv.gz',
    classes: [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
    ordered: false,
  },
  {
    id: 'fashion',
    title: 'garments (Fashion-MNIST)',
    file: 'fashion_mnist_10k.csv.gz',
    classes: ['T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
    ordered: false,
  },
  {
    id: 'digits',
    title: 'handwritten digits',
    file: 'digits.csv.gz',
    classes: numbered(10).map((_, digit) => `${digit}`),
    ordered: false,
    heldOut: true,
  },
];

export function problemOf(id: string): Problem {
  const problem = PROBLEMS.find((candidate) => candidate.id === id);
  if (!problem)
    throw new RangeError(`problem: expected one of ${PROBLEMS.map((p) => p.id).join(', ')}, received ${id}`);
  return problem;
}

let latest: { id: string; samples: Samples } | undefined;

/** The samples of a problem. The last ones are kept, as tasks come problem by problem. */
export function samplesOf({ id, file, bandsOf, classes }: Problem): Samples {
  if (latest?.id !== id) {
    const samples = readSamples(path.resolve(__dirname, '../../data', file));
    latest = { id, samples: bandsOf ? inBands(samples, bandsOf.column, classes.length) : samples };
  }
  return latest.samples;
}

/** The band of a value follows from the share of all values below it. */
function inBands({ rows, features, inputs, labels }: Samples, column: number, bands: number): Samples {
  const values = Float32Array.from({ length: rows }, (_, row) => inputs[row * features + column]);
  const sorted = values.slice().sort();
  const below = new Map<number, number>();
  sorted.forEach((value, rank) => {
    if (!below.has(value)) below.set(value, rank);
  });
  const others = inputs.slice();
  labels.forEach((label, row) => {
    others[row * features + column] = label;
  });
  const band = (value: number) => Math.floor((bands * (below.get(value) ?? 0)) / rows);
  return { rows, features, inputs: others, labels: Int32Array.from(values, band) };
}

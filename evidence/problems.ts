import path from 'node:path';
import { readSamples, type Samples } from '../shared/data.js';

/** A data set to classify. */
export interface Problem {
  id: string;
  title: string;
  file: string;
  classes: readonly string[];
  /** Whether the classes have an order: that of the list. */
  ordered: boolean;
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
];

export function problemOf(id: string): Problem {
  const problem = PROBLEMS.find((candidate) => candidate.id === id);
  if (!problem)
    throw new RangeError(`problem: expected one of ${PROBLEMS.map((p) => p.id).join(', ')}, received ${id}`);
  return problem;
}

let latest: { id: string; samples: Samples } | undefined;

/** The samples of a problem; those read last are kept, as tasks come problem by problem. */
export function samplesOf({ id, file }: Problem): Samples {
  if (latest?.id !== id) latest = { id, samples: readSamples(path.resolve(__dirname, '../../data', file)) };
  return latest.samples;
}

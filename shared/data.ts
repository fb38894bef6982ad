import type { Random } from './random.js';

/** Inputs `[rows, features]`, row-major, and one class index per row. */
export interface Samples {
  rows: number;
  features: number;
  inputs: Float32Array;
  labels: Int32Array;
}

/** Three sets of samples that have no row in common. */
export interface Split {
  train: Samples;
  validation: Samples;
  test: Samples;
}

/** The samples of a numeric CSV file with a header, whose last column is the label. */
export function parseSamples(csv: string): Samples {
  const [header, ...lines] = csv.trim().split('\n');
  const rows = lines.length;
  const features = header.split(',').length - 1;
  const inputs = new Float32Array(rows * features);
  const labels = new Int32Array(rows);
  lines.forEach((line, row) => {
    const values = line.split(',').map(Number);
    labels[row] = values[features];
    inputs.set(values.slice(0, features), row * features);
  });
  return { rows, features, inputs, labels };
}

/**
 * Splits at random into as many test, validation and training samples as `rows` says, and standardizes the inputs with the
 * means and deviations of the training samples. Columns that are constant there are dropped. With the same seed,
 * different numbers of training samples have the same test samples.
 */
export function splitSamples(all: Samples, rows: Record<keyof Split, number>, random: Random): Split {
  const order = random.permutation(all.rows);
  const take = (count: number) => selectRows(all, order.splice(0, count));
  const test = take(rows.test);
  const validation = take(rows.validation);
  const train = take(rows.train);
  const columns = varyingColumns(train);
  return {
    train: standardize(train, columns),
    validation: standardize(validation, columns),
    test: standardize(test, columns),
  };
}

/** A copy of the given rows. */
export function selectRows({ features, inputs, labels }: Samples, rows: readonly number[]): Samples {
  const selected = {
    rows: rows.length,
    features,
    inputs: new Float32Array(rows.length * features),
    labels: new Int32Array(rows.length),
  };
  rows.forEach((row, i) => {
    selected.inputs.set(inputs.subarray(row * features, (row + 1) * features), i * features);
    selected.labels[i] = labels[row];
  });
  return selected;
}

interface Column {
  index: number;
  mean: number;
  deviation: number;
}

function varyingColumns({ rows, features, inputs }: Samples): Column[] {
  const columns: Column[] = [];
  for (let index = 0; index < features; index++) {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += inputs[row * features + index];
    const mean = sum / rows;
    let squares = 0;
    for (let row = 0; row < rows; row++) squares += (inputs[row * features + index] - mean) ** 2;
    if (squares > 0) columns.push({ index, mean, deviation: Math.sqrt(squares / rows) });
  }
  return columns;
}

function standardize({ rows, features, inputs, labels }: Samples, columns: Column[]): Samples {
  const scaled = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    columns.forEach(({ index, mean, deviation }, j) => {
      scaled[row * columns.length + j] = (inputs[row * features + index] - mean) / deviation;
    });
  }
  return { rows, features: columns.length, inputs: scaled, labels };
}

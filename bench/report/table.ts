import type { Table } from '../../shared/table.js';
import type { CaseSummary, Timed } from './summary.js';

export const LEGEND = `Loss and gradient of a batch of float32 logits, with the call; the gradient's memory is given.
Times are medians over interleaved rounds, with the 20th and 80th percentile. Each result was verified first.
GB/s: what has to be read and written at least, in the median time; of the copy: its share of what the memory copy reaches.
Last columns: how many times as fast as the row squared-emd is.
Plain case: squared-emd in the same shape with ordered(), power 2, diffuse logits, index targets (an energy's own), inner 1.
Memory copy: as many bytes read and written, by one thread.
Multiply-adds: as many as the product with an energy's matrix has, one per row and entry, by one thread.
Epochs: steps of a linear layer in onnxruntime, each a forward pass, the loss, a backward pass and Adam, all with one thread; the last
column compares with cross entropy. Priming: forward passes and what SelfGuidedEmd does in front of the first epoch.`;

const NUMBERS = ['median', 'p20 - p80', 'ns/element', 'GB/s', 'of the copy'];

/** The table of the cases of a group. */
export function tableOf(title: string, cases: readonly CaseSummary[]): Table {
  const subjects = subjectsOf(cases);
  const columns = [...NUMBERS, ...subjects];
  const rows = cases.flatMap(({ name, contenders }) => [
    [`-- ${name}`, ...columns.map(() => '')],
    ...contenders.map((one) => {
      const numbers = 'error' in one ? ['FAILED'] : cells(one, subjects);
      return [one.contender.name, ...columns.map((_, i) => numbers[i] ?? '')];
    }),
  ]);
  return {
    head: [title, ...NUMBERS, ...subjects.map((name) => name.replace(/,? /, '\n').replace(', ', '\n'))],
    rows,
  };
}

function subjectsOf(cases: readonly CaseSummary[]): string[] {
  const everyone = cases.flatMap(({ contenders }) => contenders.map(({ contender }) => contender));
  return [...new Set(everyone.filter(({ subject }) => subject).map(({ name }) => name))];
}

function cells({ contender, ...numbers }: Timed, subjects: readonly string[]): string[] {
  return [
    duration(numbers.median),
    `${duration(numbers.p20)} - ${duration(numbers.p80)}`,
    contender.idle ? '' : digits(numbers.nanosecondsPerElement),
    contender.idle ? '' : digits(numbers.gigabytesPerSecond),
    contender.idle || numbers.copyShare === undefined ? '' : `${(100 * numbers.copyShare).toFixed(0)}%`,
    ...subjects.map((name) => (name in numbers.fasterBy ? `${digits(numbers.fasterBy[name])} x` : '')),
  ];
}

export function duration(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${digits(nanoseconds)} ns`;
  return nanoseconds < 1e6 ? `${digits(nanoseconds / 1e3)} us` : `${digits(nanoseconds / 1e6)} ms`;
}

/** About three digits, without an exponent. */
export function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(value >= 0.1 ? 2 : 4);
}

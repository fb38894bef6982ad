// What every loss is made of, whatever computes it: the options that are numbers and names, checked.
import { INPUTS, NORMALIZATIONS, REDUCTIONS } from '../backends/enumerations.js';
import { choice, integer, weight } from '../checks/arguments.js';
import { checkIgnoreIndex } from '../checks/labels.js';
import { MAX_CLASSES } from '../checks/limits.js';

/** Of {@link NORMALIZATIONS}, those from here on take a root. */
export const ROOTS = NORMALIZATIONS.indexOf('root-mean');
export const NONE = REDUCTIONS.indexOf('none');

export interface PlainOptions {
  classes: number;
  inner?: number;
  power?: 1 | 2;
  input?: (typeof INPUTS)[number];
  crossEntropyWeight?: number;
  emdWeight?: number;
  normalization?: (typeof NORMALIZATIONS)[number];
  reduction?: (typeof REDUCTIONS)[number];
  ignoreIndex?: number;
}

export const PLAIN_OPTIONS = {
  classes: true,
  inner: true,
  power: true,
  input: true,
  crossEntropyWeight: true,
  emdWeight: true,
  normalization: true,
  reduction: true,
  ignoreIndex: true,
} as const satisfies Record<keyof PlainOptions, true>;

/** Names as their places in lists of `enumerations.ts`. */
export class PlainSettings {
  readonly classes: number;
  readonly inner: number;
  readonly power: number;
  readonly input: number;
  readonly normalization: number;
  readonly reduction: number;
  readonly crossEntropyWeight: number;
  readonly emdWeight: number;
  readonly ignoreIndex: number | undefined;

  /** @throws TypeError, RangeError for invalid options. */
  constructor(options: PlainOptions) {
    const {
      classes,
      inner = 1,
      power = 2,
      input = 'logits',
      crossEntropyWeight = 0,
      emdWeight = 1,
      normalization = 'sum',
      reduction = 'mean',
      ignoreIndex,
    } = options;
    this.classes = integer('classes', classes, 2, MAX_CLASSES);
    this.inner = integer('inner', inner, 1, Number.MAX_SAFE_INTEGER);
    this.power = integer('power', power, 1, 2);
    this.input = choice('input', input, INPUTS);
    this.normalization = choice('normalization', normalization, NORMALIZATIONS);
    this.reduction = choice('reduction', reduction, REDUCTIONS);
    this.crossEntropyWeight = weight('crossEntropyWeight', crossEntropyWeight);
    this.emdWeight = weight('emdWeight', emdWeight);
    this.ignoreIndex = checkIgnoreIndex(ignoreIndex);
  }
}

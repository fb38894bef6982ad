// The terms of the loss of a row, which depend on the options alone and are computed once.
import { NORMALIZATIONS } from '../backends/enumerations.js';
import { FORMS, KINDS } from '../distances/kinds.js';
import type { Settings } from '../loss/options.js';
import type { EmdOfRows } from '../operators/rows.js';

export interface LossTerms {
  classes: number;
  emd: EmdOfRows;
  logits: boolean;
  crossEntropyWeight: number;
  emdWeight: number;
  /** The divisor of E; undefined if there is none. */
  divisor: number | undefined;
  /** Whether a root is taken after that. */
  root: boolean;
  classWeights?: ArrayLike<number>;
  ignoreIndex?: number;
  /** Whether only operators that onnxruntime-training can differentiate may lead from the predictions to the losses. */
  forwardOnly: boolean;
}

/** @param classWeights Checked class weights; those in `settings` have the form for kernels. */
export function lossTerms(
  settings: Settings,
  { classWeights, forwardOnly = false }: { classWeights?: ArrayLike<number>; forwardOnly?: boolean },
): LossTerms {
  const { classes, power, groundDistance, input, crossEntropyWeight, emdWeight, ignoreIndex } = settings;
  const normalization = NORMALIZATIONS[settings.normalization];
  const byClasses = normalization === 'nima' || normalization === 'class-mean';
  const count = byClasses ? classes : KINDS[groundDistance.kind].terms(classes);
  return {
    classes,
    emd: FORMS[groundDistance.kind](groundDistance, { classes, power }),
    logits: input === 0,
    crossEntropyWeight,
    emdWeight,
    divisor: normalization === 'sum' ? undefined : count,
    root: power === 2 && (normalization === 'nima' || normalization === 'root-mean'),
    classWeights,
    ignoreIndex,
    forwardOnly,
  };
}

// What is trained and timed, and for how long: fixed, so that every visitor sees the same curves.

export interface Settings {
  /** Networks per loss, each with its own split, first weights and batches. */
  seeds: number;
  epochs: number;
  /** On the backend that did not train; the first is not timed. */
  comparedEpochs: { cpu: number; gpu: number };
  /** In which each loss has its turn to be timed. */
  rounds: number;
}

export const CLASSES = 20;
export const HIDDEN = 64;
export const BATCH = 64;
/** Splits are those of the Ames demo; nothing is done here with validation samples. */
export const ROWS = { test: 879, validation: 293, train: 293 };
/** Weight of squared EMD beside cross entropy: that of the Ames demo, never tuned on test samples. */
export const LAMBDA = 20;

const USUAL: Settings = { seeds: 4, epochs: 80, comparedEpochs: { cpu: 11, gpu: 4 }, rounds: 15 };
/** With `?quick` in the address: seconds. */
const QUICK: Settings = { seeds: 2, epochs: 30, comparedEpochs: { cpu: 3, gpu: 2 }, rounds: 5 };

export const settingsOf = (query: string): Settings => (new URLSearchParams(query).has('quick') ? QUICK : USUAL);

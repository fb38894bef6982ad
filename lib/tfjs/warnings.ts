// Warnings about probable mistakes, which are looked for in the first batches only and given once.

/** Exists in Node.js, but not in all other runtimes. */
interface Process {
  emitWarning?(message: string, options: { code: string }): void;
}

/** In Node.js an event of the process, which prints it; elsewhere a line on the console. */
export function warn(code: string, message: string): void {
  const { process } = globalThis as { process?: Process };
  if (typeof process?.emitWarning === 'function') process.emitWarning(message, { code });
  else console.warn(`[${code}] ${message}`);
}

const BATCHES = 3;
const ROWS = 32;
const TOLERANCE = 0.01;
/** This many rows do not all add up to 1 by chance. */
const ENOUGH = 4;

/** Checks whether predictions are what `fromLogits` says. */
export class PredictionsCheck {
  readonly #name: string;
  readonly #fromLogits: boolean;
  #left = BATCHES;

  /** @param name The function to which the option belongs. */
  constructor(name: string, fromLogits: boolean) {
    this.#name = name;
    this.#fromLogits = fromLogits;
  }

  /** @param read Called in the first batches only. */
  look(read: () => Float32Array, classes: number): void {
    if (this.#left === 0) return;
    this.#left--;
    const predictions = read();
    const rows = Math.min(ROWS, predictions.length / classes);
    let distributions = 0;
    for (let row = 0; row < rows; row++) {
      const { sum, least } = summary(predictions, row * classes, classes);
      if (Math.abs(sum - 1) <= TOLERANCE && least >= -TOLERANCE) distributions++;
      else if (!this.#fromLogits && Number.isFinite(sum)) {
        this.#warn(
          'SQUARED_EMD_NOT_PROBABILITIES',
          `row ${row} of the predictions is no distribution: its sum is ${shown(sum)}, its least entry ${shown(least)}. For logits ` +
            'say fromLogits: true; a model that is to give probabilities ends with a softmax',
        );
        return;
      }
    }
    if (this.#fromLogits && rows >= ENOUGH && distributions === rows) {
      this.#warn(
        'SQUARED_EMD_NOT_LOGITS',
        'the rows of the predictions add up to 1, as probabilities do, but fromLogits is true: leave it out, or the softmax of the model',
      );
    }
  }

  #warn(code: string, message: string): void {
    this.#left = 0;
    warn(code, `${this.#name}: ${message}`);
  }
}

function summary(values: Float32Array, begin: number, length: number): { sum: number; least: number } {
  let sum = 0;
  let least = Infinity;
  for (let i = begin; i < begin + length; i++) {
    sum += values[i];
    if (values[i] < least) least = values[i];
  }
  return { sum, least };
}

const shown = (value: number): string => String(Number(value.toPrecision(3)));

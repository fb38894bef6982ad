// The rule that finds lambda from cross entropy and EMD in the epoch before the EMD enters the loss.
import { EmdLoss } from '../loss/emd-loss.js';
import type { EmdOptions } from '../loss/options.js';

/** The EMD of a pretrained network is so small that the ratio alone would be in the thousands, and the loss nothing but EMD. */
const MOST = 100;

/**
 * `lambda = mean(crossEntropy) / mean(abs(emd)) / ratio` (Hou, Yu, Samaras, arXiv 1611.05916; absolute values, because a negative
 * offset makes E negative), at most 100. Both means are over the same rows with the same weights, so sums suffice.
 */
export class LambdaRule {
  /** Two losses, each with only one of the terms. */
  readonly terms: readonly [crossEntropy: EmdLoss, emd: EmdLoss];
  #crossEntropy: number;
  #emd: number;

  constructor(options: EmdOptions, [crossEntropy, emd]: readonly [number, number] = [0, 0]) {
    const term = (crossEntropyWeight: number, emdWeight: number) =>
      new EmdLoss({ ...options, reduction: 'none', crossEntropyWeight, emdWeight });
    this.terms = [term(1, 0), term(0, 1)];
    this.#crossEntropy = crossEntropy;
    this.#emd = emd;
  }

  /** Adds the rows of a batch, without those that are not finite. */
  add([crossEntropies, emds]: readonly Float32Array[]): void {
    crossEntropies.forEach((crossEntropy, row) => {
      if (!Number.isFinite(crossEntropy) || !Number.isFinite(emds[row])) return;
      this.#crossEntropy += crossEntropy;
      this.#emd += Math.abs(emds[row]);
    });
  }

  /** Adds the sums of another worker's rule. */
  merge([crossEntropy, emd]: readonly [number, number]): void {
    this.#crossEntropy += crossEntropy;
    this.#emd += emd;
  }

  lambda(ratio: number): number {
    return this.#emd === 0 ? 0 : Math.min(this.#crossEntropy / this.#emd / ratio, MOST);
  }

  /** The sums, from which the constructor can continue. */
  get sums(): [crossEntropy: number, emd: number] {
    return [this.#crossEntropy, this.#emd];
  }
}

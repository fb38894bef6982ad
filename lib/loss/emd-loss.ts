import type { GroundDistance } from '../distances/ground-distance.js';
import type { DeviceArray } from '../gpu/device-array.js';
import { evaluate } from './evaluate.js';
import { type EmdOptions, type EvaluateOptions, type Reduction, Settings } from './options.js';
import type { EmdResult, GradientOf, LossesOf, Wanted } from './result.js';
import type { EmdTargets } from './targets.js';

type Predictions = Float32Array | DeviceArray;
type ArrayFor<P extends Predictions> = P extends DeviceArray ? DeviceArray : Float32Array;
/** The result for these predictions and these options `gradient`, `losses` and `reduction`. */
type ResultFor<P extends Predictions, G extends Wanted, L extends Wanted, R extends Reduction> = EmdResult<
  ArrayFor<P>,
  GradientOf<ArrayFor<P>, G>,
  LossesOf<ArrayFor<P>, L, R>
>;

/**
 * The squared Earth Mover's Distance loss of a batch, and its gradient (Hou, Yu, Samaras, arXiv 1611.05916). Blocks;
 * reads and writes the arrays in place. For loops, see {@link EmdLoss}.
 *
 * If the predictions are on a GPU, everything stays there, and outputs must be there, too; targets, weights and upstream in host
 * memory are uploaded. A label on the GPU that is out of range is found only when its row has been computed: then the outputs
 * have been written.
 *
 * @param predictions [rows, classes], row by row: logits, or probabilities with `input: 'probabilities'`.
 * @param targets A class index per row, [rows], or a distribution per row as float32, [rows, classes].
 * @param options `classes` is required, everything else has a default.
 * @throws TypeError for a wrong kind of value, RangeError for a wrong size or number; then nothing is written. EmdError for a
 *   GPU that is not there or fails.
 */
export function emdLoss<
  P extends Predictions,
  G extends Wanted = true,
  L extends Wanted = never,
  R extends Reduction = Reduction,
>(predictions: P, targets: EmdTargets, options: EmdOptions<G, L, R>): ResultFor<P, G, L, R> {
  return evaluate(new Settings(options), predictions, targets, undefined, false) as ResultFor<P, G, L, R>;
}

/**
 * Like {@link emdLoss}, off the event loop. During the call inputs in host memory are copied, and work on a GPU is enqueued;
 * outputs in host memory are written when it is done, on the JavaScript thread.
 *
 * @returns A promise, which rejects for wrong arguments and, with a RangeError, if an output was detached or resized meanwhile.
 */
export async function emdLossAsync<
  P extends Predictions,
  G extends Wanted = true,
  L extends Wanted = never,
  R extends Reduction = Reduction,
>(predictions: P, targets: EmdTargets, options: EmdOptions<G, L, R>): Promise<ResultFor<P, G, L, R>> {
  return evaluate(new Settings(options), predictions, targets, undefined, true) as Promise<ResultFor<P, G, L, R>>;
}

/**
 * A loss for loops: options are checked once, and the ground distance is prepared once.
 *
 * Arrays among the options (`classWeights`, `sampleWeights`, `gradient`, ...) are kept, not copied, so that each call reads or
 * writes them as they are at that time; only class weights that are not a Float32Array are copied. Options of `evaluate` override
 * them for one call.
 */
export class EmdLoss<G extends Wanted = true, L extends Wanted = never, R extends Reduction = Reduction> {
  readonly #settings: Settings;

  /** @throws TypeError, RangeError for invalid options; EmdError for a GPU that is not there. */
  constructor(options: EmdOptions<G, L, R>) {
    this.#settings = new Settings(options);
  }

  /** May be set between calls, for instance once per epoch. It must fit `classes`. */
  get groundDistance(): GroundDistance {
    return this.#settings.groundDistance;
  }

  set groundDistance(value: GroundDistance) {
    this.#settings.groundDistance = value;
  }

  /** Like {@link emdLoss}. */
  evaluate<P extends Predictions, G2 extends Wanted = G, L2 extends Wanted = L>(
    predictions: P,
    targets: EmdTargets,
    options?: EvaluateOptions<G2, L2>,
  ): ResultFor<P, G2, L2, R> {
    return evaluate(this.#settings, predictions, targets, options, false) as ResultFor<P, G2, L2, R>;
  }

  /** Like {@link emdLossAsync}. */
  async evaluateAsync<P extends Predictions, G2 extends Wanted = G, L2 extends Wanted = L>(
    predictions: P,
    targets: EmdTargets,
    options?: EvaluateOptions<G2, L2>,
  ): Promise<ResultFor<P, G2, L2, R>> {
    return evaluate(this.#settings, predictions, targets, options, true) as Promise<ResultFor<P, G2, L2, R>>;
  }
}

import type { GroundDistance } from '../distances/ground-distance.js';
import type { DeviceArray } from '../gpu/device-array.js';
import { evaluate } from './evaluate.js';
import { type EmdOptions, type EvaluateOptions, type Reduction, Settings } from './options.js';
import type { EmdResult, GradientOf, LossesOf, Wanted } from './result.js';
import type { EmdTargets } from './targets.js';

type Predictions = Float32Array | DeviceArray;
type ArrayFor<P extends Predictions> = P extends DeviceArray ? DeviceArray : Float32Array;
/** As the predictions are, and what was said about gradient, losses and reduction. */
type ResultFor<P extends Predictions, G extends Wanted, L extends Wanted, R extends Reduction> = EmdResult<
  ArrayFor<P>,
  GradientOf<ArrayFor<P>, G>,
  LossesOf<ArrayFor<P>, L, R>
>;

/**
 * The squared Earth Mover's Distance loss of a batch, and its gradient (Hou, Yu, Samaras, arXiv 1611.05916). Blocks;
 * reads and writes the arrays in place. For a loop, see {@link EmdLoss}.
 *
 * With predictions on a GPU everything stays there, and so must its outputs; targets, weights and upstream that are in host
 * memory are uploaded. A label on the GPU that is no class is found when its row has been computed: outputs are written then.
 *
 * @param predictions [rows, classes], row by row: logits, or probabilities with `input: 'probabilities'`.
 * @param targets A class index per row, [rows], or a distribution per row as float32, [rows, classes].
 * @param options `classes` is required, the rest has defaults.
 * @throws TypeError for a wrong kind of value, RangeError for a wrong size or number; nothing is written then. EmdError for a
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
 * As {@link emdLoss}, off the event loop. Inputs in host memory are copied when it is called; outputs in host memory are
 * written when it is done, on the JavaScript thread. Work on a GPU is enqueued when it is called.
 *
 * @returns A promise that wrong arguments reject, and so does (RangeError) an output that was detached or resized
 *   meanwhile.
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
 * A loss for loops: options are checked, and the ground distance is prepared, once.
 *
 * Arrays among the options (`classWeights`, `sampleWeights`, `gradient`, ...) are kept, not copied: each call reads or
 * writes them as they are then; but class weights that are no Float32Array are copied. Those of `evaluate` take their place for that call.
 */
export class EmdLoss<G extends Wanted = true, L extends Wanted = never, R extends Reduction = Reduction> {
  readonly #settings: Settings;

  /** @throws TypeError, RangeError for invalid options; EmdError for a GPU that is not there. */
  constructor(options: EmdOptions<G, L, R>) {
    this.#settings = new Settings(options);
  }

  /** May be set between calls, for instance once an epoch. It must fit `classes`. */
  get groundDistance(): GroundDistance {
    return this.#settings.groundDistance;
  }

  set groundDistance(value: GroundDistance) {
    this.#settings.groundDistance = value;
  }

  /** As {@link emdLoss}. */
  evaluate<P extends Predictions, G2 extends Wanted = G, L2 extends Wanted = L>(
    predictions: P,
    targets: EmdTargets,
    options?: EvaluateOptions<G2, L2>,
  ): ResultFor<P, G2, L2, R> {
    return evaluate(this.#settings, predictions, targets, options, false) as ResultFor<P, G2, L2, R>;
  }

  /** As {@link emdLossAsync}. */
  async evaluateAsync<P extends Predictions, G2 extends Wanted = G, L2 extends Wanted = L>(
    predictions: P,
    targets: EmdTargets,
    options?: EvaluateOptions<G2, L2>,
  ): Promise<ResultFor<P, G2, L2, R>> {
    return evaluate(this.#settings, predictions, targets, options, true) as Promise<ResultFor<P, G2, L2, R>>;
  }
}

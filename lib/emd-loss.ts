import { onlyKnown, optionsObject } from './arguments';
import { type EmdResult, type EmdTargets, evaluate } from './evaluate';
import type { GroundDistance } from './ground-distance';
import {
  type EmdOptions,
  type EvaluateOptions,
  flagOrArray,
  optionalArray,
  PER_CALL,
  refuseDeviceOptions,
  Settings,
  upstreamOf,
} from './options';

function run(
  predictions: unknown,
  targets: unknown,
  settings: Settings,
  later: boolean,
): EmdResult | Promise<EmdResult> {
  const { gradient, losses, sampleWeights, upstream } = settings;
  return evaluate(settings, predictions, targets, gradient, losses, sampleWeights, upstream, later);
}

/**
 * The squared Earth Mover's Distance loss of a batch, and its gradient (Hou, Yu, Samaras, arXiv 1611.05916). Blocks;
 * reads and writes the arrays in place. For a loop, see {@link EmdLoss}.
 *
 * @param predictions [rows, classes], row by row: logits, or probabilities with `input: 'probabilities'`.
 * @param targets A class index per row, [rows], or a distribution per row as Float32Array, [rows, classes].
 * @param options `classes` is required, the rest has defaults.
 * @throws TypeError for a wrong kind of value, RangeError for a wrong size or number; nothing is written then.
 */
export function emdLoss(predictions: Float32Array, targets: EmdTargets, options: EmdOptions): EmdResult {
  return run(predictions, targets, new Settings(options), false) as EmdResult;
}

/**
 * As {@link emdLoss}, off the event loop. Inputs are copied when it is called; outputs are written when it is done, on
 * the JavaScript thread.
 *
 * @returns A promise that wrong arguments reject, and so does (RangeError) an output that was detached or resized
 *   meanwhile.
 */
export async function emdLossAsync(
  predictions: Float32Array,
  targets: EmdTargets,
  options: EmdOptions,
): Promise<EmdResult> {
  return run(predictions, targets, new Settings(options), true);
}

/**
 * A loss for loops: options are checked, and the ground distance is prepared, once.
 *
 * Arrays among the options (`classWeights`, `sampleWeights`, `gradient`, ...) are kept, not copied: each call reads or
 * writes them as they are then. Those of `evaluate` take their place for that call.
 */
export class EmdLoss {
  readonly #settings: Settings;

  /** @throws TypeError, RangeError for options that are none. */
  constructor(options: EmdOptions) {
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
  evaluate(predictions: Float32Array, targets: EmdTargets, options?: EvaluateOptions): EmdResult {
    return this.#run(predictions, targets, options, false) as EmdResult;
  }

  /** As {@link emdLossAsync}. */
  async evaluateAsync(predictions: Float32Array, targets: EmdTargets, options?: EvaluateOptions): Promise<EmdResult> {
    return this.#run(predictions, targets, options, true);
  }

  #run(
    predictions: unknown,
    targets: unknown,
    options: EvaluateOptions | undefined,
    later: boolean,
  ): EmdResult | Promise<EmdResult> {
    const settings = this.#settings;
    if (options === undefined) return run(predictions, targets, settings, later);
    onlyKnown(optionsObject(options), PER_CALL);
    const { gradient, losses, sampleWeights, upstream, stream, lossOut } = options;
    refuseDeviceOptions(stream, lossOut);
    return evaluate(
      settings,
      predictions,
      targets,
      gradient === undefined ? settings.gradient : flagOrArray('gradient', gradient),
      losses === undefined ? settings.losses : flagOrArray('losses', losses),
      sampleWeights === undefined ? settings.sampleWeights : optionalArray('sampleWeights', sampleWeights),
      upstream === undefined ? settings.upstream : upstreamOf(upstream, settings.reduction),
      later,
    );
  }
}

// The callback of the self-guided loss, and the warning if model.fit was not given it.
import type { Tensor } from '@tensorflow/tfjs-core';
import { layersPeer } from './peer.js';
import { warn } from './warnings.js';

type Parameters = Record<string, number | string | boolean | number[] | string[] | boolean[]>;

/** What `model.fit` requires of its callbacks, whether alone, in an array, or as a `tf.CustomCallback`. */
export interface FitCallback {
  validationData: Tensor | Tensor[];
  params: Parameters;
  setParams(params: Parameters): void;
  setModel(model: unknown): void;
  onTrainBegin(logs?: unknown): Promise<void>;
  onTrainEnd(logs?: unknown): Promise<void>;
  onEpochBegin(epoch?: number, logs?: unknown): Promise<void>;
  onEpochEnd(epoch?: number, logs?: unknown): Promise<void>;
  onBatchBegin(batch?: number, logs?: unknown): Promise<void>;
  onBatchEnd(batch?: number, logs?: unknown): Promise<void>;
}

const METHODS = [
  'setParams',
  'setModel',
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onBatchBegin',
  'onBatchEnd',
] as const satisfies (keyof FitCallback)[];

/**
 * tfjs-layers uses an array of callbacks as it is only if the first is of its own class; otherwise it detaches the methods of
 * each and calls them as functions. So this makes an object of that class, if it can be found, with methods that need no `this`.
 */
export function fitCallback(onEpochEnd: () => Promise<void>): FitCallback {
  const CustomCallback = layersPeer()?.CustomCallback;
  const base = CustomCallback ? new CustomCallback({ onEpochEnd }) : { onEpochEnd };
  const callback = base as unknown as Record<string, unknown>;
  for (const name of METHODS) {
    const method = callback[name] as ((...given: unknown[]) => unknown) | undefined;
    callback[name] = method?.bind(base) ?? (name.startsWith('on') ? async () => {} : () => {});
  }
  return callback as unknown as FitCallback;
}

/** The part of a `tf.LayersModel` that is used, or of the one inside of a `tf.Sequential` since its first `fit`. */
interface Trained {
  readonly history?: { readonly epoch?: readonly number[] };
  readonly model?: Trained;
}

/** Training steps without the end of an epoch after which a warning is due, if no record of model.fit tells of one. */
const MANY_STEPS = 10_000;

/** Warns, once, if epochs end without the callback being called. */
export class EpochWatch {
  readonly #model: Trained;
  #steps = 0;
  /** What model.fit had recorded at the last step, and for how many epochs. */
  #history: Trained['history'];
  #recorded = 0;
  #heard = false;
  #warned = false;

  constructor(model: unknown) {
    this.#model = model as Trained;
  }

  /** The number of training steps since the last end of an epoch. */
  get steps(): number {
    return this.#steps;
  }

  /** To be called in each training step. */
  step(): void {
    const missed = this.#steps > 0 && epochsOf(this.#history) > this.#recorded;
    this.#history = (this.#model.model ?? this.#model).history;
    this.#recorded = epochsOf(this.#history);
    this.#steps++;
    const endless = !this.#heard && !this.#history && this.#steps === MANY_STEPS;
    if (this.#warned || !(missed || endless)) return;
    this.#warned = true;
    warn(
      'SQUARED_EMD_NO_CALLBACK',
      `selfGuided: ${missed ? 'an epoch of model.fit has' : `${MANY_STEPS} steps have`} gone by without its callback, so that no ` +
        'distances are learned: model.fit(x, y, { callbacks: callback }), or await callback.onEpochEnd() after each epoch of a loop of your own',
    );
  }

  /** To be called at the end of each epoch. */
  end(): void {
    this.#steps = 0;
    this.#heard = true;
  }
}

const epochsOf = (history: Trained['history']): number => history?.epoch?.length ?? 0;

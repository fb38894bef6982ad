// Constant tensors, which are made once per loss and backend rather than in every step.
import type { Tensor } from '@tensorflow/tfjs-core';
import { whenCollected } from '../backends/collected.js';
import type { Tfjs } from './peer.js';

/** Disposes of tensors whose owner was collected. tfjs itself would keep them until the backend is removed. */
const left = whenCollected<Set<Tensor>>((tensors) => {
  for (const tensor of tensors) tensor.dispose();
});

/** The constants of one loss on one backend. */
export class Constants {
  readonly #core: Tfjs;
  readonly #named = new Map<string, Tensor>();
  readonly #ofArrays = new Map<object, Tensor>();
  readonly #all = new Set<Tensor>();

  constructor(core: Tfjs) {
    this.#core = core;
    left.register(this, this.#all);
  }

  /** A tensor by its name. */
  named(name: string, make: () => Tensor): Tensor {
    return this.#kept(this.#named, name, make);
  }

  /** The tensor of an array that never changes. Each array may become only one kind of tensor. */
  of(array: object, make: () => Tensor): Tensor {
    return this.#kept(this.#ofArrays, array, make);
  }

  #kept<Key>(tensors: Map<Key, Tensor>, key: Key, make: () => Tensor): Tensor {
    const known = tensors.get(key);
    if (known) return known;
    const tensor = this.#core.keep(make());
    tensors.set(key, tensor);
    this.#all.add(tensor);
    return tensor;
  }
}

// A call of the loss, stretch by stretch of its rows: predictions go to the module and the gradient comes back within the cache.
import { viewOf } from '../../checks/typed-arrays.js';
import { type CallArguments, CallLayout, GRADIENT, LOSSES, PREDICTIONS, TARGETS, targetKind } from './call.js';
import type { WasmGround } from './grounds.js';
import type { Block, Instance } from './instance.js';

export class StretchedCall {
  /** 0: the call was refused, or there is nothing to run. */
  readonly stretches: number;
  readonly #instance: Instance;
  readonly #call: CallArguments;
  readonly #window: Block;
  readonly #layout = new CallLayout();
  readonly #classes: number;
  readonly #run: number;
  readonly #base: number;

  /**
   * @param arena Takes everything but the predictions until the call is finished, `window` those of a stretch.
   * @throws OutOfMemory
   */
  constructor(instance: Instance, ground: WasmGround, call: CallArguments, arena: Block, window: Block) {
    this.#instance = instance;
    this.#call = call;
    this.#window = window;
    this.#classes = ground.classes;
    const address = ground.address();
    this.#base = arena.reserve(this.#layout.place(call, false).bytes);
    this.#layout.write(call, instance.memory, this.#base);
    this.#run = instance.exports.beginCall(address, ground.classes, targetKind(call[TARGETS]), this.#base);
    this.stretches = this.#run === 0 ? 0 : instance.exports.stretches(this.#run);
  }

  /** Runs the next one. The first comes first. */
  step(stretch: number): void {
    const { exports } = this.#instance;
    const predictions = this.#call[PREDICTIONS];
    const gradient = this.#call[GRADIENT];
    const begin = exports.firstRow(this.#run, stretch) * this.#classes;
    const end = exports.firstRow(this.#run, stretch + 1) * this.#classes;
    const window = this.#window.reserve(4 * (end - begin));
    this.#instance.memory.float32.set(viewOf(predictions, begin, end), window / 4);
    exports.runStretch(this.#run, stretch, window);
    const { float32 } = this.#instance.memory; // it may have grown
    gradient?.set(float32.subarray(window / 4, window / 4 + end - begin), begin);
  }

  finish(): void {
    if (this.#run !== 0) this.#instance.exports.finishCall(this.#run);
    this.#layout.read(this.#call, this.#instance.memory, this.#base, [LOSSES]);
  }
}

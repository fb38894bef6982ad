// The module at work: its functions, its memory, and what becomes of both when memory runs out or lies idle.
import { EmdError } from '../../checks/emd-error.js';
import { moduleWorks, theModule, unavailable } from './module.js';
import { webAssembly } from './web-assembly.js';

/** The functions of native/wasm/; addresses are numbers. */
export interface Exports {
  memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  aligned_alloc(alignment: number, bytes: number): number;
  free(address: number): void;
  ranOutOfMemory(): number;

  createGround(
    kind: number,
    classes: number,
    weights: number,
    parents: number,
    distances: number,
    exponent: number,
    offset: number,
    indefinite: number,
    out: number,
  ): number;
  destroyGround(ground: number): void;
  evaluate(ground: number, classes: number, targetKind: number, call: number): void;
  beginCall(ground: number, classes: number, targetKind: number, call: number): number;
  stretches(run: number): number;
  firstRow(run: number, stretch: number): number;
  runStretch(run: number, stretch: number, predictions: number): void;
  finishCall(run: number): void;
  rowKinds(values: number, rows: number, classes: number, kinds: number): number;

  accumulate(
    values: number,
    labels: number,
    labelKind: number,
    rows: number,
    features: number,
    classes: number,
    normalize: number,
    hasIgnoreIndex: number,
    ignoreIndex: number,
    sums: number,
    counts: number,
  ): number;
  updateCentroids(
    features: number,
    classes: number,
    momentum: number,
    sums: number,
    counts: number,
    centroids: number,
  ): number;
  classDistances(centroids: number, classes: number, features: number, scale: number, out: number): number;
  pairwiseDistances(points: number, rows: number, features: number, out: number): number;
}

/** A cache line, and more than any vector. */
const ALIGNMENT = 64;
export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Memory that has grown beyond this is given back when nobody has used it for a while: that of a module never shrinks. */
const KEPT_BYTES = 2 ** 26;
const IDLE_MILLISECONDS = 5000;
/** Addresses are 32 bits wide. */
const MOST_BYTES = 2 ** 32 - 2 ** 20;

export class OutOfMemory extends Error {}

/** All of a module's memory. To be asked for anew after whatever may have made it grow. */
export interface Memory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly uint32: Uint32Array<ArrayBuffer>;
  readonly float32: Float32Array<ArrayBuffer>;
  readonly float64: Float64Array<ArrayBuffer>;
}

/** A stretch of memory outside a module, which is to fit into one. @throws OutOfMemory */
export function newImage(bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes > MOST_BYTES) throw new OutOfMemory();
  try {
    return new Uint8Array(bytes);
  } catch {
    throw new OutOfMemory();
  }
}

export function memoryOf(buffer: ArrayBuffer): Memory {
  return {
    bytes: new Uint8Array(buffer),
    uint32: new Uint32Array(buffer),
    float32: new Float32Array(buffer),
    float64: new Float64Array(buffer),
  };
}

export class Instance {
  readonly exports: Exports;
  /** Memory for the calls, kept between them: of all, and of those in stretches what the predictions of one take. */
  readonly arena = new Block(this);
  readonly window = new Block(this);
  #memory: Memory;

  /** @throws OutOfMemory; EmdError 'WASM_UNAVAILABLE' */
  constructor() {
    this.exports = instantiate();
    this.exports._initialize();
    this.#memory = memoryOf(this.exports.memory.buffer);
  }

  get memory(): Memory {
    if (this.#memory.bytes.length === 0) this.#memory = memoryOf(this.exports.memory.buffer);
    return this.#memory;
  }

  /**
   * Runs what calls its functions. Where memory runs out, the module traps, or JavaScript's stack ends in it, it is given up, as nothing
   * was unwound in it.
   * @throws OutOfMemory
   */
  guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (current === this) current = undefined;
      if (!(error instanceof webAssembly().RuntimeError)) throw error;
      if (this.exports.ranOutOfMemory()) throw new OutOfMemory();
      throw new EmdError('INTERNAL', `squared-emd: WebAssembly stopped: ${error.message}`, { cause: error });
    } finally {
      if (this.memory.bytes.length > KEPT_BYTES) giveUpWhenIdle();
    }
  }

  /** @throws OutOfMemory */
  allocate(bytes: number): number {
    const address = bytes > MOST_BYTES ? 0 : this.exports.aligned_alloc(ALIGNMENT, aligned(Math.max(1, bytes))) >>> 0;
    if (address === 0) throw new OutOfMemory();
    return address;
  }
}

/** Memory of one use, until the next one. */
export class Block {
  readonly #instance: Instance;
  #address = 0;
  #bytes = 0;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /** @throws OutOfMemory */
  reserve(bytes: number): number {
    if (bytes <= this.#bytes) return this.#address;
    this.free();
    this.#address = this.#instance.allocate(bytes);
    this.#bytes = bytes;
    return this.#address;
  }

  free(): void {
    if (this.#address !== 0) this.#instance.exports.free(this.#address);
    this.#address = this.#bytes = 0;
  }
}

function instantiate(): Exports {
  const module = theModule();
  try {
    const { exports } = new (webAssembly().Instance)(module);
    moduleWorks();
    return exports as Exports;
  } catch (error) {
    throw error instanceof RangeError ? new OutOfMemory() : unavailable(error);
  }
}

let current: Instance | undefined;
/** Counts instances: what was made in another one than the present is gone. */
let generation = 0;
let lastUse = 0;
let watch: ReturnType<typeof setTimeout> | undefined;

/** 0 is none's. */
export const presentGeneration = (): number => (current === undefined ? 0 : generation);

/**
 * Runs what calls functions of the module.
 * @throws OutOfMemory; EmdError 'WASM_UNAVAILABLE'
 */
export function withInstance<T>(work: (instance: Instance) => T): T {
  if (current === undefined) {
    current = new Instance();
    generation++;
  }
  const instance = current;
  return instance.guard(() => work(instance));
}

function giveUpWhenIdle(): void {
  lastUse = Date.now();
  watch ??= later(check, IDLE_MILLISECONDS);
}

function check(): void {
  const idle = Date.now() - lastUse;
  watch = idle < IDLE_MILLISECONDS ? later(check, IDLE_MILLISECONDS - idle) : undefined;
  if (watch === undefined) current = undefined;
}

/** A timer that keeps no program from ending. */
function later(work: () => void, milliseconds: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(work, milliseconds) as ReturnType<typeof setTimeout> & { unref?(): void };
  timer.unref?.();
  return timer;
}

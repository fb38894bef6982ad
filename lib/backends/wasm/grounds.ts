// Ground distances in the module's memory. What one is made from is kept: modules come and go, and a worker has one of its own.
import type { GroundHandle } from '../backend.js';
import { whenCollected } from '../collected.js';
import { Status } from '../enumerations.js';
import { aligned, type Exports, presentGeneration, withInstance } from './instance.js';

export interface GroundDescription {
  kind: number;
  classes: number;
  weights: Float64Array | null;
  parents: Int32Array | null;
  distances: Float32Array | null;
  exponent: number;
  offset: number;
  indefinite: boolean;
}

/** As native code sees it: a stretch of memory with the arrays, and numbers. */
export interface PackedGround {
  bytes: Uint8Array<ArrayBuffer>;
  /** Where arrays begin; 0 for none, as the address of what is made comes first. */
  begins: [weights: number, parents: number, distances: number];
  numbers: [kind: number, classes: number, exponent: number, offset: number, indefinite: number];
}

let count = 0;

/** One in the memory of a module. */
class MadeGround {
  readonly address: number;
  readonly generation = presentGeneration();
  #holders = 1;

  constructor(address: number) {
    this.address = address;
  }

  hold(): void {
    this.#holders++;
  }

  letGo(): void {
    if (--this.#holders > 0 || this.generation !== presentGeneration()) return;
    withInstance(({ exports }) => exports.destroyGround(this.address));
  }
}

export class WasmGround {
  /** Another one each time that it is filled. */
  id = 0;
  #description: GroundDescription | undefined;
  #made: MadeGround | undefined;

  get classes(): number {
    return this.#description?.classes ?? 0;
  }

  /** @throws OutOfMemory */
  fill(description: GroundDescription): Status {
    this.release();
    this.#description = description;
    this.id = ++count;
    const status = this.#create();
    if (status !== Status.ok) this.#description = undefined;
    return status;
  }

  release(): void {
    collected.unregister(this);
    this.#made?.letGo();
    this.#made = undefined;
    this.#description = undefined;
  }

  /** Where it is, made anew where the module is another one by now. To be called within `withInstance`. 0: there is none. */
  address(): number {
    if (this.#description !== undefined && this.#made?.generation !== presentGeneration()) this.#create();
    return this.#made?.address ?? 0;
  }

  /** Keeps what is at that address, also if it is released, until the function that is returned is called. */
  hold(): () => void {
    const made = this.#made;
    made?.hold();
    return () => made?.letGo();
  }

  /** What it is made from; undefined once released. */
  get description(): GroundDescription | undefined {
    return this.#description;
  }

  /** @throws OutOfMemory */
  #create(): Status {
    const packed = pack(this.#description as GroundDescription);
    return withInstance((instance) => {
      const base = instance.allocate(packed.bytes.length);
      instance.memory.bytes.set(packed.bytes, base);
      const status = createPacked(instance.exports, packed, base);
      if (status === Status.ok) this.#own(instance.memory.uint32[base / 4]);
      instance.exports.free(base);
      return status;
    });
  }

  #own(address: number): void {
    this.#made = new MadeGround(address);
    collected.unregister(this);
    collected.register(this, this.#made, this);
  }
}

/** Those that nobody released. */
const collected = whenCollected<MadeGround>((made) => made.letGo());

export function pack(description: GroundDescription): PackedGround {
  const { kind, classes, exponent, offset, indefinite } = description;
  let end = aligned(8);
  const begins = [description.weights, description.parents, description.distances].map((array) => {
    if (array === null) return 0;
    const begin = end;
    end = aligned(begin + array.byteLength);
    return begin;
  }) as PackedGround['begins'];
  const bytes = new Uint8Array(end);
  [description.weights, description.parents, description.distances].forEach((array, i) => {
    if (array !== null) bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), begins[i]);
  });
  return { bytes, begins, numbers: [kind, classes, exponent, offset, indefinite ? 1 : 0] };
}

function createPacked(exports: Exports, { begins, numbers }: PackedGround, base: number): Status {
  const [weights, parents, distances] = begins.map((begin) => (begin === 0 ? 0 : base + begin));
  const [kind, classes, exponent, offset, indefinite] = numbers;
  return exports.createGround(kind, classes, weights, parents, distances, exponent, offset, indefinite, base);
}

export const asHandle = (ground: WasmGround): GroundHandle => ground as unknown as GroundHandle;
export const groundOf = (handle: GroundHandle): WasmGround => handle as unknown as WasmGround;

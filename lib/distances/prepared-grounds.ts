// What native code has made of ground distances, and how long it is kept.
//
// Node gives back what a native object holds when its event loop turns, no sooner, and a synchronous loop may make a ground
// distance in every step. So the prepared ones are few: beyond that the oldest is given up, to be made again if it is asked for
// again, and its native object serves the next one.
import type { GroundHandle } from '../backends/backend.js';
import { hostBackend } from '../backends/current.js';

const MAX_BYTES = 2 ** 25;
const MAX_COUNT = 256;

interface Place {
  readonly ground: GroundHandle;
  readonly bytes: number;
  readonly owner: PreparedGrounds;
  readonly key: number;
}

/** Oldest first. They are of all ground distances of this thread. */
const places = new Set<Place>();
let bytesInUse = 0;
/** Released. */
const spare: GroundHandle[] = [];

function release(place: Place): void {
  places.delete(place);
  bytesInUse -= place.bytes;
  hostBackend().releaseGround(place.ground);
  spare.push(place.ground);
}

function makeRoom(bytes: number): void {
  for (const place of places) {
    if (places.size < MAX_COUNT && bytesInUse + bytes <= MAX_BYTES) return;
    place.owner.giveUp(place);
  }
}

/** Of ground distances that are collected before they are given up. */
const collected = new FinalizationRegistry<PreparedGrounds>((grounds) => grounds.giveUpAll());

/** Those of one ground distance, by keys: its sizes and devices. */
export class PreparedGrounds {
  readonly #places = new Map<number, Place>();
  /** Of one that is in use for longer than passing ones are kept. */
  readonly #kept = new Map<number, GroundHandle>();
  readonly #mayKeep: boolean;
  #wasGivenUp = false;

  /** @param mayKeep Whether it has few keys: then one that is asked for again after it was given up is kept from then on. */
  constructor(mayKeep: boolean) {
    this.#mayKeep = mayKeep;
  }

  find(key: number): GroundHandle | undefined {
    return this.#places.get(key)?.ground ?? this.#kept.get(key);
  }

  /**
   * Makes the one of a key. It is to be used at once: the next one may take its place.
   *
   * @param holder Whose it is: all is given up when that is collected.
   * @param bytes About what native code will hold.
   * @param make Makes it, into a native object that was released if there is one.
   */
  add(key: number, holder: object, bytes: number, make: (into: GroundHandle | null) => GroundHandle): GroundHandle {
    if (this.#wasGivenUp && this.#mayKeep) {
      const ground = make(null);
      this.#kept.set(key, ground);
      return ground;
    }
    makeRoom(bytes);
    const ground = make(spare.at(-1) ?? null);
    spare.pop();
    const place: Place = { ground, bytes, owner: this, key };
    if (this.#places.size === 0) collected.register(holder, this, this);
    this.#places.set(key, place);
    places.add(place);
    bytesInUse += bytes;
    return ground;
  }

  giveUp(place: Place): void {
    this.#wasGivenUp = true;
    this.#places.delete(place.key);
    if (this.#places.size === 0) collected.unregister(this);
    release(place);
  }

  giveUpAll(): void {
    for (const place of this.#places.values()) this.giveUp(place);
  }
}

// Ground distances as the backend has prepared them, and how long they are kept.
//
// Node.js frees what a native object holds only when its event loop turns, and a synchronous loop may make a ground distance in
// every step. So only a few are kept: beyond that the oldest is released, to be prepared again if it is needed again, and its
// native object is used for another one.
import type { GroundHandle } from '../backends/backend.js';
import { whenCollected } from '../backends/collected.js';
import { hostBackend } from '../backends/current.js';

const MAX_BYTES = 2 ** 25;
const MAX_COUNT = 256;

interface Prepared {
  readonly ground: GroundHandle;
  readonly bytes: number;
  readonly owner: PreparedGrounds;
  readonly key: number;
}

/** Those of all ground distances of this thread, oldest first. */
const prepared = new Set<Prepared>();
let bytesInUse = 0;
/** Native objects that have been released and can be used again. */
const spare: GroundHandle[] = [];

function release(entry: Prepared): void {
  prepared.delete(entry);
  bytesInUse -= entry.bytes;
  hostBackend().releaseGround(entry.ground);
  spare.push(entry.ground);
}

function makeRoom(bytes: number): void {
  for (const entry of prepared) {
    if (prepared.size < MAX_COUNT && bytesInUse + bytes <= MAX_BYTES) return;
    entry.owner.giveUp(entry);
  }
}

/** For ground distances that are collected before they are released. */
const collected = whenCollected<PreparedGrounds>((grounds) => grounds.giveUpAll());

/** The prepared forms of one ground distance, by a key: number of classes and device. */
export class PreparedGrounds {
  readonly #prepared = new Map<number, Prepared>();
  /** Those that turned out to be used for longer. */
  readonly #kept = new Map<number, GroundHandle>();
  readonly #mayKeep: boolean;
  #wasGivenUp = false;

  /** @param mayKeep Whether there are few keys: then one that is needed again after its release is kept from then on. */
  constructor(mayKeep: boolean) {
    this.#mayKeep = mayKeep;
  }

  find(key: number): GroundHandle | undefined {
    return this.#prepared.get(key)?.ground ?? this.#kept.get(key);
  }

  /**
   * Prepares the one of a key. It must be used at once, as the next one may replace it.
   *
   * @param holder Its owner: when that is collected, everything is released.
   * @param bytes About how many bytes the backend will hold.
   * @param make Prepares it, in a released native object if there is one.
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
    const entry: Prepared = { ground, bytes, owner: this, key };
    if (this.#prepared.size === 0) collected.register(holder, this, this);
    this.#prepared.set(key, entry);
    prepared.add(entry);
    bytesInUse += bytes;
    return ground;
  }

  giveUp(entry: Prepared): void {
    this.#wasGivenUp = true;
    this.#prepared.delete(entry.key);
    if (this.#prepared.size === 0) collected.unregister(this);
    release(entry);
  }

  giveUpAll(): void {
    for (const entry of this.#prepared.values()) this.giveUp(entry);
  }
}

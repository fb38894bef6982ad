// What the backend has made of ground distances, and how long it is kept.
//
// Node.js frees what a native object holds only when its event loop turns, and a synchronous loop may make a ground distance in every
// step. So only a few are kept: beyond that the oldest is given up, to be made again when it is next needed, and its native object
// serves another one.
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

/** Of all ground distances of this thread, oldest first. */
const prepared = new Set<Prepared>();
let bytesInUse = 0;
/** Native objects that were released. */
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

/** For ground distances that are collected before they are given up. */
const collected = whenCollected<PreparedGrounds>((grounds) => grounds.giveUpAll());

/** Those of one ground distance, by key: a number of classes and a device. */
export class PreparedGrounds {
  readonly #prepared = new Map<number, Prepared>();
  /** Those that turned out to be in use for longer. */
  readonly #kept = new Map<number, GroundHandle>();
  readonly #mayKeep: boolean;
  #wasGivenUp = false;

  /** @param mayKeep Whether there are few keys: then one that is needed again after it was given up is kept from then on. */
  constructor(mayKeep: boolean) {
    this.#mayKeep = mayKeep;
  }

  find(key: number): GroundHandle | undefined {
    return this.#prepared.get(key)?.ground ?? this.#kept.get(key);
  }

  /**
   * Makes the one of a key. It is to be used at once: the next one may replace it.
   *
   * @param holder Whose it is: all is given up when that is collected.
   * @param bytes About what the backend will hold.
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

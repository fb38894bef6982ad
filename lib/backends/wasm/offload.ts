// Asynchronous calls: in a worker where the runtime has one, else on this thread, in slices.
import { EmdError } from '../../checks/emd-error.js';
import type { GroundHandle } from '../backend.js';
import { type GroundDescription, groundOf, pack, WasmGround } from './grounds.js';
import { aligned, newImage, OutOfMemory, withInstance } from './instance.js';
import { nextTask } from './jobs.js';
import { theModule } from './module.js';
import { type Offloader, workers } from './workers.js';

/** An idle worker is given up, with its memory. */
const IDLE_MILLISECONDS = 10_000;
/** The same where it keeps the program from ending. */
const HELD_MILLISECONDS = 20;
/** A worker keeps as many ground distances. */
const MAX_GROUNDS = 16;

/** A call of a function of the module on a stretch of memory; arguments [n] are distances from its beginning. */
interface Job {
  name: 'evaluate' | 'classDistances';
  ground?: { id: number; description: GroundDescription };
  args: (number | [number])[];
  image: Uint8Array<ArrayBuffer>;
  /** Runs it on this thread, on the image. */
  here(): Promise<void>;
}
type Image = Job['image'];

interface Waiting {
  job: Job;
  resolve(image: Image): void;
  reject(error: unknown): void;
}

/** What the worker says. */
interface Answer {
  ready?: boolean;
  failed?: string;
  image?: Image;
}

class Queue {
  #worker: Offloader | undefined;
  /** It has the module, and takes calls. */
  #isReady = false;
  /** There are none here, or they are forbidden. */
  #hasNone = false;
  /** In the order of the calls; the first one runs. */
  readonly #waiting: Waiting[] = [];
  #isRunning = false;
  /** Those that the worker has, oldest use first. */
  readonly #grounds = new Set<number>();
  #idle: ReturnType<typeof setTimeout> | undefined;

  run(job: Job): Promise<Image> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#isRunning) return;
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#rest();
      return;
    }
    clearTimeout(this.#idle);
    if (this.#hasNone || !this.#start()) {
      this.#isRunning = true;
      void first.job.here().then(
        () => this.#done(() => first.resolve(first.job.image)),
        (error) => this.#done(() => first.reject(error)),
      );
      return;
    }
    this.#worker?.hold?.(true);
    if (this.#isReady) this.#send(first.job);
  }

  #done(settle: () => void): void {
    this.#waiting.shift();
    this.#isRunning = false;
    settle();
    this.#next();
  }

  /** False where there is no worker. */
  #start(): boolean {
    if (this.#worker !== undefined) return true;
    try {
      this.#worker = workers()?.(
        (message) => this.#receive(message as Answer),
        (error) => this.#fail(error),
      );
      this.#worker?.send({ module: theModule() }, []);
    } catch {
      this.#worker = undefined;
    }
    this.#hasNone = this.#worker === undefined;
    return !this.#hasNone;
  }

  #send({ name, ground, args, image }: Job): void {
    this.#isRunning = true;
    const sent = ground && { id: ground.id, ...(!this.#grounds.has(ground.id) && pack(ground.description)) };
    const dropped = ground === undefined ? [] : this.#touch(ground.id);
    try {
      this.#worker?.send({ ground: sent, dropped, name, args, image }, [image.buffer]);
    } catch (error) {
      this.#fail(error); // else all calls behind it would wait for ever
    }
  }

  /** Those that have to make room. */
  #touch(id: number): number[] {
    this.#grounds.delete(id);
    const dropped = [...this.#grounds].slice(0, Math.max(0, this.#grounds.size - MAX_GROUNDS + 1));
    for (const one of dropped) this.#grounds.delete(one);
    this.#grounds.add(id);
    return dropped;
  }

  #receive({ ready, failed, image }: Answer): void {
    if (ready) {
      this.#isReady = true;
      this.#next();
      return;
    }
    if (failed !== undefined) this.#grounds.clear();
    const [{ resolve, reject }] = this.#waiting;
    this.#done(() => {
      if (failed === undefined) resolve(image as Image);
      else reject(failed === 'memory' ? new OutOfMemory() : stopped(failed));
    });
  }

  /** Before it was ready there is none here, as far as can be told; later the call is lost that it was working on. */
  #fail(error: unknown): void {
    const lost = this.#isReady && this.#isRunning;
    this.#hasNone = !this.#isReady;
    this.#forget();
    const [first] = this.#waiting;
    if (lost) this.#done(() => first.reject(stopped(error)));
    else this.#next();
  }

  #forget(): void {
    this.#worker?.end();
    this.#worker = undefined;
    this.#isReady = false;
    this.#grounds.clear();
  }

  #rest(): void {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.hold?.(false);
    this.#idle = setTimeout(() => this.#forget(), worker.keepsRunning ? HELD_MILLISECONDS : IDLE_MILLISECONDS);
    (this.#idle as { unref?(): void }).unref?.();
  }
}

const stopped = (error: unknown) =>
  new EmdError(
    'INTERNAL',
    `squared-emd: WebAssembly stopped in its worker: ${error instanceof Error ? error.message : error}`,
  );

const queue = new Queue();

/**
 * `evaluate` of the module on a call as call.ts writes it.
 * @param here Does the same to the image on this thread.
 */
export function evaluateLater(
  handle: GroundHandle,
  targetKind: number,
  image: Image,
  here: (ground: WasmGround) => Promise<void>,
): Promise<Image> {
  const own = groundOf(handle);
  const { id } = own;
  const description = own.description as GroundDescription;
  return queue.run({
    name: 'evaluate',
    ground: { id, description },
    args: [own.classes, targetKind, [0]],
    image,
    here: async () => {
      const ground = stillThere(own, id, description);
      await here(ground);
      if (ground !== own) ground.release();
    },
  });
}

/** What was there under this number: it may have been released, or filled anew, since. */
function stillThere(own: WasmGround, id: number, description: GroundDescription): WasmGround {
  if (own.id === id && own.description !== undefined) return own;
  const again = new WasmGround();
  again.fill(description);
  return again;
}

/** @throws OutOfMemory */
export async function classDistancesLater(
  centroids: Float32Array,
  classes: number,
  scale: number,
  out: Float32Array,
): Promise<void> {
  const begin = aligned(centroids.byteLength);
  const { length } = out;
  const features = centroids.length / classes;
  const image = newImage(begin + out.byteLength);
  new Float32Array(image.buffer, 0, centroids.length).set(centroids);
  const here = async () => {
    await nextTask();
    withInstance((instance) => {
      const base = instance.arena.reserve(image.length);
      instance.memory.bytes.set(image, base);
      instance.exports.classDistances(base, classes, features, scale, base + begin);
      image.set(instance.memory.bytes.subarray(base, base + image.length));
    });
  };
  const args: Job['args'] = [[0], classes, features, scale, [begin]];
  const done = await queue.run({ name: 'classDistances', args, image, here });
  if (out.length !== length) {
    throw new RangeError(
      'out: expected the array as it was when the call began, but it was detached or resized meanwhile',
    );
  }
  out.set(new Float32Array(done.buffer, begin, length));
}

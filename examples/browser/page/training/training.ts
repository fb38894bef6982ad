// Training as the page sees it: workers that share the seeds, and the scores of the epochs that all of them have ended.
import type { Info } from 'squared-emd';
import type { LossId } from '../losses.js';
import type { Settings } from '../settings.js';
import type { EpochResult } from './course.js';
import type { Backend, FromWorker, ToWorker } from './protocol.js';

export type State = 'ready' | 'running' | 'paused' | 'done';

export interface Listener {
  /** There is something new to show. */
  changed(): void;
  failed(message: string): void;
  /** There is no GPU, or it is lost. */
  refused(reason: string): void;
}

export class Training {
  state: State = 'ready';
  /** Undefined until the workers are ready. */
  info: Info | undefined;
  /** What the GPU that trains is called. */
  gpu: string | undefined;
  /** The first seed's distances before the first epoch and after each one, [classes, classes]. */
  readonly distances: Float32Array[] = [];
  /** By seed, of which the first is 1, and epoch. */
  readonly results: Record<LossId, EpochResult>[][];
  private readonly workers: Worker[];
  /** When the last epoch ended; undefined until one has since Start, which is the first to be timed from. */
  private ended: number | undefined;
  private readonly timed = { milliseconds: 0, epochs: 0 };

  constructor(
    readonly settings: Settings,
    readonly backend: Backend,
    private readonly listener: Listener,
  ) {
    const { seeds, epochs } = settings;
    this.results = Array.from({ length: seeds }, () => []);
    const count = workersFor(backend, seeds);
    this.workers = Array.from({ length: count }, (_, i) => {
      const worker = new Worker(backend === 'gpu' ? 'training-gpu-worker.js' : 'training-worker.js');
      worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => this.receive(data));
      worker.addEventListener('error', ({ message }) => this.listener.failed(message));
      const own = this.results.map((_, place) => place + 1).filter((seed) => seed % count === i);
      worker.postMessage({ kind: 'begin', seeds: own, epochs } satisfies ToWorker);
      return worker;
    });
  }

  /** Epochs that every seed has ended. */
  get epochs(): number {
    return Math.min(...this.results.map((ofSeed) => ofSeed.length));
  }

  /** The share of the work that is done, from 0 to 1. */
  get progress(): number {
    const done = this.results.reduce((sum, ofSeed) => sum + ofSeed.length, 0);
    return done / (this.settings.seeds * this.settings.epochs);
  }

  /** Of an epoch of all networks, in the mean; undefined until two have ended. */
  get milliseconds(): number | undefined {
    const { milliseconds, epochs } = this.timed;
    return epochs === 0 ? undefined : milliseconds / epochs;
  }

  run(): void {
    this.state = 'running';
    this.ended = undefined;
    this.send({ kind: 'run' });
  }

  pause(): void {
    this.state = 'paused';
    this.send({ kind: 'pause' });
  }

  stop(): void {
    for (const worker of this.workers) worker.terminate();
  }

  private send(message: ToWorker): void {
    for (const worker of this.workers) worker.postMessage(message);
    this.listener.changed();
  }

  private receive(message: FromWorker): void {
    if (message.kind === 'refused') {
      this.listener.refused(message.reason);
      return;
    }
    if (message.kind === 'ready') ({ info: this.info, gpu: this.gpu } = message);
    else if (message.kind === 'begun') this.learned(message.seed, message.distances);
    else {
      const before = this.epochs;
      this.results[message.seed - 1].push(message.results);
      this.learned(message.seed, message.results.learned.distances);
      if (this.epochs > before && this.state === 'running') this.time();
    }
    if (this.progress === 1) {
      this.state = 'done';
      this.stop();
    }
    this.listener.changed();
  }

  private time(): void {
    const now = performance.now();
    if (this.ended !== undefined) {
      this.timed.milliseconds += now - this.ended;
      this.timed.epochs++;
    }
    this.ended = now;
  }

  private learned(seed: number, distances: Float32Array | undefined): void {
    if (seed === 1 && distances) this.distances.push(distances);
  }
}

/** There is one GPU; of the processors one is left to the page. */
export const workersFor = (backend: Backend, seeds: number): number =>
  backend === 'gpu' ? 1 : Math.min(seeds, Math.max(1, navigator.hardwareConcurrency - 1));

// Training as the page sees it: workers that share the seeds, and the scores of the epochs that all of them have ended.
import type { Info } from 'squared-emd';
import type { LossId } from '../losses.js';
import type { Settings } from '../settings.js';
import type { EpochResult } from './course.js';
import type { FromWorker, ToWorker } from './protocol.js';

export type State = 'ready' | 'running' | 'paused' | 'done';

export class Training {
  state: State = 'ready';
  /** Undefined until the workers are ready. */
  info: Info | undefined;
  /** The first seed's distances before the first epoch and after each one, [classes, classes]. */
  readonly distances: Float32Array[] = [];
  /** By seed, of which the first is 1, and epoch. */
  readonly results: Record<LossId, EpochResult>[][];
  private readonly workers: Worker[];

  /** @param changed Called whenever there is something new to show. */
  constructor(
    readonly settings: Settings,
    private readonly changed: () => void,
    private readonly failed: (message: string) => void,
  ) {
    const { seeds, epochs } = settings;
    this.results = Array.from({ length: seeds }, () => []);
    // One processor is left to the page.
    const count = Math.min(seeds, Math.max(1, navigator.hardwareConcurrency - 1));
    this.workers = Array.from({ length: count }, (_, i) => {
      const worker = new Worker('training-worker.js');
      worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => this.receive(data));
      worker.addEventListener('error', ({ message }) => this.failed(message));
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

  run(): void {
    this.state = 'running';
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
    this.changed();
  }

  private receive(message: FromWorker): void {
    if (message.kind === 'ready') this.info = message.info;
    else if (message.kind === 'begun') this.learned(message.seed, message.distances);
    else {
      this.results[message.seed - 1].push(message.results);
      this.learned(message.seed, message.results.learned.distances);
    }
    if (this.progress === 1) {
      this.state = 'done';
      this.stop();
    }
    this.changed();
  }

  private learned(seed: number, distances: Float32Array | undefined): void {
    if (seed === 1 && distances) this.distances.push(distances);
  }
}

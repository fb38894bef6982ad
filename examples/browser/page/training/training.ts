// Training as the page sees it: a worker for each seed, and the scores of the epochs that all of them have ended.
import type { Info } from 'squared-emd';
import type { Samples } from '../../../../shared/data.js';
import type { LossId } from '../losses.js';
import type { Settings } from '../settings.js';
import type { EpochResult } from './course.js';
import type { FromWorker, ToWorker } from './protocol.js';

export type State = 'ready' | 'running' | 'paused' | 'done';

export class Training {
  state: State = 'ready';
  info: Info | undefined;
  /** The first seed's distances before the first epoch and after each one, [classes, classes]. */
  readonly distances: Float32Array[] = [];
  /** By seed and epoch. */
  readonly results: Record<LossId, EpochResult>[][];
  private readonly workers: Worker[];

  /** @param changed Called whenever there is something new to show. */
  constructor(
    readonly settings: Settings,
    samples: Samples,
    private readonly changed: () => void,
    private readonly failed: (message: string) => void,
  ) {
    const seeds = Array.from({ length: settings.seeds }, (_, i) => i + 1);
    this.results = seeds.map(() => []);
    this.workers = seeds.map((seed, i) => {
      const worker = new Worker('training-worker.js');
      worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => this.receive(i, data));
      worker.addEventListener('error', ({ message }) => this.failed(message));
      worker.postMessage({ kind: 'begin', samples, seed, epochs: settings.epochs } satisfies ToWorker);
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

  private receive(seed: number, message: FromWorker): void {
    const distances = message.kind === 'ready' ? message.distances : message.results.learned.distances;
    if (seed === 0 && distances) this.distances.push(distances);
    if (message.kind === 'ready') this.info = message.info;
    else {
      this.results[seed].push(message.results);
      if (this.progress === 1) {
        this.state = 'done';
        this.stop();
      }
    }
    this.changed();
  }
}

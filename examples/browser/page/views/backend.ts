// Where the networks are trained, the visitor's choice of it, and how long an epoch takes on either.
import { LOSSES } from '../losses.js';
import { lossDifference } from '../training/comparison.js';
import type { Backend } from '../training/protocol.js';
import { type Training, workersFor } from '../training/training.js';
import { byId } from './element.js';
import { inDigits, inPowers } from './numbers.js';

const BACKENDS: readonly Backend[] = ['gpu', 'cpu'];
export const NAMES: Record<Backend, string> = { gpu: 'GPU', cpu: 'CPU' };

export class BackendView {
  private gpu = 'WebGPU';
  private refusal: string | undefined;
  private readonly milliseconds: Partial<Record<Backend, number>> = {};

  constructor(chosen: (backend: Backend) => void) {
    for (const backend of BACKENDS) choice(backend).addEventListener('change', () => chosen(backend));
  }

  /** Whether the GPU has not refused. */
  get hasGpu(): boolean {
    return this.refusal === undefined;
  }

  /** Nothing is trained on the GPU any more. */
  refuse(reason: string): void {
    this.refusal = reason;
    choice('gpu').disabled = true;
  }

  show({ backend, gpu, milliseconds, settings }: Training): void {
    choice(backend).checked = true;
    this.note(backend, milliseconds, gpu);
    byId('gpu-note').textContent = this.refusal ?? `${this.gpu}${this.timeOn('gpu')}`;
    const workers = workersFor('cpu', settings.seeds);
    const where = `WebAssembly, ${workers === 1 ? '1 worker' : `${workers} workers`}`;
    byId('cpu-note').textContent = `${where}${this.timeOn('cpu')}`;
  }

  /** Says that a few epochs are trained elsewhere, too. */
  await({ backend }: Training): void {
    byId('comparison').textContent = `A few epochs on the ${NAMES[backend === 'gpu' ? 'cpu' : 'gpu']}, to compare …`;
  }

  /** @param trial What was trained elsewhere. */
  compare(training: Training, trial: Training): void {
    this.note(trial.backend, trial.milliseconds, trial.gpu);
    const { gpu, cpu } = this.milliseconds;
    if (gpu === undefined || cpu === undefined) return;
    const [slower, faster, ratio] =
      gpu > cpu ? (['gpu', 'cpu', gpu / cpu] as const) : (['cpu', 'gpu', cpu / gpu] as const);
    const networks = training.settings.seeds * LOSSES.length;
    const why =
      faster === 'cpu' ? ' Networks as small as these give a GPU many kernels and each of them little to do.' : '';
    byId('comparison').textContent =
      `An epoch of the ${networks} networks takes ${inTime(gpu)} on the GPU and ${inTime(cpu)} on the CPU: the ${NAMES[faster]} ` +
      `is ${inDigits(ratio)} times as fast as the ${NAMES[slower]}. The losses of the first epochs agree to ${inPowers(lossDifference(training, trial))}.${why}`;
  }

  clear(): void {
    byId('comparison').textContent = '';
  }

  private note(backend: Backend, milliseconds: number | undefined, gpu: string | undefined): void {
    if (milliseconds !== undefined) this.milliseconds[backend] = milliseconds;
    if (gpu !== undefined) this.gpu = gpu;
  }

  private timeOn(backend: Backend): string {
    const time = this.milliseconds[backend];
    return time === undefined ? '' : `, ${inTime(time)} an epoch`;
  }
}

const choice = (backend: Backend) => byId<HTMLInputElement>(`on-${backend}`);

const inTime = (milliseconds: number) =>
  milliseconds < 1000 ? `${inDigits(milliseconds)} ms` : `${inDigits(milliseconds / 1000)} s`;

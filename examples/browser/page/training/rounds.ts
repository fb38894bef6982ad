// What a worker that trains does, wherever: for some seeds a network with each of the losses. Between epochs it listens.
import { info } from 'squared-emd';
import { type Split, splitSamples } from '../../../../shared/data.js';
import { Random } from '../../../../shared/random.js';
import { loadHouses } from '../data.js';
import { LOSSES, type LossId } from '../losses.js';
import { ROWS } from '../settings.js';
import type { Course, EpochResult } from './course.js';
import type { FromWorker, ToWorker } from './protocol.js';

/** A seed's networks, in step. */
interface Round {
  seed: number;
  courses: { id: LossId; course: Course }[];
}

/** Where the networks are. */
export interface Place {
  /** What it is called. */
  gpu?: string;
  begin(split: Split, loss: LossId, seed: number): Course | Promise<Course>;
}

const rounds: Round[] = [];
/** Epochs yet to train, all seeds together. */
let left = 0;
let running = false;
let busy = false;

export const send = (message: FromWorker) => postMessage(message);

async function begin({ gpu, begin }: Place, seeds: readonly number[], epochs: number): Promise<void> {
  const houses = await loadHouses();
  for (const seed of seeds) {
    const split = splitSamples(houses, ROWS, new Random(seed));
    const courses: Round['courses'] = [];
    for (const { id } of LOSSES) courses.push({ id, course: await begin(split, id, seed) });
    rounds.push({ seed, courses });
    const distances = courses.map(({ course }) => course.distances).find((learned) => learned !== undefined);
    send({ kind: 'begun', seed, distances: distances as Float32Array });
  }
  left = epochs * rounds.length;
  send({ kind: 'ready', info: info(), gpu });
  await go();
}

/** Epochs until a message says otherwise. */
async function go(): Promise<void> {
  if (busy) return;
  busy = true;
  while (running && left > 0) {
    await epoch(rounds[left-- % rounds.length]);
    await new Promise((resolve) => setTimeout(resolve)); // messages that are waiting come first
  }
  busy = false;
}

async function epoch({ seed, courses }: Round): Promise<void> {
  const results: Partial<Record<LossId, EpochResult>> = {};
  for (const { id, course } of courses) results[id] = await course.epoch();
  send({ kind: 'epoch', seed, results: results as Record<LossId, EpochResult> });
}

/** Does what the page says. @param start Called once. @param failed Without it the page hears of an error of the worker. */
export function serve(start: () => Promise<Place>, failed: (error: unknown) => void = reportError): void {
  addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
    if (data.kind === 'begin') {
      const { seeds, epochs } = data;
      start()
        .then((place) => begin(place, seeds, epochs))
        .catch(failed);
    } else {
      running = data.kind === 'run';
      go().catch(failed);
    }
  });
}

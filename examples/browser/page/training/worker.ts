// A worker that trains, for some seeds, a network with each of the losses; between epochs it listens.
import { info } from 'squared-emd';
import { splitSamples } from '../../../../shared/data.js';
import { Random } from '../../../../shared/random.js';
import { loadHouses } from '../data.js';
import { LOSSES, type LossId } from '../losses.js';
import { ROWS } from '../settings.js';
import { Course, type EpochResult } from './course.js';
import type { FromWorker, ToWorker } from './protocol.js';

/** A seed's networks, in step. */
interface Round {
  seed: number;
  courses: { id: LossId; course: Course }[];
}

let rounds: Round[] = [];
/** Epochs yet to train, all seeds together. */
let left = 0;
let running = false;
let scheduled = false;

const send = (message: FromWorker) => postMessage(message);

async function begin(seeds: readonly number[], epochs: number): Promise<void> {
  const houses = await loadHouses();
  rounds = seeds.map((seed) => {
    const split = splitSamples(houses, ROWS, new Random(seed));
    return { seed, courses: LOSSES.map(({ id }) => ({ id, course: new Course(split, id, seed) })) };
  });
  for (const { seed, courses } of rounds) {
    const distances = courses.map(({ course }) => course.distances).find((learned) => learned !== undefined);
    send({ kind: 'begun', seed, distances: distances as Float32Array });
  }
  left = epochs * rounds.length;
  send({ kind: 'ready', info: info() });
  schedule();
}

/** The next epoch comes after the messages that are waiting. */
function schedule(): void {
  if (!running || left === 0 || scheduled) return;
  scheduled = true;
  setTimeout(() => {
    scheduled = false;
    if (running) epoch(rounds[left-- % rounds.length]);
    schedule();
  });
}

function epoch({ seed, courses }: Round): void {
  const results = Object.fromEntries(courses.map(({ id, course }) => [id, course.epoch()]));
  send({ kind: 'epoch', seed, results: results as Record<LossId, EpochResult> });
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  // As an error of the worker, which the page hears of.
  if (data.kind === 'begin') begin(data.seeds, data.epochs).catch((error: unknown) => reportError(error));
  else {
    running = data.kind === 'run';
    schedule();
  }
});

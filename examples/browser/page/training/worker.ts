// A worker that trains, for one seed, a network with each of the losses; between epochs it listens.
import { info } from 'squared-emd';
import { splitSamples } from '../../../../shared/data.js';
import { Random } from '../../../../shared/random.js';
import { LOSSES, type LossId } from '../losses.js';
import { ROWS } from '../settings.js';
import { Course, type EpochResult } from './course.js';
import type { FromWorker, ToWorker } from './protocol.js';

let courses: { id: LossId; course: Course }[] = [];
let left = 0;
let running = false;

const send = (message: FromWorker) => postMessage(message);

function step(): void {
  if (!running || left === 0) return;
  left--;
  const results = Object.fromEntries(courses.map(({ id, course }) => [id, course.epoch()]));
  send({ kind: 'epoch', results: results as Record<LossId, EpochResult> });
  setTimeout(step);
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'begin') {
    const split = splitSamples(data.samples, ROWS, new Random(data.seed));
    courses = LOSSES.map(({ id }) => ({ id, course: new Course(split, id, data.seed) }));
    left = data.epochs;
    const learned = courses.find(({ course }) => course.distances) as (typeof courses)[number];
    send({ kind: 'ready', info: info(), distances: learned.course.distances as Float32Array });
  } else {
    const wasRunning = running;
    running = data.kind === 'run';
    if (running && !wasRunning) setTimeout(step);
  }
});

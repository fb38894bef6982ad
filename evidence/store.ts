import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Task, TaskResult } from './experiment.js';
import { fingerprint } from './fingerprint.js';
import { lossesOf } from './losses.js';
import { problemOf } from './problems.js';

/** Keeps the results of tasks in a folder, a file each, so that a run that was stopped can be resumed. */
export class Store {
  readonly #folder: string;

  constructor(out: string) {
    this.#folder = path.join(out, 'tasks');
    mkdirSync(this.#folder, { recursive: true });
  }

  /** The result of a task, if it is there, complete, and made by the present programs. */
  find(task: Task): TaskResult | undefined {
    const result = readJson(this.#fileOf(task)) as TaskResult | undefined;
    const known =
      result?.made?.fingerprint === fingerprint(problemOf(task.problem)) && isDeepStrictEqual(result.task, task);
    return known && isDeepStrictEqual(done(result), toDo(task)) ? result : undefined;
  }

  add(result: TaskResult): void {
    writeJson(this.#fileOf(result.task), result);
  }

  #fileOf({ problem, trainRows, seed }: Task): string {
    return path.join(this.#folder, `${problem}-${trainRows}-${seed}.json`);
  }
}

/** Writes numbers with six digits. Readers never see half a file. */
export function writeJson(file: string, value: unknown): void {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'number' ? Number(part.toPrecision(6)) : part));
  writeFileSync(`${file}.new`, `${text}\n`);
  renameSync(`${file}.new`, file);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // not there, or not one of these files
  }
}

const done = ({ runs }: TaskResult) => runs.map(({ loss, lambda }) => [loss, lambda]);

function toDo({ problem }: Task) {
  const { classes, ordered } = problemOf(problem);
  return lossesOf({ classes: classes.length, ordered }).flatMap(({ id, grid }) => grid.map((lambda) => [id, lambda]));
}

import { parseArgs } from 'node:util';
import { MIN_VALUES } from '../shared/statistics.js';
import type { Task } from './experiment.js';
import { PROBLEMS } from './problems.js';

/** What to run. */
export interface Settings {
  /** The tasks, problem by problem. */
  tasks: Task[];
  out: string;
  /** Whether to run tasks again whose results are in the store. */
  fresh: boolean;
}

/** Numbers of training samples, and of epochs at most; rarely as many, as training ends when it gets no better. */
const SIZES = [
  { rows: 2500, epochs: 100 },
  { rows: 1000, epochs: 150 },
  { rows: 300, epochs: 200 },
];
const QUICK_SIZES = [{ rows: 300, epochs: 20 }];

const SEEDS = 10;
/** The networks of this split also keep their learned distances. */
const SHOWN_SEED = 1;

export const USAGE = `Compares losses on seven problems with ordered classes and three without order, with the controls that belong beside every claim.

  --quick             a first look: ${MIN_VALUES} seeds, ${QUICK_SIZES[0].rows} training rows, at most ${QUICK_SIZES[0].epochs} epochs
  --seeds N           repetitions, each with its own split, first weights and batches (${SEEDS})
  --problems A,B      some of ${PROBLEMS.map(({ id }) => id).join(', ')}
  --out FOLDER        where results and the report go (results/evidence, with --quick results/evidence-quick)
  --fresh             does not go on from the results of a run before

A run that was stopped goes on where it was.`;

/** The settings on the command line; undefined if it asks for help. */
export function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      seeds: { type: 'string' },
      problems: { type: 'string' },
      out: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const { quick, fresh } = values;
  const seeds = numberOfSeeds(values.seeds ?? `${quick ? MIN_VALUES : SEEDS}`);
  const sizes = quick ? QUICK_SIZES : SIZES;
  const tasks = problems(values.problems).flatMap((problem) =>
    sizes.flatMap(({ rows, epochs }) =>
      Array.from({ length: seeds }, (_, i) => ({
        problem,
        trainRows: rows,
        epochs,
        seed: i + 1,
        keepDistances: i + 1 === SHOWN_SEED,
      })),
    ),
  );
  return { tasks, out: values.out ?? `results/evidence${quick ? '-quick' : ''}`, fresh };
}

function numberOfSeeds(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= MIN_VALUES) return value;
  throw new RangeError(`--seeds: expected a whole number from ${MIN_VALUES}, received ${text}`);
}

function problems(text: string | undefined): string[] {
  const known = PROBLEMS.map(({ id }) => id);
  const chosen = text?.split(',') ?? known;
  const unknown = chosen.find((id) => !known.includes(id));
  if (unknown === undefined) return chosen;
  throw new RangeError(`--problems: expected some of ${known.join(', ')}, received ${unknown}`);
}

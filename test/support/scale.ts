// How much the suites do: `npm test` runs the short form, `npm run test:full` the full one.
import { Random } from '../../shared/oracle/random.js';

export const full = process.env.SQUARED_EMD_TEST === 'full';

/** The seed of all random problems, which every failure of a random problem prints. */
export const seed = Number(process.env.SQUARED_EMD_TEST_SEED ?? 1);

export const scaled = <T>(short: T, whole: T): T => (full ? whole : short);

/** In the short form one of the choices, another one for each `i`. */
export const byTurns = <T>(i: number, choices: readonly T[]): readonly T[] =>
  scaled([choices[i % choices.length]], choices);

const { SQUARED_EMD_BACKEND, SQUARED_EMD_ISA } = process.env;
/** In which suites run once more, beside the default instruction set. */
const VARIANTS = ['avx2', 'baseline', 'wasm'];
const variant = full ? -1 : VARIANTS.indexOf(SQUARED_EMD_BACKEND ?? SQUARED_EMD_ISA ?? '');
const turns = new Random(seed);

/** Whether the next case is for this process: in the short form the variants share the cases, each of which is for one of them. */
export const hasTurn = (): boolean => turns.index(VARIANTS.length) === variant || variant < 0;

// How much the suites do: `npm test` runs the short form, `npm run test:full` the full one.
export const full = process.env.SQUARED_EMD_TEST === 'full';

/** The seed of all random problems, which every failure of a random problem prints. */
export const seed = Number(process.env.SQUARED_EMD_TEST_SEED ?? 1);

export const scaled = <T>(short: T, whole: T): T => (full ? whole : short);

import type { EmdOptions } from 'squared-emd';
import { optionsOf } from '../../shared/oracle/call.js';
import type { Problem } from '../../shared/oracle/oracle.js';

/** The options of a problem, only those that a user would write. */
export function emdOptions(problem: Problem): EmdOptions {
  const given = Object.entries(optionsOf(problem)).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as EmdOptions;
}

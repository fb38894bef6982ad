import type { EmdOptions } from 'squared-emd';
import { optionsOf } from '../../test/support/call.js';
import type { Problem } from '../../test/support/oracle.js';

/** The options of a problem, those alone that a user would write. */
export function emdOptions(problem: Problem): EmdOptions {
  const given = Object.entries(optionsOf(problem)).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as EmdOptions;
}

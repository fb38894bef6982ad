import type { Plan } from '../run/measure.js';
import type { Environment } from './environment.js';
import type { CaseSummary } from './summary.js';

/** A run as it is stored. */
export interface BenchResult {
  environment: Environment;
  /** Over the last minute of the run, including the run itself. */
  loadAfter: number;
  plan: Plan;
  groups: { title: string; cases: CaseSummary[] }[];
}

import type { Plan } from '../run/measure.js';
import type { Environment } from './environment.js';
import type { CaseSummary } from './summary.js';

/** A run, as it is kept. */
export interface BenchResult {
  environment: Environment;
  /** Over the last minute of the run, the run itself included. */
  loadAfter: number;
  plan: Plan;
  groups: { title: string; cases: CaseSummary[] }[];
}

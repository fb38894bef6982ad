import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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

/** Writes a result into a folder, under its date, and says where. */
export function writeResult(result: BenchResult, folder: string): string {
  const file = path.resolve(folder, `bench-${result.environment.date.replaceAll(/[:.]/g, '-')}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
  return file;
}

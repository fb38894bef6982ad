import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { page } from './page.js';
import type { BenchResult } from './result.js';

/** Writes a result to a folder, under its date, as data and as a page; returns the files. */
export function writeResult(result: BenchResult, folder: string): string[] {
  const name = path.resolve(folder, `bench-${result.environment.date.replaceAll(/[:.]/g, '-')}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${name}.json`, `${JSON.stringify(result, rounded)}\n`);
  writeFileSync(`${name}.html`, page(result));
  return [`${name}.json`, `${name}.html`];
}

const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(5)) : value;

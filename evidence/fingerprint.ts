import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from './problems.js';

/** The programs that a result depends on, seen from dist/evidence. The package itself is named by its commit. */
const PROGRAMS = ['.', '../shared'];

/** Of the study's compiled programs and the data of a problem: results of others are made again. */
export function fingerprint({ file }: Problem): string {
  const hash = createHash('sha256');
  for (const folder of PROGRAMS) {
    const names = readdirSync(path.join(__dirname, folder)).filter((name) => name.endsWith('.js'));
    for (const name of names.sort()) hash.update(readFileSync(path.join(__dirname, folder, name)));
  }
  hash.update(readFileSync(path.join(__dirname, '../../data', file)));
  return hash.digest('hex').slice(0, 16);
}

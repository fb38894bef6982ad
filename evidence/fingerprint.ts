import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from './problems.js';

/** The programs on which a result depends, as paths from dist/evidence. The package itself is identified by its commit. */
const PROGRAMS = ['.', '../shared'];

/** A hash of the study's compiled programs and a problem's data. Results with another one are made again. */
export function fingerprint({ file }: Problem): string {
  const hash = createHash('sha256');
  for (const folder of PROGRAMS) {
    const names = readdirSync(path.join(__dirname, folder)).filter((name) => name.endsWith('.js'));
    for (const name of names.sort()) hash.update(readFileSync(path.join(__dirname, folder, name)));
  }
  hash.update(readFileSync(path.join(__dirname, '../../data', file)));
  return hash.digest('hex').slice(0, 16);
}

import { readFileSync, writeFileSync } from 'node:fs';
import { readResult } from './report/compare.js';
import { withPerformance } from './report/readme.js';

const file = process.argv[2];
if (file === undefined) {
  console.error('Writes a result of npm run bench into README.md: npm run bench:readme -- bench/results/NAME.json');
  process.exitCode = 1;
} else {
  writeFileSync('README.md', withPerformance(readFileSync('README.md', 'utf8'), readResult(file), file));
}

import { writeFileSync } from 'node:fs';
import { readResult } from './report/compare.js';
import { page } from './report/page.js';

const file = process.argv[2];
if (file === undefined || !file.endsWith('.json')) {
  console.error(
    'Writes the page of a result of npm run bench beside it: npm run bench:page -- bench/results/NAME.json',
  );
  process.exitCode = 1;
} else {
  const name = file.replace(/json$/, 'html');
  writeFileSync(name, page(readResult(file)));
  console.log(name);
}

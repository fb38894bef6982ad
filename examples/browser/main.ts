// npm run example:browser
import path from 'node:path';
import { servePage } from '../../shared/serve-page.js';
import { pageOptions } from './build.js';

servePage(pageOptions(path.resolve(__dirname, '../../browser-example'))).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

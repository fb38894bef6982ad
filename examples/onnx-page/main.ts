// npm run example:onnx-page
import path from 'node:path';
import { servePage } from '../../shared/serve-page.js';
import { pageOptions, writeBackbone } from './build.js';

const FOLDER = path.resolve(__dirname, '../../onnx-page-example');

async function main(): Promise<void> {
  await writeBackbone(FOLDER);
  await servePage(pageOptions(FOLDER));
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

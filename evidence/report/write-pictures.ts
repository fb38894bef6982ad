// Writes the pictures of docs/which-distance.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { groundPictures } from './ground-pictures.js';

const FOLDER = path.resolve(__dirname, '../../../docs/pictures'); // seen from dist/evidence/report

mkdirSync(FOLDER, { recursive: true });
for (const [name, svg] of Object.entries(groundPictures())) writeFileSync(path.join(FOLDER, `${name}.svg`), svg);

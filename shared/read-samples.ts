import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseSamples, type Samples } from './data.js';

/** Reads a gzipped file of samples. */
export const readSamples = (path: string): Samples => parseSamples(gunzipSync(readFileSync(path)).toString());

// What TypeScript and native code know by a number has the same names in the same order on both sides.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ARGUMENTS,
  DTYPES,
  INPUTS,
  NORMALIZATIONS,
  NORMS,
  REDUCTIONS,
  SCALES,
  Slot,
  Status,
} from '../../lib/backends/enumerations.js';
import { KIND_NAMES } from '../../lib/distances/kinds.js';
import { FLOAT_DTYPES } from '../../lib/gpu/dtype.js';

const test = suite('enumerations');

const root = join(__dirname, '../../..');

const namesOf = (enumeration: object) => Object.keys(enumeration).filter((key) => Number.isNaN(Number(key)));
/** As constants of C++ are written, and of C. */
const constant = (name: string) => `k${name[0].toUpperCase()}${name.slice(1)}`;
const macro = (name: string) => name.replace(/[A-Z]/g, '_$&').replaceAll('-', '_').toUpperCase();

const statuses = namesOf(Status);
const ownStatuses = statuses.indexOf('badArgument');

const SHARED: Record<string, [file: string, names: string[]]> = {
  'kinds of ground distances': ['include/squared_emd.h', KIND_NAMES.flatMap((name) => [macro(name), name])],
  inputs: ['include/squared_emd.h', INPUTS.map(macro)],
  normalizations: ['include/squared_emd.h', NORMALIZATIONS.map(macro)],
  reductions: ['include/squared_emd.h', REDUCTIONS.map((name) => `REDUCE_${macro(name)}`)],
  statuses: ['include/squared_emd.h', statuses.slice(0, ownStatuses).map(macro)],
  'statuses of calls': ['core/call_numbers.h', statuses.slice(ownStatuses).map(constant)],
  norms: ['include/squared_emd_centroids.h', NORMS.map((name) => `NORMALIZE_${macro(name)}`)],
  scales: ['include/squared_emd_centroids.h', SCALES.map((name) => `SCALE_${macro(name)}`)],
  // Native code lists floating-point types by themselves, and then all of them.
  'floating-point types': ['include/squared_emd_cuda.h', FLOAT_DTYPES.map(macro)],
  'types of labels': ['include/squared_emd_cuda.h', DTYPES.slice(FLOAT_DTYPES.length).map(macro)],
  slots: [
    'core/call_numbers.h',
    namesOf(Slot).map((name) => constant({ upstream: 'upstreamScalar', count: 'numberSlots' }[name] ?? name)),
  ],
  arguments: [
    'core/call_numbers.h',
    ARGUMENTS.map((name) => constant({ groundDistance: 'ground', options: 'numbers' }[name as string] ?? name)),
  ],
};

for (const [what, [file, names]] of Object.entries(SHARED)) {
  test(what, () => {
    const text = readFileSync(join(root, 'native', file), 'utf8').replace(/\/\/.*/g, '');
    // One after the other, with nothing that could be another between them.
    const between = String.raw`(?: = \d+|, \d+)?[\s,()\\X]*(?:SEMD_)?`;
    assert.match(text, new RegExp(`[\\s(_]${names.join(between)}\\b`), names.join());
  });
}

test('floating-point types come first', () => assert.equal(DTYPES.slice(0, FLOAT_DTYPES.length), FLOAT_DTYPES));

test.run();

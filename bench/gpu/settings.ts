import { parseArgs } from 'node:util';
import { BYTES, CLASSES, DTYPES, formCases, type GpuCase, type HalfOrFull, largeCases, SMALL } from './cases.js';
import { type FeatureCase, featureCases } from './features.js';
import type { Effort } from './measure.js';

export interface GpuSettings {
  large: GpuCase[];
  forms: GpuCase[];
  small: readonly GpuCase[];
  features: FeatureCase[];
  effort: Effort;
  /** Whether peers in Python are timed as well. */
  peers: boolean;
  out: string;
}

export const USAGE = `Times loss and gradient on a GPU beside a copy of the same bytes, and centroids, after verifying the first rows.

  --classes N,..   numbers of classes (${CLASSES.join(', ')})
  --bytes N,..     sizes of the predictions (${BYTES.join(', ')}); other forms and features at the second of them
  --dtypes T,..    types of predictions and gradient (${DTYPES.join(', ')})
  --rounds N       rounds per case (15)
  --no-peers       without PyTorch and what else Python has
  --out FOLDER     where the result goes (results)
  --help           this text`;

function numbers(
  name: string,
  text: string | undefined,
  defaults: readonly number[],
  lowest: number,
): readonly number[] {
  if (text === undefined) return defaults;
  const values = text.split(',').map(Number);
  if (values.every((value) => Number.isSafeInteger(value) && value >= lowest)) return values;
  throw new RangeError(`${name}: expected whole numbers from ${lowest} on, received ${text}`);
}

function dtypes(text: string | undefined): readonly HalfOrFull[] {
  if (text === undefined) return DTYPES;
  const names = text.split(',');
  const unknown = names.find((name) => !DTYPES.includes(name as HalfOrFull));
  if (unknown === undefined) return names as HalfOrFull[];
  throw new RangeError(`--dtypes: expected some of ${DTYPES.join(', ')}, received ${unknown}`);
}

/** The settings on the command line; undefined if it asks for help. */
export function readSettings(): GpuSettings | undefined {
  const { values } = parseArgs({
    options: {
      classes: { type: 'string' },
      bytes: { type: 'string' },
      dtypes: { type: 'string' },
      rounds: { type: 'string' },
      'no-peers': { type: 'boolean', default: false },
      out: { type: 'string', default: 'results' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const classes = numbers('--classes', values.classes, CLASSES, 2);
  const [rounds] = numbers('--rounds', values.rounds, [15], 1);
  const bytes = numbers('--bytes', values.bytes, BYTES, 1);
  const types = dtypes(values.dtypes);
  const middle = bytes[1] ?? bytes[0];
  return {
    large: largeCases(classes, bytes, types),
    forms: formCases(classes, middle, types),
    features: featureCases(classes, middle),
    small: SMALL,
    effort: { rounds, millisecondsPerRound: 3 },
    peers: !values['no-peers'],
    out: values.out,
  };
}

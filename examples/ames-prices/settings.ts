import { parseArgs } from 'node:util';
import { MIN_VALUES } from '../../shared/statistics.js';
import { MAX_TRAIN_SHARE } from './experiment.js';

/** What to run. */
export interface Settings {
  seeds: number;
  epochs: number;
  share: number;
  out: string;
}

const DEFAULTS = { seeds: '10', epochs: '80', share: '0.1', out: 'results' };
const QUICK = { ...DEFAULTS, seeds: '4', epochs: '30' };

export const USAGE = `Trains networks that sort houses into price bands with cross-entropy, squared EMD and both.

  --seeds N      repetitions, each with its own split, first weights and batches (${DEFAULTS.seeds})
  --epochs N     passes over the training rows (${DEFAULTS.epochs})
  --share S      share of all rows to train on, up to ${MAX_TRAIN_SHARE} (${DEFAULTS.share})
  --out FOLDER   where the figure goes (${DEFAULTS.out})
  --quick        a first look: ${QUICK.seeds} seeds, ${QUICK.epochs} epochs`;

/** The settings on the command line; undefined if it asks for help. */
export function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      epochs: { type: 'string' },
      share: { type: 'string' },
      out: { type: 'string' },
      quick: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const { seeds, epochs, share, out } = { ...(values.quick ? QUICK : DEFAULTS), ...values };
  return {
    seeds: wholeNumber('--seeds', seeds, MIN_VALUES),
    epochs: wholeNumber('--epochs', epochs, 1),
    share: trainShare(share),
    out,
  };
}

function wholeNumber(name: string, text: string, lowest: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= lowest) return value;
  throw new RangeError(`${name}: expected a whole number from ${lowest}, received ${text}`);
}

function trainShare(text: string): number {
  const value = Number(text);
  if (value >= 0.01 && value <= MAX_TRAIN_SHARE) return value;
  throw new RangeError(`--share: expected a number from 0.01 to ${MAX_TRAIN_SHARE}, received ${text}`);
}

import { parseArgs } from 'node:util';
import { info } from 'squared-emd';
import type { Group } from './cases/case.js';
import { GROUPS } from './cases/index.js';
import { select } from './cases/select.js';
import type { Variants } from './peers/peer.js';
import { PLAN, type Plan, QUICK_PLAN } from './run/measure.js';

/** What to run and how. */
export interface Settings {
  groups: Group[];
  variants: Variants;
  plan: Plan;
  out: string;
  /** An earlier result to compare with. */
  compare?: string;
}

export const USAGE = `Times squared-emd beside a plain JavaScript loop and a memory copy, after verifying what each computes.

  --quick          fewer cases and rounds
  --filter WORDS   cases whose name has all of these words: --filter "circular power"
  --classes N,..   cases with so many classes
  --rows N,..      cases with so many rows; together with --classes: these shapes, for every kind of case
  --threads N,..   numbers of threads to run (1, 2, 4 and so on up to as many as there are processors)
  --isa NAME,..    instruction sets to run, or all (the one in use; this machine has ${info().isas.join(', ')})
  --out FOLDER     where the result goes, as JSON and as a page with charts (bench/results)
  --compare FILE   an earlier result: says what has become faster or slower beyond the noise
  --help           this text`;

/** 1, 2, 4 and so on, and `most`. */
function doublings(most: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return [...counts, most];
}

/** The settings on the command line; undefined if it asks for help. */
export function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      filter: { type: 'string', default: '' },
      classes: { type: 'string' },
      rows: { type: 'string' },
      threads: { type: 'string', default: doublings(info().threads).join(',') },
      isa: { type: 'string', default: info().isa },
      out: { type: 'string', default: 'bench/results' },
      compare: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const { quick, filter, classes, rows, threads, isa, out, compare } = values;
  const groups = select(GROUPS, {
    quick,
    filter: filter.split(/\s+/).filter((word) => word !== ''),
    classes: classes === undefined ? undefined : wholeNumbers('--classes', classes, 2),
    rows: rows === undefined ? undefined : wholeNumbers('--rows', rows, 1),
  });
  if (groups.length === 0) throw new RangeError('no case is as asked for: try a shape, --rows and --classes together');
  return {
    groups,
    variants: { isas: instructionSets(isa), threads: wholeNumbers('--threads', threads, 1), quick },
    plan: quick ? QUICK_PLAN : PLAN,
    out,
    compare,
  };
}

/** Parses whole numbers; ascending, each once. */
function wholeNumbers(name: string, text: string, lowest: number): number[] {
  const numbers = text.split(',').map(Number);
  const wrong = numbers.some((value) => !(Number.isSafeInteger(value) && value >= lowest));
  if (wrong) throw new RangeError(`${name}: expected whole numbers from ${lowest}, received ${text}`);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Parses instruction sets, which are returned in the order of `info().isas`. */
function instructionSets(text: string): string[] {
  const { isas } = info();
  const wanted = text === 'all' ? isas : text.split(',');
  const unknown = wanted.find((isa) => !isas.includes(isa));
  if (unknown !== undefined) throw new RangeError(`--isa: expected some of ${isas.join(', ')}, received ${unknown}`);
  return isas.filter((isa) => wanted.includes(isa));
}

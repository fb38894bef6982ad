import { toMarkdown } from '../../shared/table.js';
import { ORDERED } from '../cases/case.js';
import { environmentInWords } from './environment.js';
import type { BenchResult } from './result.js';
import type { CaseSummary, Timed } from './summary.js';
import { digits, duration } from './table.js';

const BEGIN = '<!-- performance: written by npm run bench:readme -->';
const END = '<!-- end of performance -->';

/** The README with its table of a result. */
export function withPerformance(readme: string, result: BenchResult, file: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md: expected a line ${BEGIN} and a line ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${performanceSection(result, file)}\n\n${readme.slice(end)}`;
}

/** The table of {@link withPerformance}. */
export function performanceSection(result: BenchResult, file: string): string {
  const cases = result.groups
    .flatMap((group) => group.cases)
    .filter(({ work }) => work.kind === ORDERED.kind && work.rows > 1);
  const threads = Math.max(...cases.flatMap((one) => timed(one).map(({ contender }) => contender.threads ?? 1)));
  const head = [
    'rows x classes',
    '1 thread',
    'ns per logit',
    `${threads} threads`,
    'JavaScript',
    'onnxruntime',
    'tfjs wasm',
    'PyTorch',
    'torch.compile',
    'of the copy',
  ];
  const rows = cases.map((one) => {
    const subjects = timed(one).filter(({ contender }) => contender.subject);
    const single = subjects.find(({ contender }) => contender.threads === 1) as Timed;
    const many = subjects.find(({ contender }) => contender.threads === threads);
    const against = (name: string) => {
      const peer = timed(one).find(({ contender }) => contender.name === name);
      const factor = peer?.fasterBy[single.contender.name];
      return factor === undefined ? '' : `${digits(factor)} x`;
    };
    return [
      `${one.work.rows} x ${one.work.classes}`,
      duration(single.median),
      digits(single.nanosecondsPerElement),
      many && many !== single && one.work.rows * one.work.classes > 100_000 ? duration(many.median) : '',
      against('plain JavaScript'),
      against('onnxruntime-node, 1 thread'),
      against('tfjs wasm'),
      against('PyTorch, 1 thread'),
      against('torch.compile, 1 thread'),
      single.copyShare === undefined ? '' : `${(100 * single.copyShare).toFixed(0)}%`,
    ];
  });
  return `Medians on ${environmentInWords(result.environment)}
([${file}](${file})). The columns behind them say how many times as long
others take with one thread: the loop that one would write in JavaScript, the model of \`exportOnnx\`, and the loss as an expression of
each library. Last, the share of what copying the same bytes reaches.

${toMarkdown({ head, rows })}`;
}

const timed = ({ contenders }: CaseSummary): Timed[] => contenders.flatMap((one) => ('error' in one ? [] : [one]));

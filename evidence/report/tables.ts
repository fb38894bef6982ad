import type { Estimate } from '../../shared/statistics.js';
import type { Table } from '../../shared/table.js';
import { lossesOf } from '../losses.js';
import {
  type Comparison,
  comparisonsOf,
  contendersOf,
  KNOWN_ORDER,
  LEARNED_ENERGIES,
  REFERENCE,
  titleOf,
} from './contenders.js';
import { type Metric, metricsOf, RPS } from './metrics.js';
import type { At, Group, Share, Verdict } from './summary.js';

/** The scores of each loss. */
export function scoreTable(group: Group, at: At): Table {
  const metrics = metricsOf(group.problem);
  const rows = contendersOf(group.problem).map((contender) => [
    titleOf(contender, group.problem),
    ...metrics.map((metric) => formatEstimate(group.score(contender, metric, at), metric)),
  ]);
  return { head: ['', ...metrics.map(({ title }) => title)], rows };
}

/** The comparisons, with an asterisk if the interval excludes 0. */
export function comparisonTable(group: Group, at: At): Table {
  const metrics = metricsOf(group.problem);
  const rows = comparisonsOf(group.problem).map(({ title, pair }) => [
    title,
    ...metrics.map((metric) => {
      const decided = ['better', 'worse'].includes(group.verdict(pair, metric, at));
      return formatDifference(group.difference(pair, metric, at), metric) + (decided ? ' *' : '');
    }),
  ]);
  return { head: ['', ...metrics.map(({ title }) => title)], rows };
}

/** In how many groups the first of a comparison is better, and in how many it is worse. */
export function tallyTable(groups: readonly Group[], at: At): Table {
  const { problem } = groups[0];
  const metrics = metricsOf(problem);
  const rows = comparisonsOf(problem).map((comparison) => [
    comparison.title,
    ...metrics.map((metric) => tally(groups, comparison, metric, at)),
  ]);
  return { head: [`better / worse of ${groups.length}`, ...metrics.map(({ title }) => title)], rows };
}

function tally(groups: readonly Group[], { pair }: Comparison, metric: Metric, at: At): string {
  const verdicts = groups.map((group) => group.verdict(pair, metric, at));
  if (verdicts.includes('none')) return '';
  const count = (verdict: Verdict) => verdicts.filter((v) => v === verdict).length;
  return `${count('better')} / ${count('worse')}`;
}

/** The share of the known order's gain in RPS that losses reach without being given the order. */
export function shareTable(groups: readonly Group[]): Table {
  const { problem } = groups[0];
  return {
    head: ['share of the gain of CE + 10 EMD', ...LEARNED_ENERGIES.map((contender) => titleOf(contender, problem))],
    rows: groups.map((group) => [
      `${group.problem.title}, ${group.trainRows}`,
      ...LEARNED_ENERGIES.map((contender) => formatShare(group.shareOfGain(contender, KNOWN_ORDER, REFERENCE, RPS))),
    ]),
  };
}

const formatShare = (share: Share | undefined): string => {
  if (!share) return '';
  const percent = (value: number) => `${Math.round(100 * value)}%`;
  return `${percent(share.value)} (${percent(share.low)} to ${percent(share.high)})`;
};

/** How often each lambda was the best on validation samples. */
export function lambdaTable(groups: readonly Group[], loss: string): Table {
  const { problem } = groups[0];
  const { grid } =
    lossesOf({ ordered: problem.ordered, classes: problem.classes.length }).find(({ id }) => id === loss) ?? {};
  if (!grid) throw new RangeError(`loss: ${loss} is none of ${problem.id}`);
  const rows = groups.map((group) => {
    const chosen = group.runs({ loss }, 'best').map(({ lambda }) => lambda);
    const found = group.results.flatMap(({ runs }) =>
      runs.filter((run) => run.loss === loss && run.lambda === 'rule').map((run) => run.ruleLambda ?? Number.NaN),
    );
    return [
      `${group.problem.title}, ${group.trainRows}`,
      ...grid.map((lambda) => `${chosen.filter((value) => value === lambda).length}`),
      ...(grid.includes('rule') ? [`${Math.min(...found).toFixed(1)} to ${Math.max(...found).toFixed(1)}`] : []),
    ];
  });
  const head = grid.map((lambda) => (lambda === 'rule' ? 'the rule' : `${lambda}`));
  return { head: ['seeds that chose λ =', ...head, ...(grid.includes('rule') ? ['the rule finds'] : [])], rows };
}

function formatEstimate(estimate: Estimate | undefined, { scale, digits }: Metric): string {
  if (!estimate) return '';
  return `${(estimate.mean * scale).toFixed(digits)} ± ${(estimate.halfWidth * scale).toFixed(digits)}`;
}

function formatDifference(difference: Estimate | undefined, metric: Metric): string {
  const text = formatEstimate(difference, metric);
  return difference && difference.mean > 0 ? `+${text}` : text;
}

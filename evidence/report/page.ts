import type { Environment } from '../../bench/report/environment.js';
import { lineFigure, type Panel } from '../../shared/line-figure.js';
import { htmlPage } from '../../shared/page.js';
import { estimate } from '../../shared/statistics.js';
import { toMarkdown, toText } from '../../shared/table.js';
import { lossesOf } from '../losses.js';
import { SHOWN_LAMBDA } from './contenders.js';
import { distanceFigure, nearestPairs } from './distance-figure.js';
import { intervalFigure } from './interval-figure.js';
import { RPS, WITHIN_ONE } from './metrics.js';
import type { Group } from './summary.js';
import { comparisonTable, lambdaTable, scoreTable, shareTable, tallyTable } from './tables.js';

/** The loss whose learned distances are shown. */
const SHOWN = 'energy';

/** The report as one HTML file. */
export const page = (groups: readonly Group[], environment: Environment): string =>
  htmlPage('Squared EMD on real data', markdown(groups, environment));

function markdown(groups: readonly Group[], environment: Environment): string {
  const ordered = groups.filter(({ problem }) => problem.ordered);
  const unordered = groups.filter(({ problem }) => !problem.ordered);
  return [
    '# Squared EMD on real data',
    introduction(groups, environment),
    ...(ordered.length > 0 ? orderedPart(ordered) : []),
    ...(unordered.length > 0 ? unorderedPart(unordered) : []),
    '## All numbers',
    ...groups.map(numbers),
  ].join('\n\n');
}

function introduction(groups: readonly Group[], environment: Environment): string {
  const [{ results }] = groups;
  const made = groups.flatMap((group) => group.results.map((result) => result.made));
  const dates = made.map(({ date }) => date.slice(0, 16)).sort();
  const commits = [...new Set(made.map(({ commit }) => commit ?? 'no checkout'))].join(', ');
  const hours = made.reduce((sum, { seconds }) => sum + seconds, 0) / 3600;
  const epochs = [...new Set(groups.map(({ results: [{ task }] }) => `${task.epochs} with ${task.trainRows}`))].join(
    ', ',
  );
  return `${environment.processor}, ${environment.processors} processors, Node ${environment.node}, squared-emd ${environment.package} (${commits}); trained from ${dates[0]} to ${dates.at(-1)}, ${hours.toFixed(1)} hours of one processor.
${results.length} seeds. At most ${epochs} training samples (or as many as 60% of all rows are); training ends after 25 epochs without improvement on validation samples. Of ${groups.reduce((sum, group) => sum + group.networks, 0)} networks ${groups.reduce((sum, group) => sum + group.networksAtTheEnd, 0)} were best in the very last epoch that they could have had.

Networks d-64-64-K with ReLU, Adam at 0.003, batches of 64. For a seed all losses have the same split, first weights and batches. CE is cross entropy, EMD the squared EMD between classes on a line,
*learned D* the paper's self-guided loss, whose distances come from the network's features (ranks) from the fifth epoch on, *energy* the energy distance beside cross entropy, over distances that come from the features of the untrained network first (primed) and then of each epoch. λ is chosen from a fixed grid for each seed on its validation samples. Unless said otherwise a network is taken at the epoch that scores best on validation samples (from the fifth on where a loss begins with cross entropy alone): by RPS where classes are ordered,
else by the Brier score. MAE: mean absolute error in classes; RPS: ranked probability score; QWK: quadratic weighted kappa.

Differences are paired by seed; ± is a 95% t interval over seeds, each for one number by itself, so that of twenty intervals one may exclude 0 by chance. Seeds split the same data anew and share samples, those of Ames and of jobs most: intervals say how far a result depends on split and first weights, not how it carries over to other data.
The rows of a table are not independent either: three sizes of the same data, and Ames in two bandings. The classes of Ames and of the price of diamonds are bands of a continuous price; the others are classes as they come.${heldOut(groups)}`;
}

function heldOut(groups: readonly Group[]): string {
  const titles = new Set(groups.filter(({ problem }) => problem.heldOut).map(({ problem }) => problem.title));
  return titles.size === 0
    ? ''
    : ` Nothing was tuned on ${[...titles].join(' and ')}: losses, lambdas and schedules were settled before.`;
}

function orderedPart(groups: readonly Group[]): string[] {
  return [
    '## Ordered classes',
    'In how many of the data sets and sizes the 95% interval of a difference excludes 0:',
    toMarkdown(tallyTable(groups, 'best')),
    'The same at the end of training, 25 epochs after the best one (or after all):',
    toMarkdown(tallyTable(groups, 'last')),
    ...byProblem(groups).map(intervalFigure),
    '### Which λ',
    toMarkdown(lambdaTable(groups, 'mix')),
    ...byProblem(groups).map(lambdaFigure),
    '### How much of the known order learned distances give',
    'The gain in RPS over CE as a share of the gain of CE + 10 EMD, which is given the order; in parentheses the interval that contains it in 95% of resamplings of the seeds. Where the known order itself gains less than 1% there is no share:',
    toMarkdown(shareTable(groups)),
    '### The learned distances find the order',
    'Spearman correlation of the learned distances with |i - j|, over all pairs of classes, after each epoch:',
    correlationFigure(groups),
    ...byProblem(groups).map((sizes) => distanceFigure(sizes[sizes.length - 1], SHOWN)),
    '### λ beside learned distances',
    ...['energy', 'learned', 'xemd1', 'xemd2', 'penalty'].flatMap((loss) => [
      titleOfLoss(groups[0], loss),
      toMarkdown(lambdaTable(groups, loss)),
    ]),
  ];
}

function unorderedPart(groups: readonly Group[]): string[] {
  return [
    '## Classes without an order',
    'In how many of the data sets and sizes the 95% interval of a difference excludes 0:',
    toMarkdown(tallyTable(groups, 'best')),
    'The same at the end of training, 25 epochs after the best one (or after all):',
    toMarkdown(tallyTable(groups, 'last')),
    ...byProblem(groups).flatMap((sizes) => {
      const largest = sizes[sizes.length - 1];
      return [
        intervalFigure(sizes),
        `Nearest in the learned distances: ${nearestPairs(largest, SHOWN, 8)}.`,
        distanceFigure(largest, SHOWN),
      ];
    }),
    '### λ beside learned distances',
    ...['energy', 'learned', 'xemd1', 'xemd2', 'penalty'].flatMap((loss) => [
      titleOfLoss(groups[0], loss),
      toMarkdown(lambdaTable(groups, loss)),
    ]),
  ];
}

const titleOfLoss = ({ problem: { ordered, classes } }: Group, id: string): string =>
  `${lossesOf({ ordered, classes: classes.length }).find((loss) => loss.id === id)?.title}:`;

/** The groups of each problem. */
function byProblem(groups: readonly Group[]): Group[][] {
  const ids = [...new Set(groups.map(({ problem }) => problem.id))];
  return ids.map((id) => groups.filter(({ problem }) => problem.id === id));
}

/** The effect of each lambda of the grid, beside CE. */
function lambdaFigure(groups: readonly Group[]): string {
  const { problem } = groups[0];
  const grid = lossesOf({ ordered: true, classes: problem.classes.length }).find(({ id }) => id === 'mix')?.grid ?? [];
  return lineFigure({
    title: `${problem.title}: CE + λ EMD, difference to CE, both by median`,
    panels: [WITHIN_ONE, RPS].map((metric) => ({
      title: metric.title,
      xTitle: 'λ',
      x: grid.map(String),
      lines: groups.map((group) => ({
        name: `${group.trainRows} training samples`,
        scale: metric.scale,
        points: grid.map((lambda) =>
          group.difference(
            [
              { loss: 'mix', lambdas: [lambda], decoding: 'median' },
              { loss: 'ce', decoding: 'median' },
            ],
            metric,
            'best',
          ),
        ),
      })),
    })),
  });
}

function correlationFigure(groups: readonly Group[]): string {
  const sizes = [...new Set(groups.map(({ results: [{ task }] }) => task.trainRows))].sort((a, b) => a - b);
  return lineFigure({
    title: 'learned distances and the order of the classes',
    subtitle: 'Spearman correlation, mean and 95% interval over seeds',
    panels: sizes.map((size): Panel => {
      const ofSize = groups.filter(({ results: [{ task }] }) => task.trainRows === size);
      return {
        title: `up to ${size} training samples`,
        xTitle: 'epoch',
        x: Array.from(
          { length: Math.max(...ofSize.map((group) => correlations(group).length)) },
          (_, epoch) => `${epoch + 1}`,
        ),
        lines: ofSize.map((group) => ({ name: group.problem.title, scale: 1, points: correlations(group) })),
      };
    }),
  });
}

/** Correlations after each epoch, over seeds; a network whose training has ended keeps its last one. */
function correlations(group: Group) {
  const bySeed = correlationsBySeed(group);
  const longest = Math.max(...bySeed.map((epochs) => epochs.length));
  return Array.from({ length: longest }, (_, epoch) =>
    estimate(bySeed.map((epochs) => epochs[Math.min(epoch, epochs.length - 1)])),
  );
}

const correlationsBySeed = (group: Group): number[][] =>
  group.runs({ loss: SHOWN, lambdas: [SHOWN_LAMBDA] }, 'best').map((run) => run.correlations ?? []);

function numbers(group: Group): string {
  const { problem, results, trainRows } = group;
  const { validation, test } = results[0].rows;
  return `<details><summary>${problem.title}, ${trainRows} training samples</summary>

${validation} validation and ${test} test samples.

Scores at the best epoch:

${toMarkdown(scoreTable(group, 'best'))}

Differences at the best epoch (* excludes 0):

${toMarkdown(comparisonTable(group, 'best'))}

Differences at the end of training:

${toMarkdown(comparisonTable(group, 'last'))}

</details>`;
}

/** The summary for the terminal. */
export function digest(groups: readonly Group[]): string {
  return [groups.filter(({ problem }) => problem.ordered), groups.filter(({ problem }) => !problem.ordered)]
    .filter((some) => some.length > 0)
    .map((some) => toText(tallyTable(some, 'best')))
    .join('\n\n');
}

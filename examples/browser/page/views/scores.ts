// Learning curves, and the scores after the last epoch as a table and in words.
import { estimate, MIN_VALUES } from '../../../../shared/statistics.js';
import type { Metrics } from '../../../ames-prices/metrics.js';
import { type CurveMetric, Curves } from '../charts/curves.js';
import { LOSSES, type LossId } from '../losses.js';
import type { Training } from '../training/training.js';
import { byId, make } from './element.js';

const RPS: CurveMetric = {
  key: 'rankedProbability',
  title: 'RPS',
  scale: 1,
  digits: 2,
  range: [1.4, 2.6],
  interval: 0.4,
};
const WITHIN_ONE: CurveMetric = {
  key: 'withinOne',
  title: 'within one band, % of houses',
  scale: 100,
  digits: 1,
  range: [20, 60],
  interval: 10,
};

const COLUMNS: readonly { key: keyof Metrics; scale: number; digits: number }[] = [
  { key: 'accuracy', scale: 100, digits: 1 },
  { key: 'withinOne', scale: 100, digits: 1 },
  { key: 'absoluteError', scale: 1, digits: 2 },
  { key: 'rankedProbability', scale: 1, digits: 2 },
];

export class ScoresView {
  private readonly curves = [new Curves(byId('rps'), RPS), new Curves(byId('within-one'), WITHIN_ONE)];

  private shown: [Training, epochs: number] | undefined;

  /** @param anew Whether also if there is nothing new. */
  show(training: Training, anew: boolean): void {
    const { epochs } = training;
    if (!anew && this.shown?.[0] === training && this.shown[1] === epochs) return;
    this.shown = [training, epochs];
    for (const curves of this.curves) curves.show(training);
    byId('scores').replaceChildren(...LOSSES.map(({ id, name, color }) => this.row(training, id, name, color)));
    const words = byId('verdict');
    words.textContent = verdict(training);
    words.classList.toggle('pending', epochs === 0);
  }

  private row(training: Training, id: LossId, name: string, color: string): HTMLElement {
    const cells = COLUMNS.map(({ key, scale, digits }) => {
      const values = lastScores(training, id).map((scores) => scores[key] * scale);
      return make('td', {}, ...(values.length === 0 ? ['–'] : cellOf(values, digits)));
    });
    const swatch = make('span', { class: 'swatch', style: `background: var(${color})` });
    return make('tr', { 'data-loss': id }, make('th', { scope: 'row' }, swatch, name), ...cells);
  }
}

/** The mean, and where there are enough seeds its 95% interval. */
function cellOf(values: readonly number[], digits: number): (Node | string)[] {
  const { mean, halfWidth } = estimate(values);
  if (values.length < MIN_VALUES) return [mean.toFixed(digits)];
  return [mean.toFixed(digits), make('span', { class: 'interval' }, ` ± ${halfWidth.toFixed(digits)}`)];
}

/** Of each seed, after the last epoch that all of them have ended. */
function lastScores({ results, epochs }: Training, id: LossId): Metrics[] {
  return epochs === 0 ? [] : results.map((ofSeed) => ofSeed[epochs - 1][id].scores);
}

function verdict(training: Training): string {
  const [ce, emd] = (['ce', 'emd'] as const).map((id) => lastScores(training, id));
  if (ce.length === 0) return 'Scores appear here after the first epoch.';
  const sum = (scores: readonly Metrics[]) => scores.reduce((all, { rankedProbability }) => all + rankedProbability, 0);
  const change = 100 * (sum(emd) / sum(ce) - 1);
  const better = emd.filter(({ rankedProbability }, seed) => rankedProbability < ce[seed].rankedProbability).length;
  const word = change < 0 ? 'lower' : 'higher';
  return `After ${training.epochs} ${training.epochs === 1 ? 'epoch' : 'epochs'} the RPS with EMD is ${Math.abs(change).toFixed(0)}% ${word} than with cross entropy alone, and lower in ${better} of ${ce.length} splits.`;
}

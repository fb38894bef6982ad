import { estimate } from '../../shared/statistics.js';
import { card, line, mark, text } from './card.js';
import { SHOWN_LAMBDA } from './contenders.js';
import { ACCURACY, type Metric, RPS } from './metrics.js';
import type { Contender, Group } from './summary.js';

/** For each problem, the largest size up to this one is shown. */
const SHOWN_ROWS = 1000;
/** A filled mark for the known order of the classes, a ring for learned distances. */
const SHOWN: readonly { contender: Contender; mark: 'dot' | 'ring'; offset: number }[] = [
  { contender: { loss: 'mix', decoding: 'median' }, mark: 'dot', offset: -6 },
  { contender: { loss: 'energy', lambdas: [SHOWN_LAMBDA], decoding: 'median' }, mark: 'ring', offset: 6 },
];
const CE: Contender = { loss: 'ce', decoding: 'median' };

const WIDTH = 560;
const ROW = 38;
const TOP = 126;

interface Panel {
  title: string;
  left: number;
  right: number;
  /** The numbers at the ends of its axis. */
  from: number;
  to: number;
  step: number;
  value(group: Group, contender: Contender): { mean: number; halfWidth: number };
}

const PANELS: readonly Panel[] = [
  {
    title: 'accuracy, points',
    left: 226,
    right: 366,
    from: -2,
    to: 4,
    step: 2,
    value: (group, contender) => gain(group, contender, ACCURACY, 100),
  },
  {
    title: 'RPS, % lower',
    left: 396,
    right: 536,
    from: -10,
    to: 30,
    step: 10,
    value: (group, contender) => gain(group, contender, RPS, relative(group)),
  },
];

/** The factor that turns a difference in RPS into a gain in percent of cross-entropy's RPS. */
const relative = (group: Group): number => -100 / (group.score(CE, RPS, 'best')?.mean ?? Number.NaN);

function gain(group: Group, contender: Contender, metric: Metric, scale: number) {
  const { mean, halfWidth } = group.difference([contender, CE], metric, 'best') ?? estimate([]);
  return { mean: mean * scale, halfWidth: Math.abs(halfWidth * scale) };
}

/**
 * What squared EMD adds to cross-entropy, as the text of an SVG file for light and dark pages: for each problem with ordered
 * classes the difference with its 95% interval, grey if that contains 0, once with the order given and once with learned
 * distances.
 */
export function gainFigure(groups: readonly Group[]): string {
  const ordered = groups.filter(({ problem, trainRows }) => problem.ordered && trainRows <= SHOWN_ROWS);
  const shown = ordered.filter(
    ({ problem, trainRows }) =>
      !ordered.some((other) => other.problem.id === problem.id && other.trainRows > trainRows),
  );
  const bottom = TOP + ROW * shown.length;
  const height = bottom + 34;
  return card('What squared EMD adds to cross-entropy', { width: WIDTH, height }, [
    text(12, 26, 'What squared EMD adds to cross-entropy', 'title'),
    text(
      12,
      45,
      `Up to ${SHOWN_ROWS} training samples, 10 seeds, 95% intervals; right is better, grey is not`,
      'small',
    ),
    text(12, 61, 'distinguishable from 0. All decoded by the median.', 'small'),
    mark('dot', 'gain', 20, 78),
    text(30, 82, 'the order of the classes is given', 'small'),
    mark('ring', 'gain', 236, 78),
    text(246, 82, 'distances are learned, nothing is given', 'small'),
    ...shown.map(({ problem }, row) => text(12, middle(row) + 5, nameOf(problem.title))),
    ...PANELS.flatMap((panel) => panelOf(panel, shown, bottom)),
  ]);
}

/** Short enough for the left column. */
const nameOf = (title: string): string => title.replace('Ames ', '').replace(/ \(.*\)$/, '');

const middle = (row: number): number => TOP + ROW * (row + 0.5);

function panelOf(
  { title, left, right, from, to, step, value }: Panel,
  groups: readonly Group[],
  bottom: number,
): string[] {
  const at = (x: number) => left + ((right - left) * (x - from)) / (to - from);
  const ticks = Array.from({ length: (to - from) / step + 1 }, (_, i) => from + i * step);
  return [
    text((left + right) / 2, TOP - 16, title, undefined, 'middle'),
    ...ticks.map((x) => line(at(x), TOP - 6, at(x), bottom, x === 0 ? 'zero' : 'grid')),
    ...ticks.map((x) => text(at(x), bottom + 18, `${x > 0 ? '+' : ''}${x}`.replace('-', '\u2212'), 'small', 'middle')),
    ...groups.flatMap((group, row) =>
      SHOWN.flatMap(({ contender, mark: kind, offset }) => {
        const { mean, halfWidth } = value(group, contender);
        const style = Math.abs(mean) > halfWidth ? 'gain' : 'open';
        const y = middle(row) + offset;
        return [line(at(mean - halfWidth), y, at(mean + halfWidth), y, style), mark(kind, style, at(mean), y)];
      }),
    ),
  ];
}

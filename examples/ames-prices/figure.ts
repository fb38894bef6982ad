import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lineFigure } from '../../shared/line-figure.js';
import { estimate } from '../../shared/statistics.js';
import { LOSSES, type TaskResult } from './experiment.js';
import { METRICS } from './metrics.js';

const SHOWN = METRICS.filter(({ key }) => key === 'rankedProbability' || key === 'withinOne');

/** Draws the test scores over epochs, mean and 95% interval over seeds, and writes them to `file` as SVG. */
export function writeFigure(results: readonly TaskResult[], file: string): void {
  const { trainRows, curves } = results[0];
  const figure = lineFigure({
    title: `Test scores while training on ${trainRows} Ames house prices in 20 bands`,
    subtitle: 'CE: cross-entropy, EMD: squared EMD, RPS: ranked probability score; means and 95% intervals over seeds',
    panels: SHOWN.map(({ title, key, scale }) => ({
      title,
      xTitle: 'epoch',
      x: curves[0].map((_, i) => `${i + 1}`),
      lines: LOSSES.map(({ name }, loss) => ({
        name,
        scale,
        points: curves[loss].map((_, epoch) =>
          estimate(results.map((result) => result.curves[loss][epoch].test.argmax[key])),
        ),
      })),
    })),
  });
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, figure);
}

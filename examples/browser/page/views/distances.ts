// The distances that the self-guided loss has learned, after the epoch that the slider is at.
import { orderCorrelation } from '../../../../shared/spearman.js';
import { HeatMap } from '../charts/heat-map.js';
import { CLASSES } from '../settings.js';
import type { Training } from '../training/training.js';
import { byId } from './element.js';

export class DistancesView {
  private readonly map = new HeatMap(byId('heat-map'));
  private readonly slider = byId<HTMLInputElement>('epoch');
  /** Whether the slider follows training, as it does until the visitor takes it back. */
  private follows = true;
  private training: Training | undefined;
  private shown: Float32Array | undefined;

  constructor() {
    this.slider.addEventListener('input', () => {
      this.follows = this.slider.value === this.slider.max;
      if (this.training) this.show(this.training, false);
    });
  }

  /** @param anew Whether also if there is nothing new. */
  show(training: Training, anew: boolean): void {
    if (training !== this.training) this.follows = true;
    this.training = training;
    const epochs = Math.max(training.distances.length - 1, 0);
    this.slider.disabled = epochs === 0;
    this.slider.max = `${epochs}`;
    if (this.follows) this.slider.value = this.slider.max;
    const epoch = Number(this.slider.value);
    const distances = training.distances[epoch];
    if (!anew && distances === this.shown) return;
    this.shown = distances;
    this.map.show(distances);
    byId('epoch-shown').textContent = epoch === 0 ? 'before training' : `after epoch ${epoch}`;
    byId('correlation').textContent = correlation(distances);
    byId('first-correlation').textContent = correlation(training.distances[0]);
  }
}

const correlation = (distances: Float32Array | undefined): string =>
  distances ? orderCorrelation(distances, CLASSES).toFixed(2) : '–';

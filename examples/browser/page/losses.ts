// The losses that are compared, as the page names and colours them.
import { LAMBDA } from './settings.js';

export type LossId = 'ce' | 'emd' | 'learned';

export interface LossShown {
  id: LossId;
  name: string;
  /** The variable of the style sheet that has its colour. */
  color: string;
}

/** What the others are compared with comes first. */
export const LOSSES: readonly LossShown[] = [
  { id: 'ce', name: 'cross entropy', color: '--cross-entropy' },
  { id: 'emd', name: `cross entropy + ${LAMBDA} EMD`, color: '--emd' },
  { id: 'learned', name: 'self-guided: distances learned', color: '--learned' },
];

// A few epochs where the networks were not trained: how long they take there, and that they are the same ones.
import { LOSSES } from '../losses.js';
import { type Listener, Training } from './training.js';

export class Comparison {
  private trial: Training | undefined;

  get running(): boolean {
    return this.trial !== undefined;
  }

  /** @param ended Called with what was trained, if it could be. */
  start({ backend, settings }: Training, ended: (trial: Training | undefined) => void): void {
    this.stop();
    const elsewhere = backend === 'gpu' ? 'cpu' : 'gpu';
    const end = (trained: Training | undefined) => {
      this.stop();
      ended(trained);
    };
    const listener: Listener = {
      changed: () => trial.state === 'done' && end(trial),
      failed: () => end(undefined),
      refused: () => end(undefined),
    };
    const trial = new Training({ ...settings, epochs: settings.comparedEpochs[elsewhere] }, elsewhere, listener);
    this.trial = trial;
    trial.run();
  }

  stop(): void {
    this.trial?.stop();
    this.trial = undefined;
  }
}

/** The largest relative difference between the training losses of two trainings, over the epochs that are timed on either. */
export function lossDifference(one: Training, other: Training): number {
  const epochs = Math.min(...Object.values(one.settings.comparedEpochs));
  const differences = one.results.flatMap((ofSeed, seed) =>
    ofSeed
      .slice(0, epochs)
      .flatMap((losses, epoch) =>
        LOSSES.map(({ id }) => Math.abs(losses[id].loss / other.results[seed][epoch][id].loss - 1)),
      ),
  );
  return Math.max(...differences);
}

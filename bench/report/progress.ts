import { Presets, SingleBar } from 'cli-progress';

/** Says on a terminal (stderr) which case is running. Elsewhere it is silent. */
export class Progress {
  readonly #total: number;
  #done = 0;
  readonly #bar = new SingleBar(
    { format: '{bar} {value} of {total} cases, {name}', clearOnComplete: true, hideCursor: true },
    Presets.shades_classic,
  );

  constructor(total: number) {
    this.#total = total;
  }

  begin(name: string): void {
    this.#bar.start(this.#total, this.#done, { name });
  }

  /** Clears the line: what is printed next stands alone. */
  end(): void {
    this.#done++;
    this.#bar.stop();
  }
}

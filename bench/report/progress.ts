import { Presets, SingleBar } from 'cli-progress';

/** Shows on a terminal (stderr) which case is running; silent if stderr is not a terminal. */
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

  /** Clears the line, so that what is printed next is alone on it. */
  end(): void {
    this.#done++;
    this.#bar.stop();
  }
}

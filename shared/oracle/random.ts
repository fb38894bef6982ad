/** A small seeded generator (mulberry32): the same numbers on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A generator that continues with the same numbers. */
  copy(): Random {
    return new Random(this.#state);
  }

  /** In [0, 1). */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** In 0..count-1. */
  index(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  pick<T>(values: readonly T[]): T {
    return values[this.index(values.length)];
  }

  shuffled<T>(values: Iterable<T>): T[] {
    const result = Array.from(values);
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.index(i + 1);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }

  floats(length: number, make: (index: number) => number): Float32Array {
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++) values[i] = make(i);
    return values;
  }
}

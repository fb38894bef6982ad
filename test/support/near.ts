import * as assert from 'uvu/assert';

/** The tolerance is absolute for numbers below 1, else relative. */
export function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.is(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    const allowed = tolerance * Math.max(1, Math.abs(expected[i]));
    assert.ok(
      Math.abs(actual[i] - expected[i]) <= allowed,
      `${what}[${i}]: expected ${expected[i]}, received ${actual[i]}`,
    );
  }
}

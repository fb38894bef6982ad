export type Vector = ArrayLike<number>;

// Plain loops, as tests spend most of their time in these.
export function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

export function max(values: Vector): number {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i]);
  return largest;
}

export const norm = (values: Float64Array) => Math.sqrt(dot(values, values));

export function dot(a: Vector, b: Vector): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

export const oneHot = (classes: number, k: number) => new Float64Array(classes).fill(1, k, k + 1);

/** A copy with another value at one place. */
export function replaced<A extends { slice(): A; [index: number]: number }>(values: A, at: number, value: number): A {
  const copy = values.slice();
  copy[at] = value;
  return copy;
}

import * as assert from 'uvu/assert';

const bytes = (values: unknown) => {
  const { buffer, byteOffset, byteLength } = values as Float32Array;
  return Buffer.from(buffer, byteOffset, byteLength);
};

/** Asserts that two Float32Arrays hold the same bits. */
export function sameBits(actual: unknown, expected: unknown, what: string): void {
  if (actual === null && expected === null) return;
  assert.instance(actual, Float32Array, what);
  assert.instance(expected, Float32Array, what);
  const a = actual as Float32Array;
  const b = expected as Float32Array;
  assert.is(a.length, b.length, `${what}: length`);
  if (bytes(a).equals(bytes(b))) return;
  const at = a.findIndex((value, i) => !Object.is(value, b[i]));
  assert.unreachable(`${what}[${at}]: expected the bits of ${b[at]}, received ${a[at]}`);
}

/** Asserts that two arrays are the same object. (uvu would spend minutes printing the difference of two large ones.) */
export function sameArray(actual: unknown, expected: unknown, what = 'array'): void {
  assert.ok(actual === expected, `${what}: another array than the one passed`);
}

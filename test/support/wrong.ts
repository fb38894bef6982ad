// Wrong values for the suites about bad input, each with the kind of error it must cause.
import { inspect } from 'node:util';
import { ordered } from '../../lib/index.js';
import { throws } from './errors.js';

/** Anything that JavaScript may pass. */
// biome-ignore lint/suspicious/noExplicitAny: that is what is tested
export type Anything = any;

export const groundPrototype = Object.getPrototypeOf(ordered()) as object;

export interface Wrong {
  value: Anything;
  type: typeof TypeError | typeof RangeError;
}
export const wrongKinds = (...values: Anything[]): Wrong[] => values.map((value) => ({ value, type: TypeError }));
export const wrongNumbers = (...values: Anything[]): Wrong[] => values.map((value) => ({ value, type: RangeError }));

export const floats = (length: number) => new Float32Array(length);
export const detached = () => {
  const array = floats(12);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
};
// Pretends to be a Float32Array without being one.
export const impostor = () => Object.create(Float32Array.prototype) as Float32Array;
export const arrayLike = (length: number) => ({ length, 0: 0, 1: 0, 2: 0, 3: 0 });

export const NOT_A_NUMBER = wrongKinds(
  null,
  '1',
  true,
  {},
  [],
  [1],
  () => 1,
  1n,
  Symbol('one'),
  floats(1),
  new Date(0),
);
export const integers = (low: number, high: number) => [
  ...NOT_A_NUMBER,
  ...wrongNumbers(Number.NaN, Infinity, -Infinity, low - 1, low + 0.5, high + 1, -1e300, 1e300),
];
/** Wrong values for an argument that must be one of these names. */
export const names = (...good: string[]) =>
  wrongKinds(null, 1, true, '', 'Mean', 'toString', '__proto__', [good[0]], {}, Symbol(good[0]), `${good[0]} `);

export function withHole(values: number[], at: number): number[] {
  delete values[at];
  return values;
}

export function show(value: Anything): string {
  if (ArrayBuffer.isView(value)) return `${value.constructor?.name}(${(value as Float32Array).length})`;
  if (value instanceof Object && Object.getPrototypeOf(value) === groundPrototype) return 'a ground distance';
  return inspect(value, { depth: 1, breakLength: Infinity }).slice(0, 60);
}

/** The pattern of every message about this argument. */
export const naming = (name: string) => new RegExp(`^${name}\\b.*: expected .+, received .+`, 's');

/** Asserts that each of these values of an argument makes a call throw, with a message that names the argument. */
export function everyWrong(wrongs: readonly Wrong[], name: string, call: (value: Anything) => unknown): void {
  for (const { value, type } of wrongs) throws(() => call(value), type, naming(name), `${name} ${show(value)}`);
}

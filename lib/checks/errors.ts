// Messages for wrong arguments.
import { typedArrayType } from './typed-arrays.js';

/** Classes of this package that describe themselves when printed. */
const OWN_CLASSES = new Set<unknown>(['DeviceArray', 'Stream']);

function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
    case 'bigint':
      return `${value}n`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'function':
      return 'a function';
    case 'object': {
      if (value === null) return 'null';
      const type = typedArrayType(value);
      if (type !== undefined)
        return `${type.startsWith('I') ? 'an' : 'a'} ${type} of length ${(value as Float32Array).length}`;
      if (Array.isArray(value)) return `an array of length ${value.length}`;
      return OWN_CLASSES.has((value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag])
        ? String(value)
        : 'an object';
    }
    default:
      return String(value);
  }
}

/** For a value of the wrong kind. The message reads `name: expected this, received that`. */
export function wrongType(name: string, expected: string, received: unknown): TypeError {
  const half = typedArrayType(received) === 'Float16Array';
  const remedy = half ? ' (in host memory float32 is computed with: Float32Array.from(array) converts it)' : '';
  return new TypeError(`${name}: expected ${expected}, received ${describe(received)}${remedy}`);
}

/** For a wrong size or number. The message reads `name: expected this, received that`. */
export function wrongRange(name: string, expected: string, received: unknown): RangeError {
  return new RangeError(`${name}: expected ${expected}, received ${describe(received)}`);
}

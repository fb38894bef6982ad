// Typed arrays as text for states: their bytes in base64, which is half as long as decimal numbers and exact to the last bit.
import { wrongRange, wrongType } from '../checks/errors.js';

/** A multiple of 3, so that the texts of pieces can be joined, and no more than a call may have arguments. */
const PIECE = 24576;
/** The number of bytes whose text is as long as a string can be (2^29 - 24 characters in V8). */
const MOST_BYTES = ((2 ** 29 - 24) / 4) * 3;

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** @throws RangeError that names the argument, for more than a string can hold. */
export function pack(name: string, values: Float32Array | Float64Array): string {
  const bytes = bytesOf(values);
  if (bytes.length > MOST_BYTES) {
    throw wrongRange(name, `at most ${MOST_BYTES} bytes, as a state is text`, bytes.length);
  }
  let text = '';
  for (let i = 0; i < bytes.length; i += PIECE) text += btoa(String.fromCharCode(...bytes.subarray(i, i + PIECE)));
  return text;
}

/** Fills an array from what {@link pack} returned for an array of the same length. */
export function unpack(name: string, text: unknown, into: Float32Array | Float64Array): void {
  if (typeof text !== 'string') throw wrongType(name, 'numbers as text', text);
  const bytes = bytesOf(into);
  const length = Math.ceil(bytes.length / 3) * 4;
  if (text.length !== length) throw wrongRange(name, `${length} characters (${into.length} numbers)`, text.length);
  const step = (PIECE / 3) * 4;
  for (let i = 0; i < length; i += step) {
    const piece = decoded(name, text.slice(i, i + step));
    if (piece.length !== Math.min(PIECE, bytes.length - (i / 4) * 3)) throw wrongRange(name, 'base64', text);
    for (let j = 0; j < piece.length; j++) bytes[(i / 4) * 3 + j] = piece.charCodeAt(j);
  }
}

function decoded(name: string, text: string): string {
  try {
    return atob(text);
  } catch {
    throw wrongRange(name, 'base64', text);
  }
}

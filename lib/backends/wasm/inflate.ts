// Inflates raw DEFLATE data (RFC 1951), at once: what runtimes have of their own is asynchronous, and the module is needed in the first
// call. It trusts its input, which is embedded in the package.

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
/** In the order in which the lengths of their codes come. */
const CODE_LENGTHS = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const MAX_CODE_BITS = 15;

/** A canonical Huffman code: how many symbols have each length, and the symbols in the order of their codes. */
interface Code {
  counts: Uint16Array;
  symbols: Uint16Array;
}

function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  const next = new Uint16Array(MAX_CODE_BITS + 1);
  for (let bits = 1; bits < MAX_CODE_BITS; bits++) next[bits + 1] = next[bits] + counts[bits];
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length > 0) symbols[next[length]++] = symbol;
  });
  return { counts, symbols };
}

/** @param size Of the result, in bytes. */
export function inflate(data: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size);
  let written = 0;
  let place = 0;
  let held = 0;
  let heldBits = 0;

  const take = (count: number): number => {
    for (; heldBits < count; heldBits += 8) held |= data[place++] << heldBits;
    const value = held & ((1 << count) - 1);
    held >>>= count;
    heldBits -= count;
    return value;
  };
  const symbol = ({ counts, symbols }: Code): number => {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let bits = 1; ; bits++) {
      code |= take(1);
      const count = counts[bits];
      if (code - first < count) return symbols[index + code - first];
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
  };
  const stored = (): void => {
    held = heldBits = 0;
    const length = data[place] | (data[place + 1] << 8);
    place += 4;
    out.set(data.subarray(place, place + length), written);
    place += length;
    written += length;
  };
  const dynamicCodes = (): [Code, Code] => {
    const literals = take(5) + 257;
    const distances = take(5) + 1;
    const ofCodes = new Uint8Array(19);
    for (let i = 0, count = take(4) + 4; i < count; i++) ofCodes[CODE_LENGTHS[i]] = take(3);
    const code = codeOf(ofCodes);
    const lengths = new Uint8Array(literals + distances);
    for (let i = 0; i < lengths.length; ) {
      const length = symbol(code);
      if (length < 16) {
        lengths[i++] = length;
        continue;
      }
      const repeated = length === 16 ? lengths[i - 1] : 0;
      const count = length === 16 ? 3 + take(2) : length === 17 ? 3 + take(3) : 11 + take(7);
      lengths.fill(repeated, i, i + count);
      i += count;
    }
    return [codeOf(lengths.subarray(0, literals)), codeOf(lengths.subarray(literals))];
  };
  const compressed = ([literals, distances]: [Code, Code]): void => {
    for (;;) {
      const literal = symbol(literals);
      if (literal === 256) return;
      if (literal < 256) {
        out[written++] = literal;
        continue;
      }
      const length = LENGTH_BASE[literal - 257] + take(LENGTH_BITS[literal - 257]);
      const far = symbol(distances);
      const extra = far < 4 ? 0 : (far >> 1) - 1;
      const distance = far < 4 ? far + 1 : ((2 + (far & 1)) << extra) + 1 + take(extra);
      // One by one: what is copied may reach into itself.
      for (const end = written + length; written < end; written++) out[written] = out[written - distance];
    }
  };

  for (let last = 0; !last; ) {
    last = take(1);
    const kind = take(2);
    if (kind === 0) stored();
    else compressed(kind === 1 ? fixedCodes() : dynamicCodes());
  }
  return out;
}

function fixedCodes(): [Code, Code] {
  const lengths = new Uint8Array(288).fill(8).fill(9, 144).fill(7, 256).fill(8, 280);
  return [codeOf(lengths), codeOf(new Uint8Array(30).fill(5))];
}

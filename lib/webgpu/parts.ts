// Batches whose arrays are larger than a binding may be: their rows are taken in parts, one after the other.
import type { Range, Role } from './buffer-plan.js';
import type { GpuDevice } from './gpu-types.js';

/** Arrays that have as much for each row. */
const OF_ROWS: readonly Role[] = ['predictions', 'targets', 'gradient', 'losses', 'sampleWeights', 'upstream'];

type Memory<B> = Readonly<Partial<Record<Role, Range<B>>>>;

/** A call's arrays, and how many bytes of each a row has. */
interface Batch<B> {
  readonly rows: number;
  readonly bytesOfRow: Readonly<Partial<Record<Role, number>>>;
  readonly memory: Memory<B>;
}

export interface Part<B> {
  readonly firstRow: number;
  /** Rows of its memory that come before its own. */
  readonly skip: number;
  readonly rows: number;
  /** What these rows, and those before, have of each array. */
  readonly memory: Memory<B>;
}

/**
 * @param inner Rows that lie side by side, which stay together. A row that alone is too large is a part that cannot be bound.
 * @param mostRows Rows of a part.
 */
export function partsOf<B>(
  { limits }: GpuDevice,
  inner: number,
  { rows, bytesOfRow, memory }: Batch<B>,
  mostRows: number,
): Part<B>[] {
  // A binding begins at a multiple of the alignment, which may be in front of its array.
  const most = limits.maxStorageBufferBindingSize - limits.minStorageBufferOffsetAlignment;
  const roles = OF_ROWS.filter((role) => memory[role] !== undefined);
  // Together they begin at a whole word.
  const whole = roles.some((role) => ((bytesOfRow[role] ?? 0) * inner) % 4 !== 0) ? 2 * inner : inner;
  const largest = Math.max(...roles.map((role) => bytesOfRow[role] ?? 0));
  const fits = roles.every((role) => (memory[role]?.size ?? 0) <= most);
  const rowsBound = fits ? rows : Math.max(1, Math.floor(most / largest / whole)) * whole;
  const parts: Part<B>[] = [];
  for (let firstRow = 0; firstRow < rows; firstRow += rowsBound) {
    const count = Math.min(rowsBound, rows - firstRow);
    const own: Partial<Record<Role, Range<B>>> = {};
    for (const role of roles) {
      const [{ buffer, offset }, bytes] = [memory[role] as Range<B>, bytesOfRow[role] as number];
      own[role] = { buffer, offset: offset + firstRow * bytes, size: 4 * Math.ceil((count * bytes) / 4) };
    }
    for (let skip = 0; skip < count; skip += mostRows) {
      parts.push({ firstRow, skip, rows: Math.min(mostRows, count - skip), memory: own });
    }
  }
  return parts;
}

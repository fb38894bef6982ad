// Batches whose arrays are larger than a binding may be: their rows are taken in parts, one after the other.
import type { Range, Role } from './buffer-plan.js';
import type { GpuDevice } from './gpu-types.js';

/** Arrays that have as much for each row. */
const OF_ROWS: readonly Role[] = ['predictions', 'targets', 'gradient', 'losses', 'sampleWeights', 'upstream'];

type Memory<B> = Readonly<Partial<Record<Role, Range<B>>>>;

export interface Part<B> {
  readonly firstRow: number;
  readonly rows: number;
  /** What these rows have of each array. */
  readonly memory: Memory<B>;
}

/** @param inner Rows that lie side by side, which stay together. A row that alone is too large is a part that cannot be bound. */
export function partsOf<B>({ limits }: GpuDevice, rows: number, inner: number, memory: Memory<B>): Part<B>[] {
  // A binding begins at a multiple of the alignment, which may be in front of its array.
  const most = limits.maxStorageBufferBindingSize - limits.minStorageBufferOffsetAlignment;
  const sizes = OF_ROWS.map((role) => memory[role]?.size ?? 0);
  if (sizes.every((size) => size <= most)) return [{ firstRow: 0, rows, memory }];
  const bytesOfRow = Math.max(...sizes) / rows;
  const rowsOfPart = Math.max(1, Math.floor(most / (bytesOfRow * inner))) * inner;
  const parts: Part<B>[] = [];
  for (let firstRow = 0; firstRow < rows; firstRow += rowsOfPart) {
    const count = Math.min(rowsOfPart, rows - firstRow);
    const own: Partial<Record<Role, Range<B>>> = {};
    for (const role of OF_ROWS) {
      const range = memory[role];
      if (range === undefined) continue;
      const each = range.size / rows;
      own[role] = { buffer: range.buffer, offset: range.offset + firstRow * each, size: count * each };
    }
    parts.push({ firstRow, rows: count, memory: own });
  }
  return parts;
}

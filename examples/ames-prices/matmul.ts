/**
 * A matrix inside an array: element (row, column) is at `row * rowStride + column * columnStride`, so that a transposed
 * matrix is the same data with the strides exchanged.
 */
export interface Matrix {
  data: Float32Array;
  rowStride: number;
  columnStride: number;
}

/** The `[.., columns]` row-major matrix in `data`. */
export const rowMajor = (data: Float32Array, columns: number): Matrix => ({
  data,
  rowStride: columns,
  columnStride: 1,
});

/** The transpose of `matrix`, without copying. */
export const transposed = ({ data, rowStride, columnStride }: Matrix): Matrix => ({
  data,
  rowStride: columnStride,
  columnStride: rowStride,
});

/**
 * Matrix product: `result[rows, columns] = a[rows, depth] * b[depth, columns]`, with a row-major result.
 *
 * Works on tiles of 3 x 3 results, whose nine sums stay in registers, so that each number that is loaded is used three times.
 * At the edges a tile's last rows or columns repeat the matrix's last one, which computes it again but avoids code for every
 * remainder.
 */
export function multiply(
  a: Matrix,
  b: Matrix,
  rows: number,
  depth: number,
  columns: number,
  result: Float32Array,
): void {
  const { data: x, rowStride: xRow, columnStride: xStep } = a;
  const { data: y, rowStride: yStep, columnStride: yColumn } = b;
  for (let i0 = 0; i0 < rows; i0 += 3) {
    const i1 = Math.min(i0 + 1, rows - 1);
    const i2 = Math.min(i0 + 2, rows - 1);
    for (let j0 = 0; j0 < columns; j0 += 3) {
      const j1 = Math.min(j0 + 1, columns - 1);
      const j2 = Math.min(j0 + 2, columns - 1);
      // biome-ignore format: a tile is easier to read in rows
      {
        let s00 = 0, s01 = 0, s02 = 0;
        let s10 = 0, s11 = 0, s12 = 0;
        let s20 = 0, s21 = 0, s22 = 0;
        for (let k = 0; k < depth; k++) {
          const p = k * xStep, q = k * yStep;
          const x0 = x[p + i0 * xRow], x1 = x[p + i1 * xRow], x2 = x[p + i2 * xRow];
          const y0 = y[q + j0 * yColumn], y1 = y[q + j1 * yColumn], y2 = y[q + j2 * yColumn];
          s00 += x0 * y0; s01 += x0 * y1; s02 += x0 * y2;
          s10 += x1 * y0; s11 += x1 * y1; s12 += x1 * y2;
          s20 += x2 * y0; s21 += x2 * y1; s22 += x2 * y2;
        }
        const r0 = i0 * columns, r1 = i1 * columns, r2 = i2 * columns;
        result[r0 + j0] = s00; result[r0 + j1] = s01; result[r0 + j2] = s02;
        result[r1 + j0] = s10; result[r1 + j1] = s11; result[r1 + j2] = s12;
        result[r2 + j0] = s20; result[r2 + j1] = s21; result[r2 + j2] = s22;
      }
    }
  }
}

// The operators of expressions as operators of tfjs: each computes at once, on the backend in use, and reads nothing back.
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { sizeOf } from '../checks/shapes.js';
import { RowOperators } from '../operators/row-operators.js';
import type { Constants } from './constants.js';
import type { Tfjs } from './peer.js';

/** With up to this many columns, running sums along a row are one product with a triangle of ones. */
const MOST_IN_TRIANGLE = 64;
/**
 * With more columns, the number of columns in a block: the first of these that divides them, or the last. Odd numbers are slow on
 * webgl.
 */
const BLOCKS = [24, 26, 22, 28, 20, 30, 18, 16, 32];

/** The operators of one expression, at whose end all tensors but constants are disposed of, as in `tf.tidy`. */
export class TfjsOperators extends RowOperators<Tensor> {
  readonly #core: Tfjs;
  readonly #constants: Constants;
  /** Scalars of this expression, by value and the shape to which they were broadcast. */
  readonly #repeated = new Map<string, Tensor>();

  constructor(core: Tfjs, constants: Constants) {
    super();
    this.#core = core;
    this.#constants = constants;
  }

  number(value: number): Tensor {
    return this.#constants.named(`${value}`, () => this.#core.scalar(value, 'float32'));
  }

  index(value: number): Tensor {
    // No label is beyond int32, but an Int32Array would turn such a number into one.
    if ((value | 0) !== value) return this.number(value);
    return this.#constants.named(`int32 ${value}`, () => this.#core.scalar(value, 'int32'));
  }

  ofClasses(values: ArrayLike<number>): Tensor {
    return this.matrix(values, values.length);
  }

  matrix(values: ArrayLike<number>, columns: number): Tensor {
    return this.#constants.of(values, () => {
      // A copy, as backends may keep the array that they are given.
      return this.#core.tensor(Float32Array.from(values), [values.length / columns, columns], 'float32');
    });
  }

  places(count: number): Tensor {
    return this.#constants.named(`places ${count}`, () =>
      this.#core.tensor(
        Float32Array.from({ length: count }, (_, i) => i),
        [1, count],
        'float32',
      ),
    );
  }

  add(a: Tensor, b: Tensor): Tensor {
    return this.#core.add(a, b);
  }

  subtract(a: Tensor, b: Tensor): Tensor {
    return this.#core.sub(a, b);
  }

  multiply(a: Tensor, b: Tensor): Tensor {
    return this.#core.mul(a, b);
  }

  /** Not tf.div, as it makes 0 / 0 and Infinity / Infinity 1 on webgl. */
  divide(a: Tensor, b: Tensor): Tensor {
    return this.#core.mul(a, this.#core.reciprocal(b));
  }

  negate(a: Tensor): Tensor {
    return this.#core.neg(a);
  }

  magnitude(a: Tensor): Tensor {
    return this.#core.abs(a);
  }

  logarithm(a: Tensor): Tensor {
    return this.#core.log(a);
  }

  exponential(a: Tensor): Tensor {
    return this.#core.exp(a);
  }

  root(a: Tensor): Tensor {
    return this.#core.sqrt(a);
  }

  positivePart(a: Tensor): Tensor {
    return this.#core.relu(a);
  }

  clip(a: Tensor, low: number, high?: number): Tensor {
    return high === undefined ? this.#core.maximum(a, this.number(low)) : this.#core.clipByValue(a, low, high);
  }

  /** Not tf.softmax, as that uses tf.div. */
  softmax(a: Tensor): Tensor {
    const shares = this.exponential(this.subtract(a, this.largest(a)));
    return this.divide(shares, this.total(shares));
  }

  product(a: Tensor, b: Tensor): Tensor {
    return this.#core.matMul(a, b);
  }

  less(a: Tensor, b: Tensor): Tensor {
    return this.#core.less(a, b);
  }

  lessOrEqual(a: Tensor, b: Tensor): Tensor {
    return this.#core.lessEqual(a, b);
  }

  equal(a: Tensor, b: Tensor): Tensor {
    return this.#core.equal(a, b);
  }

  not(a: Tensor): Tensor {
    return this.#core.logicalNot(a);
  }

  and(a: Tensor, b: Tensor): Tensor {
    return this.#core.logicalAnd(a, b);
  }

  or(a: Tensor, b: Tensor): Tensor {
    return this.#core.logicalOr(a, b);
  }

  where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
    return this.choose(condition, a, b);
  }

  /** Broadcasts the operands, as old versions of tfjs broadcast at most the condition. */
  choose(condition: Tensor, a: Tensor, b: Tensor): Tensor {
    const matrices = [condition, a, b].filter(({ rank }) => rank === 2);
    const shape = matrices.length === 0 ? [] : [0, 1].map((d) => Math.max(...matrices.map((value) => value.shape[d])));
    return this.#core.where(this.#repeat(condition, shape), this.#repeat(a, shape), this.#repeat(b, shape));
  }

  #repeat(value: Tensor, shape: number[]): Tensor {
    if (value.rank === shape.length && value.size === sizeOf(shape)) return value;
    if (value.rank > 0) return this.#core.broadcastTo(value, shape);
    const key = `${value.id} ${shape}`;
    const known = this.#repeated.get(key) ?? this.#core.broadcastTo(value, shape);
    this.#repeated.set(key, known);
    return known;
  }

  float(a: Tensor): Tensor {
    return this.#core.cast(a, 'float32');
  }

  total(a: Tensor): Tensor {
    return this.#core.sum(a, 1, true);
  }

  sum(a: Tensor): Tensor {
    return this.#core.sum(a);
  }

  /** Not kept as a constant, as batches may have many sizes. */
  count(a: Tensor): Tensor {
    return this.#core.scalar(a.size, 'float32');
  }

  largest(a: Tensor): Tensor {
    return this.#core.max(a, 1, true);
  }

  smallest(a: Tensor): Tensor {
    return this.#core.min(a, 1, true);
  }

  columns(a: Tensor, indices: readonly number[]): Tensor {
    const list = this.#constants.of(indices, () => this.#core.tensor1d(Int32Array.from(indices), 'int32'));
    return this.#core.gather(a, list as Tensor1D, 1);
  }

  look(values: ArrayLike<number>, indices: Tensor): Tensor {
    const list = this.#core.reshape(this.ofClasses(values), [values.length]);
    return this.#core.gather(list, this.#core.cast(indices, 'int32'));
  }

  pick(a: Tensor, columns: Tensor): Tensor {
    const [rows] = a.shape;
    const own = this.#core.reshape(this.#core.range(0, rows, 1, 'int32'), [rows, 1]);
    const places = this.#core.concat([own, this.#core.cast(columns, 'int32')], 1);
    return this.#core.reshape(this.#core.gatherND(a, places), [rows, 1]);
  }

  rowsOf(matrix: Tensor, indices: Tensor): Tensor {
    const list = this.#core.reshape(this.#core.cast(indices, 'int32'), [indices.size]);
    return this.#core.gather(matrix, list as Tensor1D);
  }

  /**
   * Products with triangles of ones, first within blocks of columns, then over the sums of the blocks. tf.cumsum (4.22) is slower
   * on webgl and wrong on webgpu, where backwards it uses the shader of the first length for all other lengths.
   */
  protected scan(a: Tensor, count: number, direction: 1 | -1, exclusive: boolean): Tensor {
    if (count <= MOST_IN_TRIANGLE) return this.product(a, this.#triangle(count, direction, exclusive));
    const core = this.#core;
    const [rows] = a.shape;
    const block = BLOCKS.find((columns) => count % columns === 0) ?? BLOCKS[BLOCKS.length - 1];
    const blocks = Math.ceil(count / block);
    const width = blocks * block;
    const after = (columns: number): [number, number][] => [
      [0, 0],
      [0, columns],
    ];
    const padded = width === count ? a : core.pad(a, after(width - count));
    const cut = core.reshape(padded, [rows * blocks, block]);
    const own = this.product(cut, this.#triangle(block, direction, exclusive));
    const totals = core.reshape(this.total(cut), [rows, blocks]);
    const others = core.reshape(this.scan(totals, blocks, direction, true), [rows * blocks, 1]);
    const sums = core.reshape(this.add(own, others), [rows, width]) as Tensor2D;
    return width === count ? sums : core.slice(sums, [0, 0], [rows, count]);
  }

  /** The matrix by which rows are multiplied: 1 from each column to the columns to whose sums it belongs. */
  #triangle(count: number, direction: 1 | -1, exclusive: boolean): Tensor {
    return this.#constants.named(`triangle ${count} ${direction} ${exclusive}`, () => {
      const least = exclusive ? 1 : 0;
      const ones = Float32Array.from({ length: count * count }, (_, i) => {
        const [from, to] = [Math.floor(i / count), i % count];
        return (to - from) * direction >= least ? 1 : 0;
      });
      return this.#core.tensor(ones, [count, count], 'float32');
    });
  }
}

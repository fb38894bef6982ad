// The loss of a batch, from those of its rows.
import type { RowOperators } from '../operators/row-operators.js';
import type { RowLosses } from './row-losses.js';

/** The result, a scalar, and the factor of the rows' gradients: `upstream` times, for a mean, the share of a row. */
export function reduced<Value>(
  o: RowOperators<Value>,
  reduction: 'mean' | 'sum',
  { losses, weights }: RowLosses<Value>,
  upstream = 1,
): { result: Value; scale(): Value } {
  const factor = () => o.number(upstream);
  if (reduction === 'sum') return { result: o.sum(losses), scale: factor };
  const zero = o.number(0);
  const divisor = weights ? o.sum(weights) : o.count(losses);
  const empty = o.equal(divisor, zero);
  const share = o.where(empty, zero, o.divide(o.number(1), divisor));
  return {
    result: o.where(empty, zero, o.multiply(o.sum(losses), share)),
    scale: () => (upstream === 1 ? share : o.multiply(factor(), share)),
  };
}

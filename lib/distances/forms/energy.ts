// The energy distance for any distances between all pairs of classes: one matrix product with the distances.
import type { Form } from '../form.js';

export const energy: Form = ({ distances, exponent = 1, indefinite }, { classes }) => {
  const values = (distances ?? new Float32Array(0)).map((distance) => distance ** exponent);
  return (o, { p, t, label, softmax }) => {
    const m = o.matrix(values, classes);
    const half = (twice: typeof p) => {
      const emd = o.scale(twice, 0.5);
      return indefinite ? emd : o.positivePart(emd);
    };
    if (label === undefined || !softmax) {
      const x = o.subtract(p, t());
      const slope = o.negate(o.product(x, m));
      return { emd: half(o.total(o.multiply(x, slope))), slope: () => slope };
    }
    // All mass moves to the label. Computed from the masses that move, nothing cancels, and the slope at the label is 0.
    const moved = o.where(o.equal(o.places(classes), label.place()), o.number(0), p);
    const product = o.product(moved, m);
    const own = o.rowsOf(m, label.index);
    const slope = o.add(o.multiply(o.total(moved), own), o.subtract(o.pick(product, label.index), product));
    const twice = o.total(o.multiply(moved, slope));
    return { emd: half(twice), slope: () => slope, mean: () => twice };
  };
};

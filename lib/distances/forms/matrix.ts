// Any distances between all pairs of classes.
import type { Form } from '../form.js';

export const matrix: Form = ({ distances, exponent = 1, offset = 0 }, { classes, power }) => {
  const values = (distances ?? new Float32Array(0)).map((distance) => distance ** exponent + offset);
  return (o, { p, t, label }) => {
    const costs = o.matrix(values, classes);
    const c = label ? o.rowsOf(costs, label.index) : o.product(t(), costs);
    const weighted = power === 2 ? o.multiply(p, c) : c;
    const emd = o.total(o.multiply(weighted, p));
    return { emd, slope: () => o.scale(weighted, power), mean: () => o.scale(emd, power) };
  };
};

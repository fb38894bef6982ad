// Classes on a line.
import { allTo, apartOn, crossings, ones, places, powers } from '../../operators/flow.js';
import type { Form } from '../form.js';

export const ordered: Form = ({ gaps: given }, { classes, power }) => {
  const gaps = [...(given ?? ones(classes - 1)), 0];
  const apart = apartOn(places(gaps, 0));
  return (o, rows) => {
    const { label, softmax, p } = rows;
    if (label === undefined || !softmax) {
      const { emd, growth } = powers(o, o.ofClasses(gaps), crossings(o, rows, classes), power);
      return { emd, slope: () => o.sumFrom(growth(), classes) };
    }
    if (power === 1) return allTo(o, apart(o, label), p);
    const left = o.less(o.places(classes), label.place());
    const moved = o.choose(left, o.sumUpTo(p, classes), o.sumFrom(p, classes, true));
    const { emd, growth } = powers(o, o.ofClasses(gaps), moved, power);
    const slope = () => {
      // 0 at the label, so that its entry of the gradient is not a difference of large numbers.
      const all = growth();
      const none = o.number(0);
      const before = o.sumFrom(o.where(left, all, none), classes);
      return o.add(before, o.sumUpTo(o.where(left, none, all), classes, true));
    };
    return { emd, slope, mean: () => o.scale(emd, power) };
  };
};

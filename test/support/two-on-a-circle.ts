// Rows with mass in two classes of a circle: the same moves over nearly every boundary, so that the differences from the mean are small,
// and as many as there are classes.
import { problemOf } from '../../shared/oracle/problems.js';

export function twoOnACircle(classes: number, gap: number) {
  const places = [classes - 1, classes - 2, classes >> 1, 1].filter((place) => place > 0);
  const labels = places.flatMap(() => [0, classes >> 2, classes - 1]);
  const rows = labels.map((label, row) => {
    const logits = new Float32Array(classes).fill(-Infinity);
    logits[label] = 0;
    logits[(label + places[Math.floor(row / 3)]) % classes] = -0.7 * (row + 1);
    return logits;
  });
  return problemOf(rows, labels, { ground: { kind: 'circular', gaps: new Float64Array(classes).fill(gap) } });
}

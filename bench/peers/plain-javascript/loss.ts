import type { Mover } from './grounds.js';

type Loss = (logits: Float32Array, targets: Float32Array | Int32Array, gradient: Float32Array) => number;

/** The mean over rows of `crossEntropyWeight` XE + EMD, and its gradient with respect to the logits. */
export function makeLoss(classes: number, inner: number, mover: Mover, crossEntropyWeight: number): Loss {
  const p = new Float64Array(classes);
  const t = new Float64Array(classes);
  const slope = new Float64Array(classes);

  return (logits, targets, gradient) => {
    const rows = logits.length / classes;
    const share = 1 / rows;
    const indices = targets instanceof Int32Array;
    let total = 0;
    for (let row = 0; row < rows; row++) {
      const start = Math.floor(row / inner) * classes * inner + (row % inner);

      let max = -Infinity;
      for (let c = 0; c < classes; c++) max = Math.max(max, logits[start + c * inner]);
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += p[c] = Math.exp(logits[start + c * inner] - max);
      const scale = 1 / sum;
      for (let c = 0; c < classes; c++) p[c] *= scale;

      const k = indices ? targets[row] : -1;
      if (indices) t[k] = 1;
      else for (let c = 0; c < classes; c++) t[c] = targets[start + c * inner];

      const { emd, mean } = mover(p, t, k, slope);
      total += emd;
      if (crossEntropyWeight !== 0) {
        const logSum = max + Math.log(sum);
        for (let c = 0; c < classes; c++) {
          if (t[c] !== 0) total += crossEntropyWeight * t[c] * (logSum - logits[start + c * inner]);
        }
      }

      if (crossEntropyWeight === 0) {
        for (let c = 0; c < classes; c++) gradient[start + c * inner] = p[c] * (slope[c] - mean) * share;
      } else {
        for (let c = 0; c < classes; c++) {
          gradient[start + c * inner] = (p[c] * (slope[c] - mean) + crossEntropyWeight * (p[c] - t[c])) * share;
        }
      }
      if (indices) t[k] = 0;
    }
    return total / rows;
  };
}

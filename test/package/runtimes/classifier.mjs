// The user's own model and data: a linear classifier of ordered classes.

/** Samples whose features follow a hidden score, whose class is the score rounded. The same ones everywhere. */
export function makeSamples({ classes, features, rows }) {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const x = new Float32Array(rows * features);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const score = uniform() * classes;
    labels[row] = Math.floor(score);
    for (let i = 0; i < features; i++) {
      // Bumps along the score, as a hidden layer would give.
      const place = (i * classes) / (features - 1);
      x[row * features + i] = Math.exp(-((score - place) ** 2)) + 0.02 * uniform();
    }
  }
  return { x, labels };
}

export class Linear {
  constructor(features, classes) {
    this.features = features;
    this.classes = classes;
    this.weights = new Float32Array(features * classes);
  }

  forward(x) {
    const { features, classes, weights } = this;
    const rows = x.length / features;
    const logits = new Float32Array(rows * classes);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < features; i++) {
        for (let j = 0; j < classes; j++) {
          logits[row * classes + j] += x[row * features + i] * weights[i * classes + j];
        }
      }
    }
    return logits;
  }

  /** Gradient descent; the gradient is that of the logits. */
  step(x, gradient, rate) {
    const { features, classes, weights } = this;
    for (let row = 0; row < x.length / features; row++) {
      for (let i = 0; i < features; i++) {
        for (let j = 0; j < classes; j++) {
          weights[i * classes + j] -= rate * x[row * features + i] * gradient[row * classes + j];
        }
      }
    }
  }

  probabilities(x) {
    const { classes } = this;
    const p = this.forward(x).map(Math.exp);
    for (let row = 0; row < p.length; row += classes) {
      const sum = p.subarray(row, row + classes).reduce((a, b) => a + b, 0);
      for (let j = row; j < row + classes; j++) p[j] /= sum;
    }
    return p;
  }
}

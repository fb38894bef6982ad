// A small network and its training, for the losses of this package and of TensorFlow.js: in Node.js, and in pages, into which this file
// is bundled. Plain JavaScript has the same bits everywhere.
import type * as core from '@tensorflow/tfjs-core';
import type { TfjsLoss } from '../../lib/tfjs/loss.js';

/** What can be sent to a page. */
export interface Course {
  classes: number;
  features: number;
  /** Of the hidden layer. */
  units: number;
  /** [rows, features]; standardized. */
  inputs: number[];
  /** [rows] */
  labels: number[];
  /** [features, units], then [units, classes]. */
  parameters: number[];
  /** Rows of a step. */
  batch: number;
  steps: number;
  rate: number;
}

export interface Trained {
  losses: number[];
  parameters: number[];
}

type Evaluate = (
  logits: Float32Array,
  labels: Int32Array,
) => { loss: number; gradient: Float32Array } | Promise<{ loss: number; gradient: Float32Array }>;

/** The rows of a step. */
function batchOf({ inputs, labels, features, batch }: Course, step: number) {
  const begin = (step * batch) % (labels.length - batch + 1);
  return {
    x: Float32Array.from(inputs.slice(begin * features, (begin + batch) * features)),
    y: Int32Array.from(labels.slice(begin, begin + batch)),
  };
}

/** `a b`, [rows, inner] by [inner, columns]. */
function multiply(a: Float32Array, b: Float32Array, inner: number, columns: number): Float32Array {
  const out = new Float32Array((a.length / inner) * columns);
  for (let i = 0; i < out.length; i++) {
    const row = Math.floor(i / columns);
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a[row * inner + k] * b[k * columns + (i % columns)];
    out[i] = sum;
  }
  return out;
}

function transpose(a: Float32Array, columns: number): Float32Array {
  const rows = a.length / columns;
  return a.map((_, i) => a[(i % rows) * columns + Math.floor(i / rows)]);
}

/** Gradient descent, one ReLU between two layers. */
export async function train(course: Course, evaluate: Evaluate): Promise<Trained> {
  const { features, units, classes, batch, steps, rate } = course;
  const parameters = Float32Array.from(course.parameters);
  const first = parameters.subarray(0, features * units);
  const second = parameters.subarray(features * units);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { x, y } = batchOf(course, step);
    const hidden = multiply(x, first, features, units).map((value) => Math.max(0, value));
    const { loss, gradient } = await evaluate(multiply(hidden, second, units, classes), y);
    const back = multiply(gradient, transpose(second, classes), classes, units);
    const change = (
      weights: Float32Array,
      inputs: Float32Array,
      width: number,
      slopes: Float32Array,
      columns: number,
    ) =>
      multiply(transpose(inputs, width), slopes, batch, columns).forEach((slope, i) => {
        weights[i] -= rate * slope;
      });
    change(second, hidden, units, gradient, classes);
    change(
      first,
      x,
      features,
      back.map((slope, i) => (hidden[i] > 0 ? slope : 0)),
      units,
    );
    losses.push(loss);
  }
  return { losses, parameters: Array.from(parameters) };
}

/** The same on tensors. @param loss Of logits, its mean. */
export async function trainTfjs(tf: typeof core, course: Course, loss: TfjsLoss<core.Scalar>): Promise<Trained> {
  const { features, units, classes, steps, rate } = course;
  const first = tf.variable(tf.tensor2d(course.parameters.slice(0, features * units), [features, units]));
  const second = tf.variable(tf.tensor2d(course.parameters.slice(features * units), [units, classes]));
  const optimizer = tf.train.sgd(rate);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { x, y } = batchOf(course, step);
    const value = optimizer.minimize(
      () => {
        const hidden = tf.relu(tf.matMul(tf.tensor2d(x, [y.length, features]), first));
        return loss(tf.tensor1d(y, 'int32'), tf.matMul(hidden, second));
      },
      true,
      [first, second],
    );
    losses.push((await (value as core.Scalar).data())[0]);
    value?.dispose();
  }
  const parameters = [...(await first.data()), ...(await second.data())];
  tf.dispose([first, second]);
  return { losses, parameters };
}

// The loss and its gradient as an ONNX model of standard operators.

import { REDUCTIONS } from '../backends/enumerations.js';
import { choice, copyWeights, integer, knownOptions, type Numbers, without } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { reduced } from '../expression/reduction.js';
import { rowLosses } from '../expression/row-losses.js';
import { lossTerms } from '../expression/terms.js';
import { type EmdOptions, LOSS_OPTIONS, Settings } from '../loss/options.js';
import { type Dimension, OnnxGraph, type OnnxType, typeCode, type Value } from './graph.js';
import { Layout } from './layout.js';
import { OnnxOperators } from './operators.js';

const TARGETS = ['indices', 'distributions'] as const;
const LABEL_TYPES = ['int64', 'int32'] as const;
const FLOAT_TYPES = ['float32', 'float16'] as const;

/** The options that a model can know beforehand. */
const STATIC = without(LOSS_OPTIONS, 'inner', 'classWeights', 'threads', 'device');

/**
 * The options of {@link exportOnnx}: those of `emdLoss` that a model can know beforehand, and those that describe its tensors.
 */
export interface ExportOptions extends Pick<EmdOptions, keyof typeof STATIC> {
  /** A weight for the rows of each target class, [classes]: finite, not negative. Default: 1. */
  classWeights?: Numbers;
  /** Whether the model has an input `sampleWeights`, a weight for each row: finite, not negative. Default: false. */
  sampleWeights?: boolean;
  /** The factor of the gradient, dL/d(result). Default: 1. */
  upstream?: number;
  /**
   * Whether the model computes the gradient. If not, it consists of operators that can be differentiated, for example by
   * onnxruntime-training. Default: true.
   */
  gradient?: boolean;
  /**
   * A prefix of all names of nodes, constants, inputs and outputs, so that the model can be merged with another. Default: none.
   */
  prefix?: string;
  /** The dimension of the classes: -1 for logits [.., classes], 1 for dense prediction, [batch, classes, ..]. Default: -1. */
  axis?: -1 | 1;
  /**
   * The dimensions of the logits, including the classes; names stand for sizes that are known only when the model runs. Default:
   * ['rows', classes], or with `axis: 1` ['batch', classes, 'height', 'width'].
   */
  dims?: readonly (number | string)[];
  /** What `labels` holds: a class index per row, or distributions, as float32 of the logits' shape. Default: 'indices'. */
  targets?: (typeof TARGETS)[number];
  /** The type of class indices. Default: 'int64'. */
  labelType?: (typeof LABEL_TYPES)[number];
  /** The type of logits and gradient; everything is computed in float32. Default: 'float32'. */
  floatType?: (typeof FLOAT_TYPES)[number];
}

const KNOWN = {
  ...STATIC,
  classWeights: true,
  sampleWeights: true,
  upstream: true,
  gradient: true,
  prefix: true,
  axis: true,
  dims: true,
  targets: true,
  labelType: true,
  floatType: true,
} as const satisfies Record<keyof ExportOptions, true>;

/**
 * An ONNX model (opset 17) that computes the loss of `emdLoss` and its gradient with standard operators, for any execution
 * provider. Nothing in it takes time quadratic in the number of classes, except the product of distributions with a matrix.
 *
 * Inputs: `logits` [.., classes], or [batch, classes, ..] with `axis: 1` (probabilities with `input: 'probabilities'`); `labels`,
 * class indices [..], or distributions as float32 of the logits' shape, which are divided by their sums; and, if asked for,
 * `sampleWeights`, float32 of the shape of class indices. Outputs: `loss` (float32, a scalar; NaN with reduction 'none'),
 * `losses` (float32, one per row) and `gradient` (of the logits' type and shape). A label that is out of range makes its row NaN,
 * and so does a distribution with a negative or non-finite entry; a row whose distribution is all zeros does not count.
 *
 * @throws TypeError, RangeError for invalid options.
 */
export function exportOnnx(options: ExportOptions): Uint8Array {
  knownOptions(options, KNOWN);
  const {
    axis = -1,
    dims: given,
    targets = 'indices',
    labelType = 'int64',
    floatType = 'float32',
    classWeights,
    sampleWeights = false,
    gradient = true,
    prefix = '',
    ...loss
  } = options;
  const settings = new Settings(loss);
  const { classes, ignoreIndex, upstream } = settings;
  if (typeof upstream !== 'number') throw wrongType('upstream', 'a number', upstream);
  if (axis !== -1 && axis !== 1) throw wrongRange('axis', '-1 or 1', axis);
  if (typeof prefix !== 'string') throw wrongType('prefix', 'a string', prefix);
  for (const [name, flag] of Object.entries({ sampleWeights, gradient })) {
    if (typeof flag !== 'boolean') throw wrongType(name, 'a boolean', flag);
  }
  choice('labelType', labelType, LABEL_TYPES);
  const half = FLOAT_TYPES[choice('floatType', floatType, FLOAT_TYPES)] === 'float16';
  const distributions = TARGETS[choice('targets', targets, TARGETS)] === 'distributions';
  if (distributions && ignoreIndex !== undefined) {
    throw wrongType('ignoreIndex', "undefined, as targets is 'distributions'", ignoreIndex);
  }

  const dims = checkDims(given === undefined ? defaultDims(axis, classes) : given, axis, classes);
  const rowDims = dims.filter((_, i) => i !== (axis === -1 ? dims.length - 1 : 1));

  const graph = new OnnxGraph('squared_emd', `${settings.groundDistance}`, prefix);
  const input = (name: string, type: OnnxType, shape: readonly Dimension[]) =>
    graph.input(`${prefix}${name}`, type, shape);
  const logits = input('logits', floatType, dims);
  const labels = input('labels', distributions ? 'float32' : labelType, distributions ? dims : rowDims);
  const weights = sampleWeights ? input('sampleWeights', 'float32', rowDims) : undefined;
  const layout = new Layout(graph, axis, classes, logits);
  const o = new OnnxOperators(graph);
  const rows = rowLosses(
    o,
    lossTerms(settings, {
      classWeights: classWeights && copyWeights('classWeights', classWeights, classes),
      forwardOnly: !gradient,
    }),
    {
      predictions: layout.rows(half ? o.float(logits) : logits),
      sampleWeights: weights && layout.column(weights),
      ...(distributions
        ? { distributions: layout.rows(labels) }
        : { labels: layout.column(graph.add('Cast', [labels], { to: typeCode('int64') })) }),
    },
  );
  const reduction = REDUCTIONS[settings.reduction];
  const { result, scale } =
    reduction === 'none'
      ? { result: o.number(Number.NaN), scale: () => o.number(upstream) }
      : reduced(o, reduction, rows, upstream);
  const output = (name: string, value: Value, type: OnnxType, shape: readonly Dimension[]) =>
    graph.output(`${prefix}${name}`, value, type, shape);
  output('loss', result, 'float32', []);
  output('losses', layout.perRow(rows.losses), 'float32', rowDims);
  if (gradient) {
    const slopes = layout.back(rows.gradient(scale()));
    output('gradient', half ? graph.add('Cast', [slopes], { to: typeCode('float16') }) : slopes, floatType, dims);
  }
  return graph.encode();
}

const defaultDims = (axis: -1 | 1, classes: number): (number | string)[] =>
  axis === -1 ? ['rows', classes] : ['batch', classes, 'height', 'width'];

function checkDims(dims: unknown, axis: -1 | 1, classes: number): readonly (number | string)[] {
  if (!Array.isArray(dims)) throw wrongType('dims', 'an array of sizes and names', dims);
  dims.forEach((size, i) => {
    if (typeof size === 'string' && size !== '') return;
    integer(`dims[${i}]`, size, 0, Number.MAX_SAFE_INTEGER);
  });
  if (dims.at(axis) === classes) return dims;
  throw wrongRange('dims', `${classes} (classes) in dimension ${axis}`, `[${dims}]`);
}

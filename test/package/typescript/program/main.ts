// A user's program that touches every entry point that needs no peer. It is compiled, not run: with the oldest TypeScript that the
// package's declarations are for, and with newer ones, with strict null checks and without.
import {
  type AccumulateOptions,
  type ArrayInterface,
  type CentroidState,
  ClassCentroids,
  type CudaStatus,
  circular,
  cuda,
  DeviceArray,
  type DType,
  EmdError,
  type EmdErrorCode,
  EmdLoss,
  type EmdOptions,
  type EmdResult,
  type EmdTargets,
  type EvaluateOptions,
  type Event,
  emdLoss,
  emdLossAsync,
  Graph,
  GroundDistance,
  type GroundDistanceJSON,
  type Info,
  info,
  matrix,
  type Numbers,
  ordered,
  pairwiseDistances,
  pinned,
  positions,
  SelfGuidedEmd,
  type SelfGuidedOptions,
  type SelfGuidedState,
  Stream,
  setThreads,
  tree,
} from 'squared-emd';
import {
  accuracyWithin,
  type ClassIndices,
  confusionMatrix,
  decode,
  rankedProbabilityScore,
} from 'squared-emd/metrics';
import {
  type ExportOptions,
  exportOnnx,
  OnnxGraph,
  type OrtTensor,
  emdLoss as tensorLoss,
  emdLossAsync as tensorLossAsync,
} from 'squared-emd/onnxruntime';
import { type Arrays, type GpuBuffer, type GpuDevice, WebGpuEmdLoss } from 'squared-emd/webgpu';

const logits = new Float32Array(24);

// Nothing that was not refused is null.
export function oneCall(labels: EmdTargets): number {
  const { loss, crossEntropy, emd, rows, nonFinite, firstNonFinite, gradient } = emdLoss(logits, labels, {
    classes: 8,
  });
  const step: Float32Array = gradient;
  const filled: Float32Array = emdLoss(logits, labels, { classes: 8, gradient: logits }).gradient;
  const refused: null = emdLoss(logits, labels, { classes: 8, gradient: false }).gradient;
  const losses: Float32Array = emdLoss(logits, labels, { classes: 8, losses: true }).losses;
  const each: Float32Array = emdLoss(logits, labels, { classes: 8, reduction: 'none' }).losses;
  const none: null = emdLoss(logits, labels, { classes: 8, reduction: 'none', losses: false }).losses;
  return (
    loss +
    crossEntropy +
    emd +
    rows +
    nonFinite +
    firstNonFinite +
    step[0] +
    filled[0] +
    losses[0] +
    each[0] +
    Number(refused ?? none)
  );
}

export function chosenLater(wanted: boolean, options: EmdOptions): (Float32Array | null)[] {
  const { gradient } = emdLoss(logits, [0, 1, 2], { classes: 8, gradient: wanted });
  const result: EmdResult<Float32Array> = emdLoss(logits, [0, 1, 2], options);
  return [gradient, result.gradient, result.losses, emdLoss(logits, [0, 1, 2], { classes: 8 }).losses];
}

export async function later(): Promise<Float32Array[]> {
  const { gradient, losses } = await emdLossAsync(logits, Int8Array.of(1, 2, 3), { classes: 8, losses: true });
  const none: null = (await emdLossAsync(logits, [0, 1, 2], { classes: 8, gradient: false })).gradient;
  return none === null ? [gradient, losses] : [];
}

export class Training {
  readonly criterion: EmdLoss;
  readonly perRow = new EmdLoss({ classes: 8, reduction: 'none', gradient: false });
  readonly guided = new SelfGuidedEmd({ classes: 8, features: 4, reduction: 'none' });

  constructor(classWeights: Numbers) {
    this.criterion = new EmdLoss({ classes: 8, crossEntropyWeight: 1, emdWeight: 10, classWeights });
  }

  async step(labels: Uint8ClampedArray, features: Float32Array): Promise<Float32Array[]> {
    this.criterion.groundDistance = positions(Float64Array.of(0, 1, 2, 4, 8, 16, 32, 64));
    const { gradient } = this.criterion.evaluate(logits, labels);
    const again = this.criterion.evaluate(logits, labels, { losses: true, upstream: 0.5 });
    const awaited = await this.criterion.evaluateAsync(logits, labels, { gradient: logits });
    const refused: null = this.criterion.evaluate(logits, labels, { gradient: false }).gradient;
    const fromOptions: null = this.perRow.evaluate(logits, labels).gradient;
    const asked: Float32Array = this.perRow.evaluate(logits, labels, { gradient: true }).gradient;
    const options: EvaluateOptions = {};
    const unknown: Float32Array | null = this.perRow.evaluate(logits, labels, options).gradient;
    const learned = this.guided.evaluate(logits, features, labels);
    const later = await this.guided.evaluateAsync(logits, features, labels, { gradient: false, losses: logits });
    const nothing: null = later.gradient;
    this.guided.endEpoch();
    return [
      gradient,
      again.gradient,
      again.losses,
      awaited.gradient,
      this.perRow.evaluate(logits, labels).losses,
      asked,
      learned.gradient,
      learned.losses,
      later.losses,
      unknown || refused || fromOptions || nothing || logits,
    ];
  }
}

export function groundDistances(): GroundDistance[] {
  const line = ordered([1, 2, 3]);
  const circle = circular(Uint8Array.of(1, 2, 3));
  const taxonomy = tree([-1, 0, 0], Float64Array.of(0, 1, 2));
  const table = matrix([Float32Array.of(0, 1), [1, 0]], { exponent: 0.5, offset: -0.5 });
  const json: GroundDistanceJSON = table.toJSON();
  return [
    line,
    circle,
    taxonomy,
    matrix(table.distances || [], 'xemd2'),
    ordered(line.gaps),
    circular(circle.gaps),
    tree(taxonomy.parents || [], taxonomy.lengths),
    GroundDistance.fromJSON(json),
    GroundDistance.fromJSON(JSON.parse(JSON.stringify(json))),
  ];
}

export function learnedDistances(): Float32Array {
  const centroids = new ClassCentroids({ classes: 3, features: 2, normalize: 'l2', momentum: 0.9 });
  const options: AccumulateOptions = { ignoreIndex: -1 };
  centroids.accumulate(new Float32Array(6), [0, 1, -1], options);
  centroids.update();
  const state: CentroidState = centroids.toState();
  const copy = ClassCentroids.fromState(state);
  copy.merge(centroids);
  const settings: SelfGuidedOptions<'cpu'> = { classes: 3, features: 2, preset: 'xemd1' };
  const saved: SelfGuidedState = new SelfGuidedEmd(settings).toState();
  const { distances } = SelfGuidedEmd.fromState(saved);
  return distances || pairwiseDistances(copy.distances({ scale: 'max' }), { rows: 3 });
}

export function metrics(probabilities: Float32Array, actual: ClassIndices): number {
  const predicted: Int32Array = decode(probabilities, { classes: 8, rule: 'median' });
  const counts = confusionMatrix(predicted, actual, 8);
  return (
    accuracyWithin(predicted, actual, 1) + rankedProbabilityScore(probabilities, actual, { classes: 8 }) + counts[0]
  );
}

export async function onBuffers(device: GpuDevice, buffer: GpuBuffer, arrays: Arrays): Promise<number> {
  const criterion = new WebGpuEmdLoss(device, { classes: 8, classWeights: [1, 2, 1, 1, 1, 1, 1, 1] });
  criterion.groundDistance = ordered([1, 2, 3, 4, 5, 6, 7]);
  const { loss } = await criterion.evaluate({ ...arrays, lossOut: { buffer, offset: 8 } });
  return loss;
}

/** As onnxruntime's. */
class Tensor implements OrtTensor {
  readonly location = 'cpu';
  constructor(
    readonly type: string,
    readonly data: Float32Array | BigInt64Array,
    readonly dims: readonly number[],
  ) {}
}

export async function tensors(): Promise<Tensor[]> {
  const labels = new Tensor('int64', BigInt64Array.of(BigInt(0), BigInt(1)), [2]);
  const predictions = new Tensor('float32', new Float32Array(16), [2, 8]);
  const { gradient } = tensorLoss(predictions, labels);
  const { losses } = tensorLoss(predictions, labels, { reduction: 'none', classWeights: [1, 1, 1, 1, 1, 1, 1, 2] });
  const refused: null = (await tensorLossAsync(predictions, labels, { gradient: false })).gradient;
  return refused || [gradient, losses, (await tensorLossAsync(predictions, labels, { losses: true })).losses];
}

export function onnx(options: ExportOptions): Uint8Array {
  const graph = new OnnxGraph('mine');
  const input = graph.input('x', 'float32', ['rows', 8]);
  graph.output('y', graph.add('Identity', [input]), 'float32', ['rows', 8]);
  return exportOnnx({ ...options, classWeights: Float64Array.of(1, 2) });
}

export async function onGpu(): Promise<number> {
  const status: CudaStatus = cuda.status();
  if (!status.available) return status.devices.length;
  const dtype: DType = 'float16';
  const stream = new Stream({ device: 0 });
  const array = DeviceArray.from(logits, { dtype, stream });
  const gradient: DeviceArray = emdLoss(array, [0, 1, 2], { classes: 8, stream }).gradient;
  const refused: null = new EmdLoss({ classes: 8 }).evaluate(array, [0], { gradient: false, stream }).gradient;
  const description: ArrayInterface = gradient.cudaArrayInterface;
  const event: Event = stream.record();
  await event.synchronize();
  const lossOut = DeviceArray.allocate('float32', 4);
  const graph = Graph.capture(stream, () => {
    emdLoss(array, lossOut, { classes: 8, stream, lossOut, gradient: array });
  });
  graph.launch(stream);
  const guided = new SelfGuidedEmd({ classes: 8, features: 8, device: 0 });
  const step: DeviceArray = guided.evaluate(array, lossOut, [0, 1, 2]).gradient;
  for (const held of [graph, event, stream, array, step]) held.dispose();
  const host = pinned(4);
  await lossOut.copyToAsync(host);
  return refused === null ? description.version : 0;
}

export function about(error: unknown): EmdErrorCode | undefined {
  setThreads(2);
  const { version, isas }: Info = info();
  return error instanceof EmdError ? error.code : isas.includes(version) ? 'INTERNAL' : undefined;
}

export function mistakes(float64: Float64Array): void {
  // @ts-expect-error a word that is no option
  emdLoss(logits, [0, 1, 2], { classes: 8, emdWieght: 1 });
  // @ts-expect-error predictions are float32
  emdLoss(float64, [0, 1, 2], { classes: 8 });
  // @ts-expect-error no such reduction
  new EmdLoss({ classes: 8, reduction: 'average' });
  // @ts-expect-error bigints are no gaps
  ordered(BigInt64Array.of(BigInt(1)));
  // @ts-expect-error not made by new
  new DeviceArray();
}

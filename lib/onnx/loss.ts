// The loss on tensors of onnxruntime (onnxruntime-node, onnxruntime-web).
import { knownOptions, optionsObject, sharesMemory } from '../checks/arguments.js';
import { rename, renamed } from '../checks/renamed.js';
import { fromFloat16, toFloat16 } from '../gpu/float16.js';
import { emdLoss as lossOfArrays, emdLossAsync as lossOfArraysLater } from '../loss/emd-loss.js';
import type { EmdOptions, Reduction } from '../loss/options.js';
import type { EmdResult, Wanted } from '../loss/result.js';
import { lossOnGpu } from './gpu-loss.js';
import { KNOWN, type OrtAsyncOptions, type OrtEmdOptions, type OrtEmdResult, type ResultFor } from './options.js';
import { isTensor, type OrtTensor, sameDims, shapeOf, tensor } from './tensors.js';

/** Arguments to which the package's own `emdLoss` gives other names. */
const NAMES = { targets: 'labels', predictions: 'logits' };
const inOurWords = renamed(NAMES);

/**
 * The squared Earth Mover's Distance loss of a batch of tensors, and its gradient. float32 tensors are read and written in place;
 * float16 tensors are converted.
 *
 * @param logits float32 or float16, [.., classes], or with `axis: 1` [batch, classes, ..]; on the CPU.
 * @param labels int32, int64 or uint8 class indices of the logits' shape without the classes, or float32 distributions of the
 *   logits' shape.
 * @throws TypeError for a wrong kind of value, RangeError for a wrong size or number; then nothing is written.
 */
export function emdLoss<
  T extends OrtTensor,
  G extends Wanted<T> = true,
  L extends Wanted<T> = never,
  R extends Reduction = Reduction,
>(logits: T, labels: OrtTensor, options: OrtEmdOptions<T, G, L, R> = {}): ResultFor<T, G, L, R> {
  const call = new Call(logits, labels, options);
  return call.finish(inOurWords(() => lossOfArrays(...call.arguments))) as ResultFor<T, G, L, R>;
}

/**
 * Like {@link emdLoss}, off the event loop. Inputs are copied during the call. With `gpuDevice` it computes on GPU tensors, and reads
 * nothing back but the numbers of the result; the gradient is then a tensor that `dispose()` frees.
 *
 * @returns A promise that wrong arguments reject, with `gpuDevice` also what the device says (EmdError).
 */
export async function emdLossAsync<
  T extends OrtTensor,
  G extends Wanted<T> = true,
  L extends Wanted<T> = never,
  R extends Reduction = Reduction,
>(logits: T, labels: OrtTensor, options: OrtAsyncOptions<T, G, L, R> = {}): Promise<ResultFor<T, G, L, R>> {
  const { gpuDevice, ...own } = optionsObject(options) as typeof options;
  if (gpuDevice !== undefined) return (await lossOnGpu(gpuDevice, logits, labels, own)) as ResultFor<T, G, L, R>;
  const call = new Call(logits, labels, own as typeof options);
  const result = await lossOfArraysLater(...call.arguments).catch((error) => {
    throw rename(error, NAMES);
  });
  return call.finish(result) as ResultFor<T, G, L, R>;
}

type Arguments = [predictions: Float32Array, targets: Float32Array | Int32Array, options: EmdOptions];

/** Tensors as the arrays of a call, and its result as tensors. */
class Call<T extends OrtTensor> {
  readonly arguments: Arguments;
  readonly #logits: T;
  readonly #given: OrtEmdOptions<T>;
  readonly #rowDims: readonly number[];

  constructor(logits: T, labels: OrtTensor, options: OrtEmdOptions<T>) {
    knownOptions(options, KNOWN);
    const { axis = -1, gradient, losses, classWeights, sampleWeights, upstream, ...same } = options;
    this.#logits = logits;
    this.#given = options;
    const { dims } = tensor('logits', logits, ['float32', 'float16']);
    const { classes, inner, rowDims } = shapeOf(dims, axis);
    this.#rowDims = rowDims;
    const half = logits.type === 'float16';
    if (half && isTensor(gradient)) checkOutput(gradient, { logits, labels });
    this.arguments = [
      half ? fromFloat16(bitsOf(logits)) : (logits.data as Float32Array),
      this.#labels(labels, dims),
      {
        ...same,
        classes,
        inner,
        classWeights: floats('classWeights', classWeights, [classes]),
        sampleWeights: floats('sampleWeights', sampleWeights, this.#rowDims),
        upstream: typeof upstream === 'number' ? upstream : floats('upstream', upstream, this.#rowDims),
        gradient: this.#output('gradient', gradient, logits.type, dims),
        losses: this.#output('losses', losses, 'float32', this.#rowDims),
      },
    ];
  }

  finish(result: EmdResult): OrtEmdResult<T> {
    const { gradient, losses } = result as EmdResult<Float32Array>;
    return {
      ...result,
      gradient: gradient && this.#gradient(gradient),
      losses: losses && this.#made('losses', 'float32', losses, this.#rowDims),
    };
  }

  #labels(labels: OrtTensor, dims: readonly number[]): Float32Array | Int32Array {
    const { type } = tensor('labels', labels, ['int32', 'int64', 'uint8', 'float32']);
    sameDims('labels', labels, type === 'float32' ? dims : this.#rowDims);
    return labels.data as Float32Array | Int32Array;
  }

  #output(
    name: 'gradient' | 'losses',
    value: unknown,
    type: string,
    dims: readonly number[],
  ): boolean | Float32Array | undefined {
    if (value === undefined || typeof value === 'boolean') return value;
    sameDims(name, tensor(name, value, [type]), dims);
    return type === 'float16' ? true : ((value as OrtTensor).data as Float32Array);
  }

  #gradient(values: Float32Array): T {
    const { type, dims } = this.#logits;
    if (type === 'float32') return this.#made('gradient', type, values, dims);
    const { gradient } = this.#given;
    const target = isTensor(gradient) ? gradient : undefined;
    // An array as the tensor's own class takes it: a Float16Array for float16, if the runtime has one.
    const data = target ?? this.#made('gradient', type, halfArray(this.#logits, values.length), dims);
    toFloat16(values, bitsOf(data));
    return data as T;
  }

  #made(name: 'gradient' | 'losses', type: string, data: unknown, dims: readonly number[]): T {
    const given = this.#given[name];
    if (isTensor(given)) return given;
    const Tensor = (this.#logits as { constructor: unknown }).constructor as new (
      type: string,
      data: unknown,
      dims: readonly number[],
    ) => T;
    return new Tensor(type, data, dims);
  }
}

/** An array for float16 of the kind that a tensor's runtime uses. */
function halfArray({ data }: OrtTensor, length: number): unknown {
  const HalfArray = (data as { constructor: unknown }).constructor as new (length: number) => unknown;
  return new HalfArray(length);
}

function bitsOf({ data }: OrtTensor): Uint16Array {
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}

/** Checks what the call itself checks if nothing is converted. */
function checkOutput(gradient: OrtTensor, inputs: Record<string, OrtTensor>): void {
  for (const [name, input] of Object.entries(inputs)) {
    const own = name === 'logits' && input === gradient;
    if (!own && sharesMemory(gradient.data as Uint16Array, input.data as Uint16Array)) {
      throw new RangeError(`gradient: expected memory of its own, or that of logits, but it overlaps ${name}`);
    }
  }
}

function floats(name: string, value: unknown, dims: readonly number[]): Float32Array | undefined {
  if (value === undefined) return undefined;
  if (!isTensor(value)) return value as Float32Array; // checked by the call
  sameDims(name, tensor(name, value, ['float32']), dims);
  return value.data as Float32Array;
}

// Builds ONNX models of standard operators, one call per operator.
import { wrongRange } from '../checks/errors.js';
import { encodeModel } from './format.js';

/** The name of a value in a graph. */
export type Value = string;
/** A size, or the name of one that is known only when the model runs. */
export type Dimension = number | string;
/** A whole number, a list of whole numbers, a text, or a number that need not be whole. */
export type Attribute = number | readonly number[] | string | { float: number };

/** TensorProto.DataType */
const TYPES = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const;
export type OnnxType = keyof typeof TYPES;
/** The value of the attribute `to` of the operator Cast. */
export const typeCode = (type: OnnxType): number => TYPES[type];

/** AttributeProto.AttributeType */
const FLOAT = 1;
const INT = 2;
const STRING = 3;
const INTS = 7;

/** Larger constants are not compared with existing ones. */
const MAX_SHARED_BYTES = 65_536;
/** The largest message of the format. */
const MAX_BYTES = 2 ** 31 - 1;

/** The version of the format that came with opset 17 (onnx 1.12). */
const IR_VERSION = 8;
const OPSET = 17;

/**
 * Builds a graph of standard operators (opset 17), one call per operator, and the bytes of its .onnx file. Values, except inputs
 * and outputs, are named in the order in which they are made. Shapes and types are left to whoever runs the model.
 */
export class OnnxGraph {
  readonly #nodes: { input: readonly Value[]; output: readonly Value[] }[] = [];
  readonly #constants: object[] = [];
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];
  readonly #byContents = new Map<string, Value>();
  /** The outputs of nodes, and the names that they have as outputs of the model. */
  readonly #names = new Map<Value, string>();
  #count = 0;

  /** @param prefix A prefix of the names that the graph makes up, for a graph that continues another. */
  constructor(
    readonly name: string,
    readonly description = '',
    readonly prefix = '',
  ) {}

  /** An input of the model; without `dims`, of any shape. */
  input(name: string, type: OnnxType, dims?: readonly Dimension[]): Value {
    this.#inputs.push(valueInfo(name, type, dims));
    return name;
  }

  /** A float32 constant; without `dims`, a scalar. */
  floats(values: Float32Array | readonly number[], dims: readonly number[] = []): Value {
    return this.#constant('float32', values instanceof Float32Array ? values : Float32Array.from(values), dims);
  }

  /** An int64 constant; without `dims`, a list. */
  integers(values: readonly number[], dims: readonly number[] = [values.length]): Value {
    return this.#constant('int64', BigInt64Array.from(values, BigInt), dims);
  }

  /** Adds an operator; returns its output. */
  add(operator: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}): Value {
    return this.addAll(operator, inputs, attributes, 1)[0];
  }

  /** Adds an operator with several outputs; returns them. */
  addAll(operator: string, inputs: readonly Value[], attributes: Record<string, Attribute>, outputs: number): Value[] {
    const values = Array.from({ length: outputs }, () => `${this.prefix}v${this.#count++}`);
    for (const value of values) this.#names.set(value, value);
    this.#node(operator, inputs, values, attributes);
    return values;
  }

  /** Makes a value an output of the model, with this name. */
  output(name: string, value: Value, type: OnnxType, dims?: readonly Dimension[]): void {
    if (this.#names.get(value) === value) this.#names.set(value, name);
    else this.#node('Identity', [value], [name], {}); // an input, a constant, or an output already
    this.#outputs.push(valueInfo(name, type, dims));
  }

  /** The model as the bytes of an .onnx file. */
  encode(): Uint8Array {
    return encode({
      irVersion: IR_VERSION,
      producerName: 'squared-emd',
      docString: this.description,
      opsetImport: [{ domain: '', version: OPSET }],
      graph: { name: this.name, ...this.#contents() },
    });
  }

  /**
   * A model that continues another: the operators of this graph refer to values of the other by their names, and its outputs are
   * added to the other's. Both must have the same opset, or compatible ones.
   */
  appendTo(model: Uint8Array): Uint8Array {
    // In protobuf, two concatenated messages are one message with the lists of both joined.
    const own = encode({ graph: this.#contents() });
    const both = new Uint8Array(model.length + own.length);
    both.set(model);
    both.set(own, model.length);
    return both;
  }

  #contents(): object {
    return {
      node: this.#nodes.map((node) => ({ ...node, input: this.#named(node.input), output: this.#named(node.output) })),
      initializer: this.#constants,
      input: this.#inputs,
      output: this.#outputs,
    };
  }

  #named(values: readonly Value[]): string[] {
    return values.map((value) => this.#names.get(value) ?? value);
  }

  #constant(type: OnnxType, values: Float32Array | BigInt64Array, dims: readonly number[]): Value {
    const count = dims.reduce((a, b) => a * b, 1);
    if (count !== values.length) throw wrongRange('dims', `the dimensions of ${values.length} numbers`, `[${dims}]`);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const contents = bytes.length <= MAX_SHARED_BYTES ? `${type} ${dims} ${bytes}` : undefined;
    const known = contents && this.#byContents.get(contents);
    if (known) return known;
    const name = `${this.prefix}c${this.#constants.length}`;
    this.#constants.push({ name, dims, dataType: TYPES[type], rawData: bytes });
    if (contents) this.#byContents.set(contents, name);
    return name;
  }

  #node(opType: string, input: readonly Value[], output: readonly Value[], attributes: Record<string, Attribute>) {
    const attribute = Object.entries(attributes).map(([name, value]) => ({ name, ...attributeFields(value) }));
    const node = { name: `${this.prefix}n${this.#nodes.length}`, opType, input, output, attribute };
    this.#nodes.push(node);
  }
}

function encode(model: object): Uint8Array {
  const constants = (model as { graph: { initializer: { rawData: Uint8Array }[] } }).graph.initializer ?? [];
  const bytes = constants.reduce((sum, { rawData }) => sum + rawData.length, 0);
  if (bytes > MAX_BYTES)
    throw new RangeError(`model: expected at most ${MAX_BYTES} bytes of constants, received ${bytes}`);
  return encodeModel(model);
}

function attributeFields(value: Attribute): object {
  if (typeof value === 'number') return { i: value, type: INT };
  if (typeof value === 'string') return { s: new TextEncoder().encode(value), type: STRING };
  if ('float' in value) return { f: value.float, type: FLOAT };
  return { ints: value, type: INTS };
}

function valueInfo(name: string, type: OnnxType, dims: readonly Dimension[] | undefined): object {
  const dim = dims?.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: TYPES[type], ...(dim && { shape: { dim } }) } } };
}

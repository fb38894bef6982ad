// The part of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) that a model of standard operators needs.
import { BinaryWriter, WireType } from './protobuf.js';

type Scalar = 'int32' | 'int64' | 'float' | 'string' | 'bytes';

/** The fields of each message by their names in onnx.proto, in camel case: number, and type, which may be a message. */
const MESSAGES = {
  ModelProto: {
    irVersion: [1, 'int64'],
    producerName: [2, 'string'],
    producerVersion: [3, 'string'],
    docString: [6, 'string'],
    graph: [7, 'GraphProto'],
    opsetImport: [8, 'OperatorSetIdProto'],
  },
  OperatorSetIdProto: { domain: [1, 'string'], version: [2, 'int64'] },
  GraphProto: {
    node: [1, 'NodeProto'],
    name: [2, 'string'],
    initializer: [5, 'TensorProto'],
    input: [11, 'ValueInfoProto'],
    output: [12, 'ValueInfoProto'],
  },
  NodeProto: {
    input: [1, 'string'],
    output: [2, 'string'],
    name: [3, 'string'],
    opType: [4, 'string'],
    attribute: [5, 'AttributeProto'],
  },
  AttributeProto: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'bytes'],
    ints: [8, 'int64'],
    type: [20, 'int32'],
  },
  TensorProto: { dims: [1, 'int64'], dataType: [2, 'int32'], name: [8, 'string'], rawData: [9, 'bytes'] },
  ValueInfoProto: { name: [1, 'string'], type: [2, 'TypeProto'] },
  TypeProto: { tensorType: [1, 'TensorTypeProto'] },
  TensorTypeProto: { elemType: [1, 'int32'], shape: [2, 'TensorShapeProto'] },
  TensorShapeProto: { dim: [1, 'DimensionProto'] },
  DimensionProto: { dimValue: [1, 'int64'], dimParam: [2, 'string'] },
} as const satisfies Record<string, Record<string, readonly [number, string]>>;

type MessageName = keyof typeof MESSAGES;

const WIRE_TYPES: Record<Scalar, WireType> = {
  int32: WireType.Varint,
  int64: WireType.Varint,
  float: WireType.Bit32,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
};

/** The bytes of a ModelProto, given as an object with the names above, in which lists are repeated fields. */
export function encodeModel(model: object): Uint8Array {
  const writer = new BinaryWriter();
  write(writer, 'ModelProto', model as Record<string, unknown>);
  return writer.finish();
}

function write(writer: BinaryWriter, name: MessageName, message: Record<string, unknown>): void {
  for (const [field, [id, type]] of Object.entries(MESSAGES[name]) as [string, [number, Scalar | MessageName]][]) {
    const value = message[field];
    if (value === undefined) continue;
    for (const element of Array.isArray(value) ? value : [value]) {
      if (type in MESSAGES) {
        writer.tag(id, WireType.LengthDelimited).fork();
        write(writer, type as MessageName, element as Record<string, unknown>);
        writer.join();
      } else {
        writer.tag(id, WIRE_TYPES[type as Scalar])[type as Scalar](element as never);
      }
    }
  }
}

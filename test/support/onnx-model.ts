// Reads the parts of an ONNX model (onnx.proto) that tests need.
import { BinaryReader, WireType } from '@protobuf-ts/runtime';

export interface Node {
  name: string;
  operator: string;
  inputs: string[];
  outputs: string[];
}

export interface Model {
  nodes: Node[];
  constants: string[];
  inputs: string[];
  outputs: string[];
}

/** The fields of a message that hold bytes, by their numbers. */
function fields(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new BinaryReader(bytes);
  const found = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const [id, type] = reader.tag();
    if (type !== WireType.LengthDelimited) reader.skip(type);
    else found.set(id, [...(found.get(id) ?? []), reader.bytes()]);
  }
  return found;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

export function readModel(bytes: Uint8Array): Model {
  const graphs = (fields(bytes).get(7) ?? []).map(fields);
  const messages = (id: number) => graphs.flatMap((graph) => (graph.get(id) ?? []).map(fields));
  const named = (id: number, name: number) =>
    messages(id).map((message) => text(message.get(name)?.[0] ?? new Uint8Array()));
  return {
    nodes: messages(1).map((node) => ({
      name: text(node.get(3)?.[0] ?? new Uint8Array()),
      operator: text(node.get(4)?.[0] ?? new Uint8Array()),
      inputs: (node.get(1) ?? []).map(text),
      outputs: (node.get(2) ?? []).map(text),
    })),
    constants: named(5, 8),
    inputs: named(11, 1),
    outputs: named(12, 1),
  };
}

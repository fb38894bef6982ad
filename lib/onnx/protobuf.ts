// What writes the bytes of messages. scripts/bundle-protobuf.js puts it into the ES modules, so that pages need no import map for it.
export { BinaryWriter, WireType } from '@protobuf-ts/runtime';

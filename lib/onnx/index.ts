// The loss on tensors of onnxruntime, and as an ONNX model.
export { type ExportOptions, exportOnnx } from './export.js';
export { type Attribute, type Dimension, OnnxGraph, type OnnxType, type Value } from './graph.js';
export { emdLoss, emdLossAsync } from './loss.js';
export type { OrtAsyncOptions, OrtEmdOptions, OrtEmdResult } from './options.js';
export type { OrtTensor } from './tensors.js';

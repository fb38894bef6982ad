// From tensors to typed arrays and back, without copies where the backend allows it.
//
// The cpu backend keeps typed arrays and hands them out. The wasm backend keeps tensors in its memory, of which views are valid
// until the next operator, which may make that memory grow. The backend of tfjs-node copies. With any other, such as a GPU's,
// reading waits for all work that has been enqueued.
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../checks/shapes.js';
import { type Tfjs, tf } from './peer.js';

/** Backends in host memory, by their names in tfjs. */
const IN_HOST_MEMORY = ['cpu', 'wasm', 'tensorflow'];

/** Whether kernels may read the tensors of the backend in use. */
export const inHostMemory = ({ engine }: Tfjs): boolean => IN_HOST_MEMORY.includes(engine().backendName);

/** The part of the wasm backend that is used beyond the interface of all backends. */
interface WasmBackend {
  typedArrayFromHeap(info: TensorInfo): Float32Array | Int32Array | Uint8Array;
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  dataIdMap: { has(dataId: object): boolean };
}

function wasmBackend({ engine }: Tfjs): WasmBackend | undefined {
  const backend = engine().backend as unknown as Partial<WasmBackend>;
  const known =
    engine().backendName === 'wasm' &&
    typeof backend.typedArrayFromHeap === 'function' &&
    typeof backend.makeOutput === 'function' &&
    typeof backend.dataIdMap?.has === 'function';
  return known ? (backend as WasmBackend) : undefined;
}

/** The numbers of a float32 tensor, which must be read at once and not be written. */
export function floatsOf(tensor: Tensor): Float32Array {
  const backend = wasmBackend(tf());
  if (backend?.dataIdMap.has(tensor.dataId)) return backend.typedArrayFromHeap(tensor) as Float32Array;
  const values = tensor.dataSync();
  return values instanceof Float32Array ? values : Float32Array.from(values); // the cpu backend casts in name only
}

/**
 * A float32 tensor whose numbers `fill` writes. If `fill` reads tensors, it must fetch their numbers itself, as making this
 * tensor may have moved them.
 */
export const filledTensor = (shape: readonly number[], fill: (values: Float32Array) => void): Tensor =>
  filledTensors([shape], ([values]) => fill(values))[0];

/** Like {@link filledTensor}, for several tensors at once. */
export function filledTensors(
  shapes: readonly (readonly number[])[],
  fill: (values: readonly Float32Array[]) => void,
): Tensor[] {
  const core = tf();
  const backend = wasmBackend(core);
  const sizes = shapes.map(sizeOf);
  if (!backend || sizes.includes(0)) {
    const values = sizes.map((size) => new Float32Array(size));
    fill(values);
    return values.map((own, i) => core.tensor(own, [...shapes[i]], 'float32'));
  }
  const infos = shapes.map((shape) => backend.makeOutput([...shape], 'float32'));
  // All versions have this one; makeTensorFromTensorInfo came later.
  const tensors = infos.map(({ dataId, shape, dtype }) => core.engine().makeTensorFromDataId(dataId, shape, dtype));
  try {
    fill(infos.map((info) => backend.typedArrayFromHeap(info) as Float32Array));
  } catch (error) {
    core.dispose(tensors);
    throw error;
  }
  return tensors;
}

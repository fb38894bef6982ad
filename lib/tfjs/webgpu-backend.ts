// The part of tfjs's webgpu backend that is used beyond the interface of all backends, so that kernels work on the tensors' own buffers.
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { GpuBuffer, GpuCommandEncoder, GpuDevice } from '../webgpu/gpu-types.js';
import type { Tfjs } from './peer.js';

type DataId = TensorInfo['dataId'];

/** Where the numbers of a tensor are: on the host, or in memory of the GPU, which may be a texture. */
interface TensorData {
  values?: Float32Array | Int32Array | Uint8Array | null;
  resource?: object | null;
}

export interface WebGpuBackend {
  readonly device: GpuDevice;
  readonly tensorMap: { get(dataId: DataId): TensorData };
  /** Of work that has been recorded and not submitted. */
  commandEncoder: GpuCommandEncoder;
  /** What that work uses: tensors that are disposed of meanwhile keep their buffers. */
  readonly commandQueueOwnedIds: WeakSet<DataId>;
  makeTensorInfo(shape: number[], dtype: 'float32'): TensorInfo;
  uploadToGPU(dataId: DataId): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

const METHODS = [
  'makeTensorInfo',
  'uploadToGPU',
  'ensureCommandEncoderReady',
  'endComputePassEncoder',
  'submitQueue',
] as const;

/** The backend in use, if it is tfjs's webgpu backend as far as it is used here. */
export function webGpuBackend({ engine }: Tfjs): WebGpuBackend | undefined {
  if (engine().backendName !== 'webgpu') return undefined;
  const backend = engine().backend as unknown as Partial<WebGpuBackend>;
  const known =
    METHODS.every((name) => typeof backend[name] === 'function') &&
    typeof backend.device?.createComputePipeline === 'function' &&
    typeof backend.tensorMap?.get === 'function' &&
    typeof backend.commandQueueOwnedIds?.add === 'function';
  return known ? (backend as WebGpuBackend) : undefined;
}

/** The numbers of a tensor that are on the host, as those of small ones are at first; undefined where reading would wait for the GPU. */
export function valuesOnHost({ tensorMap }: WebGpuBackend, { dataId }: Tensor): ArrayLike<number> | undefined {
  const { values, resource } = tensorMap.get(dataId);
  return resource ? undefined : (values ?? undefined);
}

/** The memory of a tensor on the GPU, where it is brought if it is not there. Undefined for a texture. */
export function bufferOf(backend: WebGpuBackend, { dataId }: { readonly dataId: DataId }): GpuBuffer | undefined {
  backend.uploadToGPU(dataId);
  const resource = backend.tensorMap.get(dataId).resource as GpuBuffer;
  return typeof resource.mapAsync === 'function' ? resource : undefined;
}

/** A tensor whose numbers are to be written on the GPU. */
export function emptyTensor(core: Tfjs, backend: WebGpuBackend, shape: readonly number[]): Tensor {
  const info = backend.makeTensorInfo([...shape], 'float32');
  return core.engine().makeTensorFromDataId(info.dataId, info.shape, info.dtype);
}

/** Records work on these tensors behind what tfjs has recorded, to be submitted with it. */
export function recordWith(
  backend: WebGpuBackend,
  tensors: readonly Tensor[],
  record: (encoder: GpuCommandEncoder) => void,
): void {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  record(backend.commandEncoder);
  for (const { dataId } of tensors) backend.commandQueueOwnedIds.add(dataId);
}

/** Submits all that has been recorded so far. */
export function submitRecorded(backend: WebGpuBackend): void {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
}

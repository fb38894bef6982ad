export interface CudaStatus {
  available: boolean;
  /** Why not, as a word. */
  reason?: 'not-built';
  /** Why not, as a sentence. */
  detail?: string;
  devices: CudaDevice[];
}

export interface CudaDevice {
  index: number;
  name: string;
  computeCapability: string;
  /** Bytes. */
  totalMemory: number;
  multiprocessors: number;
}

export const cuda = {
  /** Whether GPUs can be used, and if not, why. */
  status(): CudaStatus {
    return {
      available: false,
      reason: 'not-built',
      detail: 'this build of squared-emd has no CUDA part',
      devices: [],
    };
  },
};

// What this package uses of WebGPU, by its shape: the types of browsers, of `@webgpu/types` and of npm's `webgpu` all fit, and who has
// none of them can compile all the same.

// `never` where their own types are marked: what is passed there came from the device itself.

export interface GpuBuffer {
  readonly size: number;
  readonly usage: number;
  mapAsync(mode: number): Promise<unknown>;
  getMappedRange(): ArrayBuffer;
  unmap(): unknown;
  destroy(): unknown;
}

export interface GpuComputePass {
  setPipeline(pipeline: object): unknown;
  setBindGroup(index: number, group: never): unknown;
  dispatchWorkgroups(x: number): unknown;
  end(): unknown;
}

export interface GpuCommandEncoder {
  beginComputePass(): GpuComputePass;
  copyBufferToBuffer(
    source: GpuBuffer,
    sourceOffset: number,
    destination: GpuBuffer,
    destinationOffset: number,
    size: number,
  ): unknown;
  clearBuffer(buffer: GpuBuffer, offset?: number, size?: number): unknown;
  finish(): object;
}

export interface GpuDevice {
  readonly limits: {
    readonly maxStorageBufferBindingSize: number;
    readonly minStorageBufferOffsetAlignment: number;
  };
  readonly features?: { has(name: string): boolean };
  /** Not there in older browsers. */
  readonly adapterInfo?: { readonly subgroupMinSize?: number; readonly subgroupMaxSize?: number };
  readonly queue: { submit(commands: never[]): unknown };
  readonly lost: Promise<{ readonly reason?: string; readonly message: string }>;
  createBuffer(descriptor: object): GpuBuffer;
  createBindGroupLayout(descriptor: object): object;
  createPipelineLayout(descriptor: object): object;
  createShaderModule(descriptor: object): object;
  createComputePipeline(descriptor: object): object;
  createComputePipelineAsync(descriptor: object): Promise<object>;
  createBindGroup(descriptor: object): object;
  createCommandEncoder(): GpuCommandEncoder;
  pushErrorScope(filter: 'out-of-memory' | 'validation' | 'internal'): unknown;
  popErrorScope(): Promise<{ readonly message: string } | null>;
}

/** GPUBufferUsage, GPUShaderStage and GPUMapMode, which are no globals in Node.js. */
export const Usage = { mapRead: 1, copySource: 4, copyDestination: 8, uniform: 0x40, storage: 0x80 } as const;
export const COMPUTE_STAGE = 4;
export const MAP_READ = 1;

// A device that counts what is asked of it.
import type { GpuDevice } from '../../../lib/webgpu.js';

export interface Counts {
  dispatches: number;
  buffers: number;
  pipelines: number;
  copies: number;
  maps: number;
  submits: number;
  /** Bytes that the dispatches bind, by how: read, or also written. */
  read: number;
  written: number;
}

type Call = (...values: never[]) => unknown;

/** Of a bind group or its layout. */
interface Descriptor {
  layout: object;
  entries: { buffer: { type: string }; resource: { buffer: object; size?: number } }[];
}

/** The device with its counts, which start at 0; what it hands out counts, too. */
export function counting(device: GpuDevice): { device: GpuDevice; counts: Counts } {
  const counts: Counts = {
    dispatches: 0,
    buffers: 0,
    pipelines: 0,
    copies: 0,
    maps: 0,
    submits: 0,
    read: 0,
    written: 0,
  };
  const layouts = new Map<object, string[]>();
  const seen: Record<string, (result: object, descriptor: Descriptor) => void> = {
    dispatchWorkgroups: () => counts.dispatches++,
    createBuffer: () => counts.buffers++,
    createComputePipeline: () => counts.pipelines++,
    copyBufferToBuffer: () => counts.copies++,
    mapAsync: () => counts.maps++,
    submit: () => counts.submits++,
    createBindGroupLayout: (result, { entries }) =>
      layouts.set(
        result,
        entries.map(({ buffer }) => buffer.type),
      ),
    createBindGroup: (_, { layout, entries }) => {
      for (const [i, { resource }] of entries.entries()) {
        const type = layouts.get(layout)?.[i];
        if (type === 'storage') counts.written += resource.size ?? 0;
        else if (type === 'read-only-storage') counts.read += resource.size ?? 0;
      }
    },
  };
  const originals = new WeakMap<object, object>();
  // Dawn takes none but its own objects.
  const plain = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const original = originals.get(value);
    if (original !== undefined) return original;
    if (Array.isArray(value)) return value.map(plain);
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
  };
  const wrapped = (target: object): object => {
    const proxy = new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name === 'limits' || name === 'lost') return value;
        if (typeof value !== 'function') return typeof value === 'object' && value !== null ? wrapped(value) : value;
        return (...values: unknown[]) => {
          const result: unknown = (value as Call).apply(target, values.map(plain) as never[]);
          const isHandle = typeof result === 'object' && result !== null && /^GPU/.test(result.constructor.name);
          seen[name as string]?.(result as object, plain(values[0]) as Descriptor);
          return isHandle && /Buffer$|Encoder$/.test((result as object).constructor.name)
            ? wrapped(result as object)
            : result;
        };
      },
    });
    originals.set(proxy, target);
    return proxy;
  };
  return { device: wrapped(device) as GpuDevice, counts };
}

// The loss, and what rows of distributions are, in WebAssembly.
import { EmdError } from '../../checks/errors.js';
import type { HostBackend } from '../backend.js';
import { Slot, Status } from '../enumerations.js';
import { type CallArguments, CallLayout, checkOverlap, targetKind } from './call.js';
import { asHandle, groundOf, WasmGround } from './grounds.js';
import { aligned, OutOfMemory, withInstance } from './instance.js';

const layout = new CallLayout();

export function evaluate(...call: CallArguments): undefined {
  if (checkOverlap(call)) run(call);
}

/** Calls whose outputs have been checked. */
export function run(call: CallArguments): void {
  const [handle, , targets, , , , , , numbers] = call;
  const ground = groundOf(handle);
  try {
    withInstance((instance) => {
      const address = ground.address();
      const base = instance.arena(layout.place(call).bytes);
      layout.write(call, instance.memory, base);
      instance.exports.evaluate(address, ground.classes, targetKind(targets), base);
      layout.read(call, instance.memory, base);
    });
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
    numbers[Slot.status] = Status.outOfMemory;
  }
}

export const createGround: HostBackend['createGround'] = (
  kind,
  classes,
  weights,
  parents,
  distances,
  exponent,
  offset,
  indefinite,
  _device,
  _bytes,
  into,
) => {
  const ground = into === null ? new WasmGround() : groundOf(into);
  try {
    const status = ground.fill({ kind, classes, weights, parents, distances, exponent, offset, indefinite });
    return status === Status.ok ? asHandle(ground) : status;
  } catch (error) {
    if (error instanceof OutOfMemory) return Status.outOfMemory;
    throw error;
  }
};

export function releaseGround(handle: Parameters<HostBackend['releaseGround']>[0]): undefined {
  groundOf(handle).release();
}

export function rowKinds(values: Float32Array, kinds: Int32Array): undefined {
  withMemory(aligned(values.byteLength) + kinds.byteLength, (base, instance) => {
    instance.memory.float32.set(values, base / 4);
    const out = base + aligned(values.byteLength);
    const status = instance.exports.rowKinds(base, kinds.length, values.length / kinds.length, out);
    if (status !== Status.ok) throw new OutOfMemory();
    kinds.set(new Int32Array(instance.memory.bytes.buffer, out, kinds.length));
  });
}

type Instance = Parameters<Parameters<typeof withInstance>[0]>[0];

/**
 * Runs a call that works on this many bytes.
 * @throws EmdError 'OUT_OF_MEMORY'
 */
export function withMemory<T>(bytes: number, work: (base: number, instance: Instance) => T): T {
  try {
    return withInstance((instance) => work(instance.arena(bytes), instance));
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
    throw new EmdError('OUT_OF_MEMORY', 'squared-emd: no memory for this call (WebAssembly has at most 4 GiB)');
  }
}

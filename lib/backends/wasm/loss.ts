// The loss, and what rows of distributions are, in WebAssembly.
import { EmdError } from '../../checks/emd-error.js';
import { lengthNow } from '../../checks/typed-arrays.js';
import type { HostBackend } from '../backend.js';
import { Slot, Status } from '../enumerations.js';
import { type CallArguments, CallLayout, checkOverlap, targetKind } from './call.js';
import { asHandle, groundOf, WasmGround } from './grounds.js';
import { aligned, type Instance, OutOfMemory, withInstance } from './instance.js';
import { StretchedCall } from './stretched-call.js';

const layout = new CallLayout();

/** Predictions in larger calls are taken in stretches, so that copies stay in the cache, and memory small. */
const MOST_AT_ONCE = 2 ** 16;

export function evaluate(...call: CallArguments): undefined {
  if (!checkOverlap(call)) return;
  const [handle, predictions, , , , , , , numbers] = call;
  const ground = groundOf(handle);
  try {
    withInstance((instance) => {
      if (lengthNow(predictions) <= MOST_AT_ONCE) {
        evaluateAtOnce(instance, ground, call);
        return;
      }
      const run = new StretchedCall(instance, ground, call, instance.arena, instance.window);
      for (let stretch = 0; stretch < run.stretches; stretch++) run.step(stretch);
      run.finish();
    });
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
    numbers[Slot.status] = Status.outOfMemory;
  }
}

function evaluateAtOnce(instance: Instance, ground: WasmGround, call: CallArguments): void {
  const address = ground.address();
  const base = instance.arena.reserve(layout.place(call).bytes);
  layout.write(call, instance.memory, base);
  instance.exports.evaluate(address, ground.classes, targetKind(call[2]), base);
  layout.read(call, instance.memory, base);
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

/**
 * Runs a call that works on this many bytes.
 * @throws EmdError 'OUT_OF_MEMORY'
 */
export function withMemory<T>(bytes: number, work: (base: number, instance: Instance) => T): T {
  try {
    return withInstance((instance) => work(instance.arena.reserve(bytes), instance));
  } catch (error) {
    refuse(error);
  }
}

/** @throws EmdError 'OUT_OF_MEMORY' in the place of an OutOfMemory. */
export function refuse(error: unknown): never {
  if (!(error instanceof OutOfMemory)) throw error;
  throw new EmdError('OUT_OF_MEMORY', 'squared-emd: no memory for this call (WebAssembly has at most 4 GiB)');
}

// The loss off the event loop: inputs are copied when it is called, outputs written when it is done.
import { lengthNow } from '../../checks/typed-arrays.js';
import type { HostBackend } from '../backend.js';
import { Slot, Status } from '../enumerations.js';
import { type CallArguments, CallLayout, checkOverlap, checkSizes, outputs, targetKind } from './call.js';
import type { WasmGround } from './grounds.js';
import { Block, memoryOf, newImage, OutOfMemory, withInstance } from './instance.js';
import { workSlowly } from './jobs.js';
import { evaluateLater } from './offload.js';
import { StretchedCall } from './stretched-call.js';

export const evaluateAsync: HostBackend['evaluateAsync'] = (...call) =>
  checkSizes(call) && checkOverlap(call) ? evaluateChecked(call) : undefined;

async function evaluateChecked(call: CallArguments): Promise<void> {
  const [handle, , targets, , , , , , numbers] = call;
  try {
    const layout = new CallLayout().place(call);
    const image = newImage(layout.bytes);
    layout.write(call, memoryOf(image.buffer), 0);
    const lengths = outputs(call).map(({ array }) => lengthNow(array));
    const here = (ground: WasmGround) => evaluateSlowly(ground, layout.callOn(call, image.buffer));
    const { buffer } = await evaluateLater(handle, targetKind(targets), image, here);
    const changed = outputs(call).find(({ array }, i) => lengthNow(array) !== lengths[i]);
    if (changed === undefined) {
      layout.read(call, memoryOf(buffer), 0);
      return;
    }
    numbers[Slot.status] = Status.outputGone;
    numbers[Slot.which] = changed.argument;
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
    numbers[Slot.status] = Status.outOfMemory;
  }
}

/**
 * On this thread, in slices: other calls come in between, so that it has memory of its own, and a share in the ground distance. Where it
 * fails, the module is given up with both.
 */
async function evaluateSlowly(ground: WasmGround, call: CallArguments): Promise<void> {
  const { instance, run, blocks, letGo } = withInstance((instance) => {
    const blocks = [new Block(instance), new Block(instance)] as const;
    const run = new StretchedCall(instance, ground, call, ...blocks);
    return { instance, run, blocks, letGo: ground.hold() };
  });
  await workSlowly(run.stretches, 1, (stretch) => instance.guard(() => run.step(stretch)));
  instance.guard(() => {
    run.finish();
    for (const block of blocks) block.free();
  });
  letGo();
}

// The loss off the event loop: inputs are copied when it is called, outputs written when it is done.
import { lengthNow } from '../../checks/typed-arrays.js';
import type { HostBackend } from '../backend.js';
import { Slot, Status } from '../enumerations.js';
import { CallLayout, checkOverlap, checkSizes, outputs, targetKind } from './call.js';
import { groundOf } from './grounds.js';
import { memoryOf, OutOfMemory } from './instance.js';
import { evaluateLater } from './offload.js';

export const evaluateAsync: HostBackend['evaluateAsync'] = (...call) => {
  if (!checkSizes(call) || !checkOverlap(call)) return undefined;
  const [handle, , targets, , , , , , numbers] = call;
  const layout = new CallLayout().place(call);
  const image = new Uint8Array(layout.bytes);
  layout.write(call, memoryOf(image.buffer), 0);
  const lengths = outputs(call).map(({ array }) => lengthNow(array));
  return evaluateLater(handle, groundOf(handle).classes, targetKind(targets), image).then(
    ({ buffer }) => {
      const changed = outputs(call).find(({ array }, i) => lengthNow(array) !== lengths[i]);
      if (changed === undefined) {
        layout.read(call, memoryOf(buffer), 0);
        return;
      }
      numbers[Slot.status] = Status.outputGone;
      numbers[Slot.which] = changed.argument;
    },
    (error) => {
      if (!(error instanceof OutOfMemory)) throw error;
      numbers[Slot.status] = Status.outOfMemory;
    },
  );
};

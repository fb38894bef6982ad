// Wrong values of what GPUs add: streams, events, devices, and objects that only look like those of the package.
import { DeviceArray, Event, Stream } from '../../../lib/index.js';
import { type Anything, floats, type Wrong, wrongKinds, wrongNumbers } from '../../support/wrong.js';

/** Objects that only look like those of the package. */
export const fake = (type: { prototype: object }) => Object.create(type.prototype) as Anything;
export const no = {
  stream: () => wrongKinds(null, 1, 'stream', {}, 0n, Stream, fake(Stream)),
  event: () => wrongKinds(undefined, null, 1, {}, new Event_(), fake(Event)),
  options: () => wrongKinds(null, 1, 'x', [], floats(1), () => 1),
  device: (): Wrong[] => [...wrongKinds(null, '0', 'cpu', true, {}, 0n), ...wrongNumbers(-1, 0.5, Number.NaN, 1000)],
};
class Event_ {}

export const array = (dtype: Anything, length: number) => DeviceArray.allocate(dtype, length);

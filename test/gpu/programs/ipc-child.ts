// Child: opens memory of the process that started it, prints what it holds, and doubles it. Sizes beyond the allocation are refused.
import { DeviceArray, type IpcHandle } from '../../../lib/index.js';

const received = JSON.parse(process.argv[2]) as Omit<IpcHandle, 'handle'> & { handle: number[] };
const handle: IpcHandle = { ...received, handle: Uint8Array.from(received.handle) };

try {
  DeviceArray.fromIpcHandle({ ...handle, byteLength: 2 ** 40 }, 'float32');
  process.exitCode = 1;
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
}
const array = DeviceArray.fromIpcHandle(handle, 'float32');
const values = array.toHost() as Float32Array;
array.copyFrom(values.map((value) => 2 * value));
array.dispose();
console.log(JSON.stringify(Array.from(values)));

// Suites that need a GPU, real or emulated: where there is none they are skipped, with the reason.
import { suite } from 'uvu';
import { cuda } from '../../../lib/index.js';
import { skip } from '../../support/skip.js';

export const status = cuda.status();
export const isEmulator = status.devices[0]?.name.startsWith('CUDA emulator') ?? false;

/** Why a test cannot run; undefined if it can. */
type Need = () => string | undefined;

export const twoGpus: Need = () =>
  status.devices.length >= 2 ? undefined : `${status.devices.length} of the 2 GPUs that it needs`;
export const emulator: Need = () => (isEmulator ? undefined : 'only the emulator can be set up for it');

export function gpuSuite(name: string) {
  const test = suite(name);
  const define = (title: string, body: () => void | Promise<void>, need?: Need) => {
    if (!status.available) return;
    const reason = need?.();
    if (reason === undefined) test(title, body);
    else skip(test, title, reason);
  };
  if (!status.available) skip(test, name, `${status.reason}`);
  return Object.assign(define, { run: () => test.run() });
}

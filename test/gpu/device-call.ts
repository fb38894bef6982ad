// From a problem of the oracle to a call of the library on device arrays.
import { DeviceArray, type EmdOptions, type EmdResult, emdLoss, emdLossAsync, type HostArray } from '../../lib/index.js';
import { optionsOf, predictionsOf, targetsOf } from '../call.js';
import type { Problem } from '../oracle.js';

/** A result whose arrays have been brought to the host. */
export type HostResult = EmdResult<Float32Array>;

export interface Places {
  /** Where targets, weights and upstream are. */
  inputs: 'host' | 'device';
  /** Whether the gradient takes the place of the predictions. */
  inPlace?: boolean;
}

export const onDevice = <T extends HostArray>(values: T | undefined): DeviceArray | undefined =>
  values && DeviceArray.from(values);

export const toFloats = (array: DeviceArray | null): Float32Array | null => array && (array.toHost() as Float32Array);

export const toHost = (result: EmdResult<DeviceArray>): HostResult => ({
  ...result,
  gradient: toFloats(result.gradient),
  losses: toFloats(result.losses),
});

type Arguments = [DeviceArray, DeviceArray | Int32Array | Float32Array, EmdOptions];

export function deviceArguments(problem: Problem, { inputs, inPlace }: Places): Arguments {
  const options: EmdOptions = { ...optionsOf(problem), losses: true };
  const targets = targetsOf(problem.targets);
  const predictions = DeviceArray.from(predictionsOf(problem));
  if (inPlace) options.gradient = predictions;
  if (inputs === 'host') return [predictions, targets, options];
  options.classWeights = onDevice(options.classWeights as Float32Array | undefined);
  options.sampleWeights = onDevice(options.sampleWeights as Float32Array | undefined);
  if (typeof options.upstream === 'object') options.upstream = onDevice(options.upstream as Float32Array);
  return [predictions, DeviceArray.from(targets), options];
}

export function evaluateOnDevice(problem: Problem, places: Places = { inputs: 'device' }): HostResult {
  return toHost(emdLoss(...deviceArguments(problem, places)));
}

export async function evaluateOnDeviceAsync(problem: Problem, places: Places): Promise<HostResult> {
  return toHost(await emdLossAsync(...deviceArguments(problem, places)));
}

/** As the arguments of a call that stages arrays in host memory through the GPU. */
export function evaluateStaged(problem: Problem): HostResult {
  return emdLoss(predictionsOf(problem), targetsOf(problem.targets), {
    ...optionsOf(problem),
    losses: true,
    device: 0,
  });
}

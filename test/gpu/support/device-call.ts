// From a problem of the oracle to a call of the library on device arrays.
import {
  DeviceArray,
  type EmdOptions,
  type EmdResult,
  emdLoss,
  emdLossAsync,
  type HostArray,
} from '../../../lib/index.js';
import { optionsOf, predictionsOf, targetsOf } from '../../../shared/oracle/call.js';
import type { Problem } from '../../../shared/oracle/oracle.js';

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

/** Disposes of the device arrays among the values: the emulator takes its time where there are many. */
export function release(...values: unknown[]): void {
  for (const value of values) if (DeviceArray.is(value)) value.dispose();
}

const toFloats = (array: DeviceArray | null): Float32Array | null => array && (array.toHost() as Float32Array);

/** Brings the arrays of a result to the host, and disposes of them. */
export function toHost(result: EmdResult<DeviceArray>): HostResult {
  const { gradient, losses } = result;
  const host = { ...result, gradient: toFloats(gradient), losses: toFloats(losses) };
  release(gradient, losses);
  return host;
}

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

const releaseArguments = ([predictions, targets, options]: Arguments) =>
  release(predictions, targets, ...Object.values(options));

export function evaluateOnDevice(problem: Problem, places: Places = { inputs: 'device' }): HostResult {
  const call = deviceArguments(problem, places);
  const result = toHost(emdLoss(...call));
  releaseArguments(call);
  return result;
}

export async function evaluateOnDeviceAsync(problem: Problem, places: Places): Promise<HostResult> {
  const call = deviceArguments(problem, places);
  const result = toHost(await emdLossAsync(...call));
  releaseArguments(call);
  return result;
}

/** The call that stages arrays in host memory through the GPU. */
export function evaluateStaged(problem: Problem): HostResult {
  return emdLoss(predictionsOf(problem), targetsOf(problem.targets), {
    ...optionsOf(problem),
    losses: true,
    device: 0,
  });
}

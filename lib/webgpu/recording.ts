// One call of the loss as dispatches: which kernels it needs, what they are generated for and what is bound to them.
import { REDUCTIONS } from '../backends/enumerations.js';
import { wrongRange } from '../checks/errors.js';
import type { CheckedArrays } from './arrays.js';
import { type Bound, bind, type Range, ROLES, type Role } from './buffer-plan.js';
import type { DeviceMemory } from './device-memory.js';
import type { GpuBuffer, GpuComputePass, GpuDevice } from './gpu-types.js';
import { type Pipeline, pipelineFor } from './pipelines.js';
import type { WebGpuSettings } from './settings.js';
import { type CallNumbers, packCall } from './uniforms.js';
import { layoutFor, scratchWords } from './wgsl/forms.js';
import { lossKernel } from './wgsl/loss-kernel.js';
import type { KernelProblem } from './wgsl/problem.js';
import {
  behindSums,
  MOST_LANES,
  MOST_WEIGHT_SUMS,
  MOST_WORKGROUPS,
  totalsKernel,
  weightsKernel,
} from './wgsl/totals.js';

const MEAN = REDUCTIONS.indexOf('mean');
const NONE = REDUCTIONS.indexOf('none');
/** Rows whose weights a workgroup adds up; there are more in large batches. */
const ROWS_PER_WEIGHT_SUM = 512;
/** Scratch space in which rows of trees are worked on side by side: 32 MB. */
const MOST_WORK_WORDS = 2 ** 23;

type Memory = Readonly<Partial<Record<Role, Range<GpuBuffer>>>>;

interface Dispatch {
  readonly pipeline: Pipeline;
  readonly group: object;
  readonly workgroups: number;
}

const whole = (buffer: GpuBuffer): Range<GpuBuffer> => ({ buffer, offset: 0, size: buffer.size });

/** Everything that `record` needs to know, besides the arrays of the call. */
export interface Loss {
  readonly device: GpuDevice;
  readonly settings: WebGpuSettings;
  /** Gaps and class weights; undefined where all are 1. */
  readonly constants: GpuBuffer | undefined;
  readonly memory: DeviceMemory;
}

/** The call's dispatches, in order. @throws RangeError for arrays that are too large to be bound. */
export function dispatches(loss: Loss, arrays: CheckedArrays<GpuBuffer>): Dispatch[] {
  const { settings, constants, memory } = loss;
  const { rows, targetType, memory: given } = arrays;
  const { reduction } = settings;
  const wanted = given.gradient !== undefined || given.losses !== undefined;
  const totals = given.lossOut !== undefined;
  const weighs =
    reduction === MEAN &&
    rows > 0 &&
    (targetType === 'distribution' ||
      settings.ignoreIndex !== undefined ||
      settings.classWeights !== undefined ||
      given.sampleWeights !== undefined);
  if (!totals && (!wanted || rows === 0)) return [];

  const layout = layoutFor(settings);
  const workWords = scratchWords(settings);
  const most = workWords > 0 ? Math.max(1, Math.floor(MOST_WORK_WORDS / workWords)) : MOST_LANES / layout.rows;
  const workgroups = Math.min(Math.ceil(rows / layout.rows), most, MOST_WORKGROUPS);
  const lanes = Math.min(workgroups * layout.rows, rows);
  const weightSums = weighs ? Math.min(Math.ceil(rows / ROWS_PER_WEIGHT_SUM), MOST_WEIGHT_SUMS) : 0;
  const work = behindSums(totals ? lanes : 0);
  const needsScratch = weighs || totals || workWords > 0;
  const scratch = needsScratch ? whole(memory.scratch(4 * (work + workWords * lanes))) : undefined;
  const all: Memory = { ...given, constants: constants && whole(constants), scratch };
  const divisor = reduction === MEAN ? rows : 1;
  const numbers = { ...numbersOf(loss, arrays), lanes, weightSums, work, divisor };
  const add = (name: string, roles: readonly Role[], source: (problem: KernelProblem) => string, workgroups: number) =>
    prepared(loss, { name, roles, source, workgroups, all, targetType, weighs, totals, numbers });

  const list: Dispatch[] = [];
  if (weighs)
    list.push(add('weights', ['targets', 'sampleWeights', 'constants', 'scratch'], weightsKernel, weightSums));
  if (rows > 0) {
    const roles = ROLES.filter((role) => role !== 'lossOut');
    list.push(add('loss', roles, lossKernel, workgroups));
  }
  if (totals) list.push(add('totals', ['scratch', 'lossOut'], (p) => totalsKernel(p, reduction !== NONE), 1));
  return list;
}

export function record(pass: GpuComputePass, list: readonly Dispatch[]): void {
  for (const { pipeline, group, workgroups } of list) {
    pass.setPipeline(pipeline.pipeline);
    pass.setBindGroup(0, group as never);
    pass.dispatchWorkgroups(workgroups);
  }
}

function numbersOf({ settings }: Loss, { rows, upstream }: CheckedArrays<GpuBuffer>): CallNumbers {
  const ignored = BigInt.asUintN(64, BigInt(settings.ignoreIndex ?? 0));
  return {
    rows,
    inner: settings.inner,
    lanes: 0,
    zero: 0,
    predictions: 0,
    targets: 0,
    gradient: 0,
    losses: 0,
    sampleWeights: 0,
    upstream: 0,
    lossOut: 0,
    constants: 0,
    scratch: 0,
    weightSums: 0,
    work: 0,
    ignoreLow: Number(ignored & 0xffffffffn),
    ignoreHigh: Number(ignored >> 32n),
    divisor: 1,
    upstreamValue: upstream,
    crossEntropyWeight: settings.crossEntropyWeight,
    emdWeight: settings.emdWeight,
  };
}

interface Kernel {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly source: (problem: KernelProblem) => string;
  readonly workgroups: number;
  readonly all: Memory;
  readonly targetType: KernelProblem['targetType'];
  readonly weighs: boolean;
  readonly totals: boolean;
  readonly numbers: CallNumbers;
}

function prepared(loss: Loss, kernel: Kernel): Dispatch {
  const { device, settings, memory } = loss;
  const { name, roles, source, workgroups, all, targetType, weighs, totals, numbers } = kernel;
  const used: Partial<Record<Role, Range<GpuBuffer>>> = {};
  for (const role of roles) if (all[role] !== undefined) used[role] = all[role];
  const bound = bind(used, device.limits.minStorageBufferOffsetAlignment);
  refuseTooLarge(device, bound);
  const problem: KernelProblem = {
    kind: settings.kind,
    indefinite: settings.indefinite,
    classes: settings.classes,
    power: settings.power,
    logits: settings.input === 0,
    targetType,
    terms: settings.terms,
    root: settings.takesRoot,
    groundNumbers: settings.groundNumbers.length,
    hasClassWeights: settings.classWeights !== undefined,
    hasIgnoreIndex: settings.ignoreIndex !== undefined,
    hasCrossEntropy: settings.crossEntropyWeight !== 0,
    hasEmd: settings.emdWeight !== 0,
    weighs,
    totals,
    plan: bound.plan,
  };
  const key = `${name} ${settings.reduction === NONE} ${JSON.stringify(problem)}`;
  const pipeline = pipelineFor(device, key, bound.plan, () => source(problem));
  const uniform = memory.call(packCall({ ...numbers, ...bound.starts }));
  const resources = [{ buffer: uniform }, ...bound.ranges];
  const entries = resources.map((resource, binding) => ({ binding, resource }));
  return { pipeline, group: device.createBindGroup({ layout: pipeline.layout, entries }), workgroups };
}

function refuseTooLarge({ limits }: GpuDevice, { ranges, plan }: Bound<GpuBuffer>): void {
  for (const [slot, { size }] of ranges.entries()) {
    if (size <= limits.maxStorageBufferBindingSize) continue;
    const role = ROLES.find((name) => plan.slotOf[name] === slot) as Role;
    const expected = `at most ${limits.maxStorageBufferBindingSize} bytes of one GPUBuffer (maxStorageBufferBindingSize)`;
    throw wrongRange(role, expected, size);
  }
}

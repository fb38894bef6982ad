// One call of the loss as dispatches: which kernels it needs, what they are generated for and what is bound to them.
import { REDUCTIONS } from '../backends/enumerations.js';
import { wrongRange } from '../checks/errors.js';
import type { CheckedArrays } from './arrays.js';
import { type Bound, bind, type Range, ROLES, type Role } from './buffer-plan.js';
import type { DeviceMemory } from './device-memory.js';
import type { Dispatch } from './dispatch.js';
import type { GpuBuffer, GpuDevice } from './gpu-types.js';
import { partsOf } from './parts.js';
import type { WebGpuSettings } from './settings.js';
import { type CallNumbers, halvesOf, NO_NUMBERS } from './uniforms.js';
import { layoutFor, scratchWords } from './wgsl/forms.js';
import { lossKernel, vectorKernel } from './wgsl/loss-kernel.js';
import type { KernelProblem, Stage } from './wgsl/problem.js';
import { productKernel, productWords, takesProducts, tilesOf } from './wgsl/product.js';
import {
  behindSums,
  MOST_LANES,
  MOST_WORKGROUPS,
  totalsKernel,
  USUAL_WEIGHT_SUMS,
  weightsKernel,
} from './wgsl/totals.js';

const MEAN = REDUCTIONS.indexOf('mean');
const NONE = REDUCTIONS.indexOf('none');
/** Rows whose weights a workgroup adds up; there are more in large batches. */
const ROWS_PER_WEIGHT_SUM = 512;
/** Scratch space in which rows of trees, and products with matrices, are worked on side by side: 32 MB. */
const MOST_WORK_WORDS = 2 ** 23;

type Memory = Readonly<Partial<Record<Role, Range<GpuBuffer>>>>;

const whole = (buffer: GpuBuffer): Range<GpuBuffer> => ({ buffer, offset: 0, size: buffer.size });

/** Everything that a call depends on besides its arrays. */
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
  const { classes, kind, inner } = settings;
  const multiplies = takesProducts({ classes, kind, targetType });
  const mostRows = multiplies ? Math.max(1, Math.floor(MOST_WORK_WORDS / productWords(1, classes))) : rows;
  const parts = rows === 0 ? [] : partsOf(loss.device, inner, arrays, mostRows);
  const mostGroups = Math.max(
    1,
    Math.floor((workWords > 0 ? MOST_WORK_WORDS / workWords : MOST_LANES / parts.length) / layout.rows),
  );
  const workgroups = parts.map((part) => Math.min(Math.ceil(part.rows / layout.rows), mostGroups, MOST_WORKGROUPS));
  const lanes = parts.map((part, i) => Math.min(workgroups[i] * layout.rows, part.rows));
  const allLanes = sum(lanes);
  const weightSums = parts.map((part) =>
    weighs ? Math.min(Math.ceil(part.rows / ROWS_PER_WEIGHT_SUM), Math.ceil(USUAL_WEIGHT_SUMS / parts.length)) : 0,
  );
  const work = behindSums(sum(weightSums), totals ? allLanes : 0);
  const needsScratch = weighs || totals || workWords > 0 || multiplies;
  const inWork = multiplies
    ? productWords(Math.max(0, ...parts.map((part) => part.rows)), classes)
    : workWords * Math.max(0, ...lanes);
  const words = Math.max(1, work + inWork); // a binding of nothing is refused
  const scratch = needsScratch ? { buffer: memory.scratch(4 * words), offset: 0, size: 4 * words } : undefined;
  const shared = { constants: constants && whole(constants), scratch };
  const call = {
    ...numbersOf(loss, arrays),
    weightSums: sum(weightSums),
    work,
    divisor: reduction === MEAN ? rows : 1,
  };
  const add = (
    name: string,
    roles: readonly Role[],
    source: (problem: KernelProblem) => string,
    workgroups: number,
    own: Partial<CallNumbers>,
    all: Memory,
    stage: Stage = 'whole',
  ) =>
    list.push(
      planned(loss, {
        name,
        roles,
        source,
        workgroups,
        all,
        targetType,
        half: arrays.half,
        stage,
        weighs,
        totals,
        numbers: { ...call, ...own },
      }),
    );

  const list: Dispatch[] = [];
  parts.forEach(({ skip, rows, memory: own }, i) => {
    if (!weighs) return;
    const roles = ['targets', 'sampleWeights', 'constants', 'scratch'] as const;
    const firstSum = sum(weightSums.slice(0, i));
    add(
      'weights',
      roles,
      weightsKernel,
      weightSums[i],
      { skip, rows, firstSum, lanes: weightSums[i] },
      { ...own, ...shared },
    );
  });
  parts.forEach(({ firstRow, skip, rows, memory: own }, i) => {
    const roles = ROLES.filter((role) => role !== 'lossOut');
    const numbers = { firstRow, skip, rows, lanes: lanes[i], firstLane: sum(lanes.slice(0, i)) };
    const all = { ...own, ...shared };
    if (multiplies) {
      const read = ['predictions', 'targets', 'sampleWeights', 'constants', 'scratch'] as const;
      add('vectors', read, vectorKernel, workgroups[i], numbers, all, 'vectors');
      add('product', ['constants', 'scratch'], productKernel, tilesOf(rows, classes), numbers, shared);
    }
    add('loss', roles, lossKernel, workgroups[i], numbers, all, multiplies ? 'products' : 'whole');
  });
  if (totals) {
    const source = (problem: KernelProblem) => totalsKernel(problem, reduction !== NONE);
    add('totals', ['scratch', 'lossOut'], source, 1, { lanes: allLanes }, { lossOut: given.lossOut, ...shared });
  }
  return list;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function numbersOf({ settings }: Loss, { rows, upstream }: CheckedArrays<GpuBuffer>): CallNumbers {
  return {
    ...NO_NUMBERS,
    rows,
    inner: settings.inner,
    ...halvesOf(settings.ignoreIndex),
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
  readonly half: boolean;
  readonly stage: Stage;
  readonly weighs: boolean;
  readonly totals: boolean;
  readonly numbers: CallNumbers;
}

function planned({ device, settings }: Loss, kernel: Kernel): Dispatch {
  const { name, roles, source, workgroups, all, targetType, half, stage, weighs, totals, numbers } = kernel;
  const used: Partial<Record<Role, Range<GpuBuffer>>> = {};
  for (const role of roles) if (all[role] !== undefined) used[role] = all[role];
  const bound = bind(used, device.limits.minStorageBufferOffsetAlignment);
  refuseTooLarge(device, bound);
  const problem: KernelProblem = {
    stage,
    kind: settings.kind,
    indefinite: settings.indefinite,
    classes: settings.classes,
    power: settings.power,
    logits: settings.input === 0,
    targetType,
    half,
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
  return { key, plan: bound.plan, source: () => source(problem), bound, numbers, workgroups };
}

function refuseTooLarge({ limits }: GpuDevice, { ranges, plan }: Bound<GpuBuffer>): void {
  for (const [slot, { size }] of ranges.entries()) {
    const role = ROLES.find((name) => plan.slotOf[name] === slot) as Role;
    if (size <= limits.maxStorageBufferBindingSize || role === 'scratch') continue;
    const expected = `at most ${limits.maxStorageBufferBindingSize} bytes of one GPUBuffer (maxStorageBufferBindingSize)`;
    throw wrongRange(role, expected, size);
  }
}

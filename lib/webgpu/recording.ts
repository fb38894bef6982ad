// One call of the loss as dispatches: which kernels it needs, what they are generated for and what is bound to them.
import { REDUCTIONS } from '../backends/enumerations.js';
import { wrongRange } from '../checks/errors.js';
import type { CheckedArrays } from './arrays.js';
import { type Bound, type Range, ROLES, type Role } from './buffer-plan.js';
import { type DeviceMemory, whole } from './device-memory.js';
import { type DeviceTraits, traitsOf } from './device-traits.js';
import { type Dispatch, dispatchOf } from './dispatch.js';
import type { GpuBuffer, GpuDevice } from './gpu-types.js';
import { type Part, partsOf } from './parts.js';
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
/** Rows whose weights a workgroup adds up; there are more in large batches. Class indices of so many rows need no kernel for that. */
const ROWS_PER_WEIGHT_SUM = 512;
/** Scratch space in which rows of trees, and products with matrices, are worked on side by side: 32 MB. */
const MOST_WORK_WORDS = 2 ** 23;

type Memory = Readonly<Partial<Record<Role, Range<GpuBuffer>>>>;

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

  const { classes, kind } = settings;
  const traits = traitsOf(loss.device);
  const multiplies = takesProducts({ classes, kind, targetType });
  const shares = sharesOf(loss, arrays, multiplies, weighs);
  const areFew = rows <= ROWS_PER_WEIGHT_SUM && shares.length === 1;
  const addsUp = weighs && !(areFew && targetType !== 'distribution');
  const weightSums = sum(shares, 'weightSums');
  const lanes = sum(shares, 'lanes');
  const work = behindSums(weightSums, totals ? lanes : 0);
  const words = work + Math.max(0, ...shares.map((share) => share.workWords));
  const size = 4 * Math.max(1, words); // a binding of nothing is refused
  const needsScratch = addsUp || totals || words > work;
  const scratch = needsScratch ? memory.scratchRange(size) : undefined;
  const shared = { constants: constants && whole(constants), scratch };
  const call = {
    ...numbersOf(loss, arrays),
    weightSums,
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
        weightSum: addsUp ? 'scratch' : weighs ? 'own' : 'none',
        totals,
        traits,
        numbers: { ...call, ...own },
      }),
    );

  const list: Dispatch[] = [];
  if (addsUp) {
    const roles = ['targets', 'sampleWeights', 'constants', 'scratch'] as const;
    for (const { part, weightSums: groups, firstSum } of shares) {
      const numbers = { skip: part.skip, rows: part.rows, firstSum, lanes: groups };
      add('weights', roles, weightsKernel, groups, numbers, { ...part.memory, ...shared });
    }
  }
  for (const { part, workgroups, lanes: ofPart, firstLane } of shares) {
    const { firstRow, skip, rows: count } = part;
    const numbers = { firstRow, skip, rows: count, lanes: ofPart, firstLane };
    const all = { ...part.memory, ...shared };
    if (multiplies) {
      const read = ['predictions', 'targets', 'sampleWeights', 'constants', 'scratch'] as const;
      add('vectors', read, vectorKernel, workgroups, numbers, all, 'vectors');
      add('product', ['constants', 'scratch'], productKernel, tilesOf(count, classes), numbers, shared);
    }
    const roles = ROLES.filter((role) => role !== 'lossOut');
    add('loss', roles, lossKernel, workgroups, numbers, all, multiplies ? 'products' : 'whole');
  }
  if (totals) {
    const source = (problem: KernelProblem) => totalsKernel(problem, reduction !== NONE);
    add('totals', ['scratch', 'lossOut'], source, 1, { lanes }, { lossOut: given.lossOut, ...shared });
  }
  return list;
}

/** What each part of a batch has of the GPU, and where its sums are among those of all. */
interface Share {
  readonly part: Part<GpuBuffer>;
  readonly workgroups: number;
  readonly lanes: number;
  readonly firstLane: number;
  readonly weightSums: number;
  readonly firstSum: number;
  /** Of the scratch space, where parts work one after the other. */
  readonly workWords: number;
}

const sum = (shares: readonly Share[], name: 'lanes' | 'weightSums'): number =>
  shares.reduce((total, share) => total + share[name], 0);

function sharesOf(
  { device, settings }: Loss,
  arrays: CheckedArrays<GpuBuffer>,
  multiplies: boolean,
  weighs: boolean,
): Share[] {
  const { rows } = arrays;
  if (rows === 0) return [];
  const { classes, inner } = settings;
  const layout = layoutFor(settings);
  const ofLane = scratchWords(settings);
  const mostRows = multiplies ? Math.max(1, Math.floor(MOST_WORK_WORDS / productWords(1, classes))) : rows;
  const parts = partsOf(device, inner, arrays, mostRows);
  const mostLanes = ofLane > 0 ? MOST_WORK_WORDS / ofLane : MOST_LANES / parts.length;
  const mostGroups = Math.min(Math.max(1, Math.floor(mostLanes / layout.rows)), MOST_WORKGROUPS);
  const shares: Share[] = [];
  for (const part of parts) {
    const workgroups = Math.min(Math.ceil(part.rows / layout.rows), mostGroups);
    const lanes = Math.min(workgroups * layout.rows, part.rows);
    const mostSums = Math.ceil(USUAL_WEIGHT_SUMS / parts.length);
    shares.push({
      part,
      workgroups,
      lanes,
      firstLane: sum(shares, 'lanes'),
      weightSums: weighs ? Math.min(Math.ceil(part.rows / ROWS_PER_WEIGHT_SUM), mostSums) : 0,
      firstSum: sum(shares, 'weightSums'),
      workWords: multiplies ? productWords(part.rows, classes) : ofLane * lanes,
    });
  }
  return shares;
}

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
  readonly weightSum: KernelProblem['weightSum'];
  readonly totals: boolean;
  readonly traits: DeviceTraits;
  readonly numbers: CallNumbers;
}

function planned({ device, settings }: Loss, kernel: Kernel): Dispatch {
  const { name, roles, source, workgroups, all, targetType, half, stage, weightSum, totals, traits, numbers } = kernel;
  const used: Partial<Record<Role, Range<GpuBuffer>>> = {};
  for (const role of roles) if (all[role] !== undefined) used[role] = all[role];
  const problem: Omit<KernelProblem, 'plan'> = {
    ...traits,
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
    weightSum,
    totals,
  };
  const whatFor = `${name}, reduced: ${settings.reduction !== NONE}`;
  const dispatch = dispatchOf(device, { name: whatFor, problem, source, arrays: used, numbers, workgroups });
  refuseWideBindings(device, dispatch.bound);
  return dispatch;
}

function refuseWideBindings({ limits }: GpuDevice, { ranges, plan }: Bound<GpuBuffer>): void {
  for (const [slot, { size }] of ranges.entries()) {
    const role = ROLES.find((name) => plan.slotOf[name] === slot) as Role;
    if (size <= limits.maxStorageBufferBindingSize || role === 'scratch') continue;
    const expected = `at most ${limits.maxStorageBufferBindingSize} bytes of one GPUBuffer (maxStorageBufferBindingSize)`;
    throw wrongRange(role, expected, size);
  }
}

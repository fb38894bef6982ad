// The checks find what goes wrong in kernels: a missing barrier, a class too many or too few, numbers of an earlier call.
// runner: 15 s
import * as assert from 'uvu/assert';
import { ClassCentroids } from '../../lib/index.js';
import { type GpuDevice, WebGpuCentroids } from '../../lib/webgpu.js';
import { type Description, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { checkResult } from '../support/check.js';
import { seed } from '../support/scale.js';
import { webGpuSuite } from './support/device.js';
import { evaluateOnWebGpu, floatsAt, upload } from './support/webgpu-call.js';

const test = webGpuSuite('planted faults in kernels for WebGPU');

type Methods = Partial<Record<string, (own: (descriptor: never) => object, descriptor: never) => object>>;

/** The device, some of whose methods are replaced. */
const changed = (device: GpuDevice, methods: Methods): GpuDevice =>
  new Proxy(device, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const own = value.bind(target);
      const change = methods[name as string];
      return change ? (descriptor: never) => change(own, descriptor) : own;
    },
  });

const withCode = (device: GpuDevice, edit: (code: string) => string): GpuDevice =>
  changed(device, {
    createShaderModule: (own, { code }: { code: string }) => own({ code: edit(code) } as never),
  });

async function holds(device: GpuDevice, description: Partial<Description>): Promise<boolean> {
  const problem = makeProblem({ ...PLAIN, mood: 'calm', mix: 'both', ...description }, seed);
  const result = await evaluateOnWebGpu(device, problem);
  try {
    checkResult(problem, result, '', WEBGPU);
    return true;
  } catch {
    return false;
  }
}

const SHARED = { classes: 600, rows: 3 } as const;
const TREE = { ...SHARED, ground: 'tree-random' } as const;
const PRODUCT = { classes: 100, rows: 70, ground: 'energy' } as const;
const CIRCLE = { ...SHARED, ground: 'circular-gaps', power: 1, targets: 'distribution' } as const;

const FAULTS: [string, Partial<Description>, string, string][] = [
  ['no barrier behind what threads know', SHARED, 'parts[place] = own;\n  workgroupBarrier();', 'parts[place] = own;'],
  ['no barrier behind the sums of groups', SHARED, '+ above; }\n  workgroupBarrier();', '+ above; }'],
  ['a thread counted twice', SHARED, 'i < place; i++) { below +=', 'i <= place; i++) { below +='],
  ['a group left out', SHARED, 'if (i > group) { upper', 'if (i > group + 1u) { upper'],
  ['a class too few', SHARED, 'min((thread + 1u) * RUN, CLASSES)', 'min((thread + 1u) * RUN, CLASSES - 1u)'],
  ['a gap too far', { ...SHARED, ground: 'ordered-gaps' }, 'let w = gap(c - 2u);', 'let w = gap(c - 1u);'],
  ['in trees: no barrier behind the masses', TREE, 'excess(c)); }\n  meet();', 'excess(c)); }'],
  ['in trees: a node too few', TREE, 'let end = endOf(n);', 'let end = endOf(n) - 1u;'],
  [
    'in products: no barrier behind what a workgroup reads',
    PRODUCT,
    'firstClass + e % 64u);\n    }\n    workgroupBarrier();',
    'firstClass + e % 64u);\n    }',
  ],
  ['in products: a term too few', PRODUCT, 'k < 16u; k++', 'k < 15u; k++'],
  [
    'in products: a row too few',
    PRODUCT,
    'if (row >= call.rows) { continue; }',
    'if (row + 1u >= call.rows) { continue; }',
  ],
  ['on circles: a bit of the median left out', CIRCLE, 'bit < 32u', 'bit < 12u'],
  [
    'a row too few in the sum of weights',
    { classes: 8, rows: 100, weights: 'sample' },
    'row < call.rows; row += 64u',
    'row + 1u < call.rows; row += 64u',
  ],
  [
    'a row too few in the sum of weights of long rows',
    { ...SHARED, weights: 'sample' },
    'row < call.rows; row += THREADS',
    'row + 1u < call.rows; row += THREADS',
  ],
  [
    'a row too few in the sums',
    { classes: 8, rows: 192 },
    'lane < call.lanes; lane += 64u',
    'lane < call.lanes - 1u; lane += 64u',
  ],
];

/** On devices with subgroups, of which a row of 600 classes takes several. */
const FAULTS_OF_SUBGROUPS: typeof FAULTS = [
  ['by subgroups: no barrier behind what spans say', SHARED, 'said; }\n  workgroupBarrier();', 'said; }'],
  ['by subgroups: what spans say in the same place', SHARED, 'u - half;', 'u - 16u;'],
  [
    'by subgroups: a step too few',
    SHARED,
    'if (place + step < SPAN) { fromOn',
    'if (place + step + 1u < SPAN) { fromOn',
  ],
  ['by subgroups: a span left out', SHARED, 'if (i > thread / SPAN) { upper', 'if (i > thread / SPAN + 1u) { upper'],
  [
    'in trees, by subgroups: a span left out',
    TREE,
    'if (i == thread / SPAN) { lower',
    'if (i + 1u == thread / SPAN) { lower',
  ],
  ['subgroups of other threads', SHARED, '(threads != ', '(local == 5u) | (threads != '],
];

/** Distances of points on a grid, where many are equal; one class has no centroid. */
async function distancesHold(device: GpuDevice): Promise<boolean> {
  const [classes, features] = [70, 20];
  const random = new Random(seed);
  const rows = random.floats((classes - 1) * features, () => random.index(3));
  const labels = Int32Array.from({ length: classes - 1 }, (_, c) => c);
  const shape = { classes, features, normalize: 'none' } as const;
  const host = new ClassCentroids(shape);
  host.accumulate(rows, labels);
  host.update();
  const own = new WebGpuCentroids(device, shape);
  const encoder = device.createCommandEncoder();
  const arrays = { features: upload(device, rows), targets: upload(device, labels) };
  own.encode(encoder, { ...arrays, targetType: 'int32', rows: classes - 1 });
  own.encodeUpdate(encoder);
  const scales = ['rank', 'mean'] as const;
  const outs = scales.map((scale) => {
    const distances = upload(device, new Float32Array(classes ** 2));
    own.encodeDistances(encoder, { distances, scale });
    return distances;
  });
  device.queue.submit([encoder.finish() as never]);
  for (const [i, scale] of scales.entries()) {
    const distances = await floatsAt(device, outs[i], 0, classes ** 2);
    if (host.distances({ scale }).some((d, at) => !(Math.abs(distances[at] - d) < 1e-5))) return false;
  }
  return true;
}

const FAULTS_OF_DISTANCES: [string, string, string][] = [
  [
    'in distances: no barrier behind what a workgroup reads',
    'begin + f) * factor;\n      }\n      workgroupBarrier();',
    'begin + f) * factor;\n      }',
  ],
  ['in distances: a feature too few', 'f < 16u; f++', 'f < 15u; f++'],
  ['in distances: no mirror image', 'distancesWrite(j * CLASSES + i, bits);', ''],
  ['in distances: a class is nearer than one as far', 'others[i] < own', 'others[i] <= own'],
  ['in distances: a missing class has a distance', 'if (other == c || !isFinite(bits))', 'if (other == c)'],
  [
    'in distances: some classes left out of the mean',
    'i = 0u; i < 64u; i++) {\n    pairs',
    'i = 0u; i < 63u; i++) {\n    pairs',
  ],
];

async function finds(
  device: GpuDevice,
  check: (device: GpuDevice) => Promise<boolean>,
  find: string,
  replacement: string,
): Promise<void> {
  let edits = 0;
  const edit = (code: string) => {
    if (code.includes(find)) edits++;
    return code.replace(find, replacement);
  };
  assert.is(await check(device), true, 'without the fault');
  const isWrong = !(await check(withCode(device, edit)));
  assert.ok(edits > 0, 'the fault is in no kernel');
  assert.ok(isWrong, 'with it');
}

for (const [name, description, ...edit] of FAULTS) {
  test(name, (device) => finds(device, (own) => holds(own, description), ...edit));
}
for (const [name, description, ...edit] of FAULTS_OF_SUBGROUPS) {
  test(name, (_, capable) => finds(capable, (own) => holds(own, description), ...edit));
}
for (const [name, ...edit] of FAULTS_OF_DISTANCES) test(name, (device) => finds(device, distancesHold, ...edit));

test('the numbers of an earlier call', async (device) => {
  let first: { resource: { buffer: { destroy(): void } } } | undefined;
  const stale = changed(device, {
    createBindGroup: (own, { layout, entries }: { layout: object; entries: NonNullable<typeof first>[] }) => {
      first ??= entries[0];
      first.resource.buffer.destroy = () => {}; // the loss that made it is disposed of
      return own({ layout, entries: [first, ...entries.slice(1)] } as never);
    },
  });
  assert.is(await holds(stale, { rows: 3 }), true);
  assert.is(await holds(stale, { rows: 5 }), false);
});

test.run();

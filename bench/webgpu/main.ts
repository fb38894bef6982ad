// npm run bench:webgpu: loss and gradient on WebGPU in Node.js (Dawn), beside a copy of the predictions on the same device; then a call at
// a time beside what libraries have on it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EmdLoss } from 'squared-emd';
import { WebGpuEmdLoss } from 'squared-emd/webgpu';
import { fromFloat16, toFloat16 } from '../../lib/gpu/float16.js';
import { Random } from '../../shared/random.js';
import { toText } from '../../shared/table.js';
import { webGpu } from '../../shared/webgpu-device.js';
import { describe, environment } from '../report/environment.js';
import { quantile } from '../run/statistics.js';
import { openDevice } from './device.js';

const USAGE = `Times loss and gradient on WebGPU beside a copy of the predictions, after verifying the first rows; then class indices in float32, a call
at a time with the reading of a number, beside TensorFlow.js and jax-js, after verifying all.

  --megabytes N    of the predictions (64; 1 with --software)
  --classes N,..   numbers of classes (8, 101, 1000, 4096, 32000)
  --rounds N       rounds per case (15)
  --software       on SwiftShader, which computes on the CPU
  --help           this text`;

const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [1, 4, 8, 128];
/** Of losses relative, of gradients to the largest entry. */
const MOST_DIFFERENCE = { float32: 2e-5, float16: 2e-3 };
const CHECKED_ROWS = 16;
/** A stretch that is timed takes so long at least, in milliseconds. */
const STRETCH = 20;

const FORMS = [
  { name: 'class indices', type: 'float32', targets: 'int32' },
  { name: 'class indices, float16', type: 'float16', targets: 'int32' },
  { name: 'distributions', type: 'float32', targets: 'distribution' },
] as const;
type Form = (typeof FORMS)[number];

interface Case {
  rows: number;
  classes: number;
  form: Form;
}

class Bench {
  constructor(
    private readonly device: GPUDevice,
    private readonly rounds: number,
  ) {}

  async run(one: Case): Promise<string[]> {
    const { rows, classes, form } = one;
    const random = new Random(1);
    const logits = Float32Array.from({ length: rows * classes }, () => random.uniform(-3, 3));
    const targets =
      form.targets === 'int32'
        ? Int32Array.from({ length: rows }, () => Math.floor(random.uniform(0, classes)))
        : Float32Array.from({ length: rows * classes }, () => random.uniform(0, 1));
    const bits = form.type === 'float16' ? new Uint16Array(2 * Math.ceil(logits.length / 2)) : logits;
    if (bits instanceof Uint16Array) toFloat16(logits, bits.subarray(0, logits.length));
    const [predictions, ofTargets, gradient] = [bits, targets, bits].map((values) => this.put(values));
    const loss = new WebGpuEmdLoss(this.device, { classes, reduction: 'sum' });
    const arrays = { predictions, type: form.type, targets: ofTargets, targetType: form.targets, rows, gradient };
    await this.verify(loss, arrays, bits, targets, one);
    const calls = {
      loss: (encoder: GPUCommandEncoder) => loss.encode(encoder, arrays),
      copy: (encoder: GPUCommandEncoder) => encoder.copyBufferToBuffer(predictions, 0, gradient, 0, predictions.size),
    };
    const counts = { loss: await this.countFor(calls.loss), copy: await this.countFor(calls.copy) };
    const times: { loss: number[]; copy: number[] } = { loss: [], copy: [] };
    for (let round = 0; round < this.rounds; round++) {
      for (const name of ['loss', 'copy'] as const) {
        times[name].push((await this.timeOf(calls[name], counts[name])) / counts[name]);
      }
    }
    loss.dispose();
    for (const buffer of [predictions, ofTargets, gradient]) buffer.destroy();
    const micro = (share: number) => (1e3 * quantile(times.loss, share)).toPrecision(3);
    const share = quantile(
      times.copy.map((time, i) => time / times.loss[i]),
      0.5,
    );
    return [
      `${rows} x ${classes}, ${form.name}`,
      micro(0.5),
      `${micro(0.2)} - ${micro(0.8)}`,
      (1e3 * quantile(times.copy, 0.5)).toPrecision(3),
      `${(100 * share).toPrecision(2)}%`,
    ];
  }

  private put(values: Float32Array | Int32Array | Uint16Array): GPUBuffer {
    const buffer = this.device.createBuffer({ size: values.byteLength, usage: COPY_SRC | COPY_DST | STORAGE });
    this.device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
    return buffer;
  }

  /** @throws Error where the first rows are not those of the host. */
  private async verify(
    loss: WebGpuEmdLoss,
    arrays: Parameters<WebGpuEmdLoss['evaluate']>[0],
    bits: Float32Array | Uint16Array,
    targets: Int32Array | Float32Array,
    { rows, classes, form }: Case,
  ): Promise<void> {
    const checked = Math.min(CHECKED_ROWS, rows);
    await loss.evaluate(arrays);
    const count = checked * classes;
    const numbers = (values: Float32Array | Uint16Array) =>
      (values instanceof Uint16Array ? fromFloat16(values) : values).subarray(0, count);
    const expected = new EmdLoss({ classes, reduction: 'sum' }).evaluate(
      numbers(bits),
      targets.subarray(0, form.targets === 'int32' ? checked : count),
    );
    const landing = this.device.createBuffer({ size: 4 * count, usage: MAP_READ | COPY_DST });
    const encoder = this.device.createCommandEncoder();
    const bytes = Math.min(4 * count, (arrays.gradient as GPUBuffer).size);
    encoder.copyBufferToBuffer(arrays.gradient as GPUBuffer, 0, landing, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
    await landing.mapAsync(MAP_READ);
    const memory = landing.getMappedRange().slice(0);
    landing.destroy();
    const actual = numbers(form.type === 'float16' ? new Uint16Array(memory) : new Float32Array(memory));
    const largest = expected.gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    const difference = expected.gradient.reduce((most, g, i) => Math.max(most, Math.abs(g - actual[i])), 0) / largest;
    if (!(difference <= MOST_DIFFERENCE[form.type]))
      throw new Error(`${classes} classes: gradient off by ${difference}`);
  }

  private async countFor(record: (encoder: GPUCommandEncoder) => void): Promise<number> {
    let count = 1;
    while ((await this.timeOf(record, count)) < STRETCH) count *= 2;
    return count;
  }

  /** Milliseconds from submitting to the end of the work. */
  private async timeOf(record: (encoder: GPUCommandEncoder) => void, count: number): Promise<number> {
    const { queue } = this.device;
    const encoder = this.device.createCommandEncoder();
    for (let i = 0; i < count; i++) record(encoder);
    const commands = encoder.finish();
    await queue.onSubmittedWorkDone();
    const start = performance.now();
    queue.submit([commands]);
    await queue.onSubmittedWorkDone();
    return performance.now() - start;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      megabytes: { type: 'string' },
      classes: { type: 'string', default: '8,101,1000,4096,32000' },
      rounds: { type: 'string', default: '15' },
      software: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const gpu = await webGpu(values.software); // Dawn needs it for as long as the device
  const { adapter, device } = await openDevice(gpu);
  const { vendor, architecture, description } = adapter.info;
  console.log(
    `${describe(environment())}\n${[vendor, architecture, description].filter(Boolean).join(' ')}, Vulkan, Dawn`,
  );
  const bytes = Number(values.megabytes ?? (values.software ? 1 : 64)) * 2 ** 20;
  const bench = new Bench(device, Number(values.rounds));
  const classCounts = values.classes.split(',').map(Number);
  const rowsOf = (classes: number, bytesOfOne: number) => Math.max(1, Math.floor(bytes / (bytesOfOne * classes)));
  const rows: string[][] = [];
  for (const classes of classCounts) {
    for (const form of FORMS) {
      rows.push(await bench.run({ rows: rowsOf(classes, form.type === 'float16' ? 2 : 4), classes, form }));
      process.stdout.write('.');
    }
  }
  console.log(`\n${toText({ head: ['rows x classes', 'us', 'p20 - p80', 'a copy, us', 'share of a copy'], rows })}`);
  device.destroy();
  for (const classes of classCounts) {
    const options = { rows: rowsOf(classes, 4), classes, rounds: values.rounds };
    const given = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    if (values.software) given.push('--software');
    console.log();
    const { status } = spawnSync(process.execPath, [join(__dirname, 'peers.js'), ...given], { stdio: 'inherit' });
    if (status !== 0) console.log(`${classes} classes: not compared with libraries`);
  }
}

main().then(
  () => process.exit(0), // Dawn keeps Node.js alive
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);

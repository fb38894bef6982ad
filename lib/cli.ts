// The command `squared-emd`: says what an installation is and can use, for bug reports and to explain what it cannot use; and
// compiles native code.
import type { Info } from './info.js';

const USAGE = `Usage: squared-emd <command>

  info    what computes, versions, instruction sets, threads, GPUs, and if there are none to use, why
  build   compiles native code from the sources in the package`;

function describe({ version, backend, why, isa, isas, threads, cuda }: Info): string {
  const lines = [
    `squared-emd ${version}, Node ${process.versions.node}, ${process.platform}-${process.arch}`,
    backend === 'wasm'
      ? `WebAssembly computes. ${why}`
      : `CPU   ${isa} (this processor has ${isas.join(', ')}), ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
  ];
  const versions = [
    cuda.runtimeVersion === undefined ? [] : [`built with ${cuda.runtimeVersion}`],
    cuda.driverVersion === undefined ? [] : [`driver supports ${cuda.driverVersion}`],
  ].flat();
  lines.push([`CUDA  ${cuda.available ? 'available' : `not available: ${cuda.reason}`}`, ...versions].join(', '));
  if (cuda.detail !== undefined) lines.push(`      ${cuda.detail}`);
  for (const { index, name, computeCapability, totalMemory, multiprocessors } of cuda.devices) {
    const memory = (totalMemory / 2 ** 30).toFixed(1);
    lines.push(
      `GPU ${index} ${name}, compute capability ${computeCapability}, ${memory} GiB, ${multiprocessors} multiprocessors`,
    );
  }
  return lines.join('\n');
}

/** Runs the command; returns the exit code. */
export function main(parameters: readonly string[]): number {
  const [command] = parameters;
  if (parameters.length !== 1 || (command !== 'info' && command !== 'build')) {
    console.error(USAGE);
    return 2;
  }
  try {
    if (command === 'build') return (require('./build-command.js') as typeof import('./build-command.js')).build();
    const { info } = require('./index.js') as typeof import('./index.js');
    console.log(describe(info()));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

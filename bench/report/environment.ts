import { execFileSync } from 'node:child_process';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { info } from 'squared-emd';

/** The software and the machine of a result. */
export interface Environment {
  date: string;
  package: string;
  /** With a + if files differ from it; undefined outside of a checkout. */
  commit?: string;
  node: string;
  system: string;
  processor: string;
  /** The number that the process may use. */
  processors: number;
  memory: number;
  /** Instruction sets that the processor has, best last. */
  isas: string[];
  /** Over the minute before the run: other work on the machine. */
  load: number;
}

export function environment(): Environment {
  return {
    date: new Date().toISOString(),
    package: info().version,
    commit: commit(),
    node: process.versions.node,
    system: `${platform()} ${arch()} ${release()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memory: totalmem(),
    isas: info().isas,
    load: loadavg()[0],
  };
}

function commit(): string | undefined {
  const name = git('rev-parse', '--short', 'HEAD');
  return name && (git('status', '--porcelain') ? `${name}+` : name);
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: __dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined; // git is not there, or this is not a checkout
  }
}

/** In words, as part of a sentence: "2 processors of ..., Node 20.1.0". */
export const environmentInWords = ({ processor, processors, node, date, isas }: Environment): string =>
  `${processors} processors of an ${processor} (${isas.at(-1)}), Node ${node}, ${date.slice(0, 10)}`;

export function describe({ package: version, commit, node, processor, processors, load }: Environment): string {
  const build = commit === undefined ? version : `${version} (${commit})`;
  return `squared-emd ${build}, Node ${node}, ${processor}, ${processors} processors, load ${load.toFixed(1)}`;
}

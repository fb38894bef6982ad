// The backend of Node.js, Bun and Deno: the addon, which is found here and loaded by the first call that computes, or WebAssembly where
// there is none that loads.
//
// In the package's own folder only: what was compiled there comes first, then a binary that came with the package. (node-gyp-build,
// which compiles it at installation, also asks for files and environment variables that the permission models of Node and Deno refuse.)
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as worker_threads from 'node:worker_threads';
import { EmdError } from '../checks/emd-error.js';
import { wrongRange } from '../checks/errors.js';
import type { Backend, GpuBackend, HostBackend } from './backend.js';
import { provideBackend } from './current.js';
import { isMusl, loadFailure } from './load-failure.js';
import { VERSION } from './wasm/embedded.js';
import { wasmBackend } from './wasm/host.js';
import './wasm/node-workers.js';

/** What native/napi/addon.cpp exports. */
export interface Addon extends HostBackend, GpuBackend {
  /** The class of the errors that it throws. */
  setErrorClass(errorClass: typeof EmdError): void;
  /** What the environment variable SQUARED_EMD_ISA says, if it is none of `isas`. */
  refusedIsa(): string | null;
  /** What the environment variable SQUARED_EMD_CUDA says, if it switches GPUs neither on nor off. */
  refusedCuda(): string | null;
  /**
   * For benchmarks: does at least `count` float32 multiply-adds, which wait for nothing but the units of the processor, with the
   * instruction set in use, on the calling thread; returns how many.
   */
  multiplyAdds(count: number): number;
}

/** The folder of package.json, seen from dist/lib/backends. */
const root = join(__dirname, '../../..');

/** Names of all platforms, best last. */
const ISAS = ['baseline', 'avx2', 'avx512'];

/** What SQUARED_EMD_CUDA may say, in any case, as native/napi/gpu/cuda_library.cpp lists it. */
const CUDA_OFF = ['0', 'false', 'off', 'no'];
const CUDA_ON = ['1', 'true', 'on', 'yes', 'auto'];

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

/** The addon's file; undefined where there is none for this platform. */
function find(): string | undefined {
  const compiled = join(root, 'build/Release/squared_emd.node');
  if (existsSync(compiled)) return compiled;
  const folder = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
  if (!existsSync(folder)) return undefined;
  const names = readdirSync(folder).filter((name) => name.endsWith('.node'));
  const others = names.length > 1 && isMusl() ? '.glibc.' : '.musl.';
  const name = names.find((one) => names.length === 1 || !one.includes(others));
  return name && join(folder, name);
}

/** @throws EmdError 'NATIVE_LOAD_FAILED' that says why there is none, and what to do. */
function load(): Addon {
  let file: string | undefined;
  let error: unknown;
  try {
    file = find();
    if (file !== undefined) return require(file) as Addon;
  } catch (thrown) {
    error = thrown;
  }
  throw loadFailure({ root, file, error });
}

/**
 * What the environment variable SQUARED_EMD_ISA says must be an instruction set of this processor: who sets it wants to know what is
 * measured, and nothing else.
 *
 * @param refused What it says, if it is none of `isas`.
 * @throws EmdError 'INVALID_ENVIRONMENT'
 */
export function checkIsa(isas: readonly string[], refused: string | null): void {
  if (refused === null) return;
  const lacks = ISAS.includes(refused) ? `; it lacks '${refused}'` : '';
  const expected = `an instruction set of this processor, ${quoted(isas)}${lacks}`;
  throw new EmdError('INVALID_ENVIRONMENT', wrongRange('SQUARED_EMD_ISA', expected, refused).message);
}

/**
 * What the environment variable SQUARED_EMD_CUDA says must switch GPUs on or off: who mistypes it would use what was to be left alone.
 *
 * @param refused What it says, if it does neither.
 * @throws EmdError 'INVALID_ENVIRONMENT'
 */
function checkCuda(refused: string | null): void {
  if (refused === null) return;
  const expected = `${quoted(CUDA_OFF)} to use no GPU, or ${quoted(CUDA_ON)}`;
  throw new EmdError('INVALID_ENVIRONMENT', wrongRange('SQUARED_EMD_CUDA', expected, refused).message);
}

let loaded: Addon | undefined;

/** @throws EmdError 'NATIVE_LOAD_FAILED', 'INVALID_ENVIRONMENT' */
export function addon(): Addon {
  if (loaded === undefined) {
    const found = load();
    checkIsa(found.info().isas, found.refusedIsa());
    checkCuda(found.refusedCuda());
    found.setErrorClass(EmdError);
    loaded = found;
  }
  return loaded;
}

function nativeBackend(): Backend {
  return { name: 'native', version: VERSION, host: addon(), gpu: addon() };
}

function fallenBack(why: string): Backend {
  const backend = wasmBackend(VERSION, why);
  const { isas } = backend.host.info();
  const { SQUARED_EMD_ISA: wanted } = process.env;
  checkIsa(isas, !wanted || isas.includes(wanted) ? null : wanted);
  return backend;
}

/** @throws EmdError 'NATIVE_LOAD_FAILED', 'INVALID_ENVIRONMENT', 'WASM_UNAVAILABLE' */
function chooseBackend(): Backend {
  const { SQUARED_EMD_BACKEND: wanted } = process.env;
  if (wanted === 'native') return nativeBackend();
  if (wanted === 'wasm') return fallenBack('The environment variable SQUARED_EMD_BACKEND is wasm.');
  if (wanted) {
    const { message } = wrongRange('SQUARED_EMD_BACKEND', "'native' or 'wasm'", wanted);
    throw new EmdError('INVALID_ENVIRONMENT', message);
  }
  try {
    return nativeBackend();
  } catch (error) {
    if (!(error instanceof EmdError) || error.code !== 'NATIVE_LOAD_FAILED') throw error;
    const backend = fallenBack(error.message);
    warn(error.message);
    return backend;
  }
}

const WARNED = 'squared-emd: said that WebAssembly is in use';

/** Once in a process: threads that start later know of it, and other copies of the package on this one. */
function warn(why: string): void {
  if (worker_threads.getEnvironmentData(WARNED)) return;
  worker_threads.setEnvironmentData(WARNED, true);
  process.emitWarning(
    `${why}\nWebAssembly computes instead: the same results, on one thread, and no GPU. SQUARED_EMD_BACKEND=wasm chooses it without ` +
      'this warning, SQUARED_EMD_BACKEND=native makes this an error.',
    { type: 'SquaredEmdWarning', code: 'SQUARED_EMD_WASM' },
  );
}

provideBackend(chooseBackend);

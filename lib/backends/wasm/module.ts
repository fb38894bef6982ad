// The WebAssembly module: compiled once, at the first call that computes, from bytes inside this package.
import { EmdError } from '../../checks/emd-error.js';
import { wrongType } from '../../checks/errors.js';
import { DEFLATED, SIZE } from './embedded.js';
import { inflate } from './inflate.js';
import { type WasmModule, webAssembly } from './web-assembly.js';

let compiled: WasmModule | undefined;
let isInUse = false;

/**
 * Gives the module to use instead of compiling the one inside this package: for runtimes that forbid to compile one from bytes (edge
 * runtimes that take WebAssembly as an import). It is that of the file `squared-emd/squared_emd.wasm` of the same version.
 *
 * @throws TypeError for anything else; EmdError 'ALREADY_LOADED' after the first call that computes.
 */
export function useModule(module: WasmModule): void {
  const { Module } = webAssembly();
  if (!(module instanceof Module)) throw wrongType('module', 'a WebAssembly.Module', module);
  const names = new Set(Module.exports(module).map(({ name }) => name));
  if (!names.has('evaluate') || !names.has('createGround')) {
    throw wrongType('module', 'the module of squared-emd/squared_emd.wasm', 'another one');
  }
  if (isInUse) {
    throw new EmdError(
      'ALREADY_LOADED',
      'useModule(): call it before the first call that computes; a module is in use',
    );
  }
  compiled = module;
}

/** @throws EmdError 'WASM_UNAVAILABLE' where the runtime has no WebAssembly, or forbids to compile it. */
export function theModule(): WasmModule {
  compiled ??= compile();
  return compiled;
}

/** To be called when it works here: until then another one may be given. */
export function moduleWorks(): void {
  isInUse = true;
}

function compile(): WasmModule {
  try {
    const { Module } = webAssembly();
    return new Module(bytes());
  } catch (cause) {
    throw unavailable(cause);
  }
}

/** For a module that the runtime does not compile or, as WebKit says it, not make an instance of. */
export function unavailable(cause: unknown): EmdError {
  return new EmdError(
    'WASM_UNAVAILABLE',
    `squared-emd could not compile its WebAssembly module: ${cause instanceof Error ? cause.message : cause}\n` +
      "It needs SIMD (browsers since 2021 to 2023), and with a Content-Security-Policy 'wasm-unsafe-eval' in script-src. Where " +
      'modules cannot be compiled from bytes, import squared-emd/squared_emd.wasm as one, and give it to useModule().',
    { cause },
  );
}

function bytes(): Uint8Array {
  const text = atob(DEFLATED);
  const deflated = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) deflated[i] = text.charCodeAt(i);
  return inflate(deflated, SIZE);
}

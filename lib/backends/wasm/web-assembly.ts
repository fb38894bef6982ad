// What is used of WebAssembly. Its types come with those of browsers, which programs for Node.js do without.

declare const opaque: unique symbol;

/** A `WebAssembly.Module`. */
export interface WasmModule {
  readonly [opaque]?: never;
}

interface WebAssemblyNamespace {
  Module: {
    new (bytes: Uint8Array): WasmModule;
    exports(module: WasmModule): { name: string }[];
  };
  Instance: new (module: WasmModule) => { exports: unknown };
  RuntimeError: new (message?: string) => Error;
}

/** @throws ReferenceError where the runtime has none. */
export function webAssembly(): WebAssemblyNamespace {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyNamespace };
  if (WebAssembly === undefined) throw new ReferenceError('this runtime has no WebAssembly');
  return WebAssembly;
}

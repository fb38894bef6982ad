/** The method of `using`; no method where TypeScript's `lib` does not know it, so that no newer one is needed. */
type Using = {
  [Key in SymbolConstructor['dispose' & keyof SymbolConstructor] & symbol]: () => void;
};

/** What holds something until `dispose()`, or until the end of the block of a `using` declaration. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the method is defined below
export abstract class Disposes {
  abstract dispose(): void;
}
export interface Disposes extends Using {}

// Runtimes may not know it either.
if (Symbol.dispose) {
  Object.defineProperty(Disposes.prototype, Symbol.dispose, {
    value(this: Disposes) {
      this.dispose();
    },
    writable: true,
    configurable: true,
  });
}

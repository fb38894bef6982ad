/** The method that `using` calls; nothing if TypeScript's `lib` does not know it, so that no newer `lib` is needed. */
type Using = {
  [Key in SymbolConstructor['dispose' & keyof SymbolConstructor] & symbol]: () => void;
};

/** A resource that is held until `dispose()`, or until the end of the block that declares it with `using`. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the method is defined below
export abstract class Disposes {
  abstract dispose(): void;
}
export interface Disposes extends Using {}

// Older runtimes do not know the symbol.
if (Symbol.dispose) {
  Object.defineProperty(Disposes.prototype, Symbol.dispose, {
    value(this: Disposes) {
      this.dispose();
    },
    writable: true,
    configurable: true,
  });
}

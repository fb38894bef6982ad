// What becomes of things that are collected.

type Registry<T> = Pick<FinalizationRegistry<T>, 'register' | 'unregister'>;

/**
 * A FinalizationRegistry, where the runtime has them: edge runtimes may not. What holds memory there until its owner is collected holds
 * it as long as the program runs.
 */
export function whenCollected<T>(then: (held: T) => void): Registry<T> {
  if (typeof FinalizationRegistry === 'function') return new FinalizationRegistry(then);
  return { register() {}, unregister: () => false };
}

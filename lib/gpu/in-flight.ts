const inFlight = new Set<{ value: unknown }>();

/**
 * Keeps a value from being collected until a promise is settled: the backend works on its memory, which may belong to an owner
 * that only this value refers to.
 */
export function keepUntil<T>(running: Promise<T>, value: unknown): Promise<T> {
  const entry = { value };
  inFlight.add(entry);
  return running.finally(() => inFlight.delete(entry));
}

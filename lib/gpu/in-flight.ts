const inFlight = new Set<{ value: unknown }>();

/**
 * Keeps a value from being collected until a promise is settled, as the backend works on its memory, which may belong to an owner
 * to which only this value refers.
 */
export function keepUntil<T>(running: Promise<T>, value: unknown): Promise<T> {
  const entry = { value };
  inFlight.add(entry);
  return running.finally(() => inFlight.delete(entry));
}

// Errors of the package's own functions, reworded for adapters whose arguments have other names.

/** Returns a function that runs a call and replaces the arguments' names in its errors. */
export function renamed(names: Readonly<Record<string, string>>): <R>(call: () => R) => R {
  return (call) => {
    try {
      return call();
    } catch (error) {
      throw rename(error, names);
    }
  };
}

/** The same error with the arguments' names in its message replaced, wherever they stand before what was received. */
export function rename(error: unknown, names: Readonly<Record<string, string>>): unknown {
  if (error instanceof TypeError || error instanceof RangeError) {
    const [said, ...received] = error.message.split(', received ');
    const ours = said.replace(/\b[a-zA-Z]+\b/g, (word) => (Object.hasOwn(names, word) ? names[word] : word));
    error.message = [ours, ...received].join(', received ');
  }
  return error;
}

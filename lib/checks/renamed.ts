// Errors of the package's own functions, reworded for adapters whose arguments have other names.

/** Returns a function that runs a call and replaces the argument's name at the beginning of its errors. */
export function renamed(names: Readonly<Record<string, string>>): <R>(call: () => R) => R {
  return (call) => {
    try {
      return call();
    } catch (error) {
      throw rename(error, names);
    }
  };
}

/** The same error with the argument's name in its message replaced. */
export function rename(error: unknown, names: Readonly<Record<string, string>>): unknown {
  if (error instanceof TypeError || error instanceof RangeError) {
    error.message = error.message.replace(/^\w+/, (name) => names[name] ?? name);
  }
  return error;
}

// Errors of the package's own calls, in the words of an adapter whose arguments have other names.

/** Makes a function that runs calls, and replaces the argument's name at the beginning of their errors. */
export function renamed(names: Readonly<Record<string, string>>): <R>(call: () => R) => R {
  return (call) => {
    try {
      return call();
    } catch (error) {
      throw rename(error, names);
    }
  };
}

/** The same error, with the argument's name in its message replaced. */
export function rename(error: unknown, names: Readonly<Record<string, string>>): unknown {
  if (error instanceof TypeError || error instanceof RangeError) {
    error.message = error.message.replace(/^\w+/, (name) => names[name] ?? name);
  }
  return error;
}

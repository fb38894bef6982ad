// Errors of the package's own calls in the words of an adapter, whose arguments have other names.

/** Runs calls whose errors begin with the given names instead of those of `emdLoss`. */
export function renamed(names: Readonly<Record<string, string>>): <R>(call: () => R) => R {
  return (call) => {
    try {
      return call();
    } catch (error) {
      throw rename(error, names);
    }
  };
}

/** The same error, whose message begins with another name of the argument. */
export function rename(error: unknown, names: Readonly<Record<string, string>>): unknown {
  if (error instanceof TypeError || error instanceof RangeError) {
    error.message = error.message.replace(/^\w+/, (name) => names[name] ?? name);
  }
  return error;
}

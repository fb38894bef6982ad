// Collects the warnings of a piece of code.

/** The warnings of this package that the process emits until the code is done. */
export async function warningsOf(run: () => unknown): Promise<string[]> {
  const messages: string[] = [];
  const listen = (warning: Error & { code?: string }) => {
    if (warning.code?.startsWith('SQUARED_EMD_')) messages.push(`${warning.code} ${warning.message}`);
  };
  process.on('warning', listen);
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve)); // warnings arrive later
  } finally {
    process.off('warning', listen);
  }
  return messages;
}

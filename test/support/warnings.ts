// The warnings of a piece of code.

/** Those of this package that the process has got when it is done. */
export async function warningsOf(run: () => unknown): Promise<string[]> {
  const messages: string[] = [];
  const listen = (warning: Error & { code?: string }) => {
    if (warning.code?.startsWith('SQUARED_EMD_')) messages.push(`${warning.code} ${warning.message}`);
  };
  process.on('warning', listen);
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve)); // they arrive later
  } finally {
    process.off('warning', listen);
  }
  return messages;
}

// What is probably wrong, but no error.

/** In Node.js an event of the process, which it prints; elsewhere a line of the console. */
export function warn(code: string, message: string): void {
  if (typeof process === 'object' && typeof process.emitWarning === 'function') process.emitWarning(message, { code });
  else console.warn(`[${code}] ${message}`);
}

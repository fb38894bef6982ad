import * as assert from 'uvu/assert';

type ErrorType = typeof TypeError | typeof RangeError | (new (...args: never[]) => Error);

function check(error: unknown, type: ErrorType, message: RegExp, what: string): void {
  const received = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  assert.ok(error instanceof type, `${what}: expected a ${type.name}, received ${received}`);
  assert.match(
    (error as Error).message,
    message,
    `${what}: expected a message like ${message}, received "${received}"`,
  );
}

/** Asserts that a call throws an error of exactly this type. */
export function throws(call: () => unknown, type: ErrorType, message: RegExp, what = 'call'): void {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    check(error, type, message, what);
    return;
  }
  assert.unreachable(`${what}: expected a ${type.name} like ${message}, but it returned ${String(result)}`);
}

/** Asserts that a promise is rejected, and that the call that made it did not throw. */
export async function rejects(
  call: () => Promise<unknown>,
  type: ErrorType,
  message: RegExp,
  what = 'call',
): Promise<void> {
  const promise = call();
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (!outcome) assert.unreachable(`${what}: expected a ${type.name} like ${message}, but it was fulfilled`);
  else check(outcome.error, type, message, what);
}

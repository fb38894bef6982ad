// The asynchronous calls of an object, which take effect in the order in which they are made. While one runs, no other call may.
import { EmdError } from '../checks/emd-error.js';

export class CallQueue {
  readonly #owner: string;
  #running = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param owner Named in errors. */
  constructor(owner: string) {
    this.#owner = owner;
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** @throws EmdError 'BUSY' while an asynchronous call runs. */
  requireIdle(): void {
    if (!this.isIdle) throw this.busy();
  }

  busy(): EmdError {
    return new EmdError('BUSY', `${this.#owner}: an asynchronous call still runs; await it first`);
  }

  /** Starts a call once those before it have ended: at once where there are none. */
  async add<T>(start: () => T | Promise<T>): Promise<T> {
    const first = this.#running++ === 0;
    try {
      const running = first ? (async () => start())() : this.#last.then(start);
      this.#last = running.catch(() => {});
      return await running;
    } finally {
      this.#running--;
    }
  }
}

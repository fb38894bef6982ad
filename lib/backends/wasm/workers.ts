// Workers as the runtimes have them.
import { WORKER_SOURCE } from './worker-source.js';

/** A worker that runs WORKER_SOURCE. */
export interface Offloader {
  send(message: unknown, moved: ArrayBuffer[]): void;
  /** Whether it keeps the program from ending, where it can be told. */
  hold?(held: boolean): void;
  /** Whether the program cannot end before it does. */
  readonly keepsRunning?: boolean;
  end(): void;
}

export type Make = (receive: (message: unknown) => void, fail: (error: unknown) => void) => Offloader;

/** What there is of the Web's workers, wherever they are there. */
interface WebWorker {
  postMessage(message: unknown, moved: ArrayBuffer[]): void;
  terminate(): void;
  ref?(): void;
  unref?(): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: { message?: string; preventDefault?(): void }) => void) | null;
  onmessageerror: (() => void) | null;
}
/** Behind the program: how messages come and go. */
const MESSAGES = 'onmessage = ({ data }) => receive(data, postMessage);';
interface WebWorkerClass {
  new (url: string, options: { type: 'module'; name: string }): WebWorker;
  readonly prototype: WebWorker;
}

function makeWebWorker(Worker: WebWorkerClass): Make {
  return (receive, fail) => {
    const url = URL.createObjectURL(new Blob([WORKER_SOURCE, MESSAGES], { type: 'text/javascript' }));
    const worker = new Worker(url, { type: 'module', name: 'squared-emd' });
    worker.onmessage = ({ data }) => {
      URL.revokeObjectURL(url);
      receive(data);
    };
    worker.onerror = (event) => {
      URL.revokeObjectURL(url);
      event.preventDefault?.();
      fail(event.message);
    };
    worker.onmessageerror = () => fail('a message could not be read');
    const hold = worker.unref && ((held: boolean) => (held ? worker.ref?.() : worker.unref?.()));
    return {
      send: (message, moved) => worker.postMessage(message, moved),
      hold,
      keepsRunning: !hold && 'Deno' in globalThis,
      end: () => worker.terminate(),
    };
  };
}

let make: Make | undefined;

/** For runtimes that have other workers than the Web's, too. */
export function provideWorkers(how: Make): void {
  make = how;
}

/** Undefined where the runtime has no workers. */
export function workers(): Make | undefined {
  const { Worker } = globalThis as { Worker?: WebWorkerClass };
  if (typeof Worker !== 'function') return make;
  // The Web's workers of Deno keep the program from ending, those of Node.js that it has do not.
  return make !== undefined && !('unref' in Worker.prototype) ? make : makeWebWorker(Worker);
}

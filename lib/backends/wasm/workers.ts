// Workers as the runtimes have them.
import { IN_BROWSERS, IN_NODE, WORKER_SOURCE } from './worker-source.js';

/** A worker that runs WORKER_SOURCE. */
export interface Offloader {
  send(message: unknown, moved: ArrayBuffer[]): void;
  /** Whether it keeps the program from ending, where it can be told. */
  hold?(held: boolean): void;
  end(): void;
}

type Make = (receive: (message: unknown) => void, fail: (error: unknown) => void) => Offloader;

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
type WebWorkerClass = new (url: string, options: { type: 'module'; name: string }) => WebWorker;

function makeWebWorker(Worker: WebWorkerClass): Make {
  return (receive, fail) => {
    const url = URL.createObjectURL(new Blob([WORKER_SOURCE, IN_BROWSERS], { type: 'text/javascript' }));
    const worker = new Worker(url, { type: 'module', name: 'squared-emd' });
    worker.onmessage = ({ data }) => {
      URL.revokeObjectURL(url);
      receive(data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      fail(event.message);
    };
    worker.onmessageerror = () => fail('a message could not be read');
    const hold = worker.unref && ((held: boolean) => (held ? worker.ref?.() : worker.unref?.()));
    return { send: (message, moved) => worker.postMessage(message, moved), hold, end: () => worker.terminate() };
  };
}

/** What there is of Node.js's. */
interface NodeWorker {
  postMessage(message: unknown, moved: ArrayBuffer[]): void;
  terminate(): unknown;
  ref(): void;
  unref(): void;
  on(event: 'message' | 'error', listener: (value: unknown) => void): unknown;
}
interface WorkerThreads {
  Worker: new (
    source: string,
    options: { eval: true; name: string; execArgv: string[]; env: Record<string, string> },
  ) => NodeWorker;
}

function makeNodeWorker({ Worker }: WorkerThreads): Make {
  return (receive, fail) => {
    const worker = new Worker(WORKER_SOURCE + IN_NODE, { eval: true, name: 'squared-emd', execArgv: [], env: {} });
    worker.on('message', receive);
    worker.on('error', fail);
    return {
      send: (message, moved) => worker.postMessage(message, moved),
      hold: (held) => (held ? worker.ref() : worker.unref()),
      end: () => void worker.terminate(),
    };
  };
}

/** Undefined where the runtime has no workers. */
export function workers(): Make | undefined {
  const { Worker, process } = globalThis as {
    Worker?: WebWorkerClass;
    process?: { getBuiltinModule?(name: string): WorkerThreads | undefined };
  };
  if (typeof Worker === 'function') return makeWebWorker(Worker);
  const threads = nodeThreads ?? process?.getBuiltinModule?.('node:worker_threads');
  return threads && makeNodeWorker(threads);
}

let nodeThreads: WorkerThreads | undefined;

/** For the entry points of Node.js, of which older versions have no other way than to `require` them. */
export function provideWorkerThreads(threads: WorkerThreads): void {
  nodeThreads = threads;
}

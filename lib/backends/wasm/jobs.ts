// Work on the thread of a page that lets events in between.

/** What a page may be blocked for without anybody noticing. */
const SLICE_MILLISECONDS = 8;

/** Resolved when events that wait have been seen to. (A timer of 0 milliseconds is one of 4 in browsers.) */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof MessageChannel !== 'function') {
      setTimeout(resolve, 0); // edge runtimes
      return;
    }
    const { port1, port2 } = new MessageChannel();
    const onmessage = () => {
      port1.close();
      resolve();
    };
    Object.assign(port1, { onmessage });
    port2.postMessage(null);
  });
}

/** Runs `work` for every `step`-th number below `end`, from 0 on, in slices. Nothing runs before it returns. */
export async function workSlowly(end: number, step: number, work: (begin: number) => void): Promise<void> {
  await nextTask();
  let start = Date.now();
  for (let begin = 0; begin < end; begin += step) {
    if (Date.now() - start >= SLICE_MILLISECONDS) {
      await nextTask();
      start = Date.now();
    }
    work(begin);
  }
}

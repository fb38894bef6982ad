// The process of one contender in one case, so that nothing that others compiled or allocated affects it.
import { performance } from 'node:perf_hooks';
import { PEERS } from '../peers/index.js';
import type { Runner } from '../peers/peer.js';
import type { Answer, Request } from './protocol.js';

let runner: Runner;

async function answer(request: Request): Promise<Answer> {
  if (request.kind === 'time') return { milliseconds: await time(request.calls) };
  const { problem, work, contender } = request;
  const peer = PEERS.find(({ name }) => name === contender.peer);
  if (peer === undefined) throw new Error(`no peer ${contender.peer}`);
  runner = await peer.prepare(problem, work, contender);
  await runner.run();
  return { output: runner.output() };
}

/** Milliseconds per call above which a call in advance would gain nothing. */
const LONG = 10;
let lastCall = 0;

async function time(calls: number): Promise<number> {
  // Others have used the caches since the last time, and the threads of a pool are asleep.
  if (lastCall < LONG) await runner.run();
  const started = performance.now();
  for (let i = 0; i < calls; i++) {
    const promise = runner.run();
    if (promise) await promise;
  }
  const taken = performance.now() - started;
  lastCall = taken / calls;
  return taken;
}

process.on('message', async (request: Request) => {
  try {
    process.send?.(await answer(request));
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) } satisfies Answer);
  }
});

import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Case } from '../cases/case.js';
import type { BenchProblem } from '../cases/problem.js';
import type { Contender, Output } from '../peers/peer.js';
import type { Answer, Request } from './protocol.js';

/** A contender in its process. The instruction set is chosen when native code loads, so it is part of the environment. */
export class Session {
  readonly #process: ChildProcess;
  #settle: (answer: Answer) => void = () => {};

  constructor(readonly contender: Contender) {
    const { isa } = contender;
    this.#process = fork(path.join(__dirname, 'worker.js'), {
      serialization: 'advanced', // typed arrays as they are
      env: isa === undefined ? process.env : { ...process.env, SQUARED_EMD_ISA: isa },
    })
      .on('message', (answer) => this.#settle(answer as Answer))
      .on('error', ({ message }) => this.#settle({ error: message }))
      .on('exit', (code, signal) => this.#settle({ error: `its process ended (${signal ?? `exit code ${code}`})` }));
  }

  /** Gets ready and does the work once. */
  async prepare(problem: BenchProblem, work: Case): Promise<Output> {
    const answer = await this.#ask({ kind: 'prepare', problem, work, contender: this.contender });
    return (answer as { output: Output }).output;
  }

  /** Milliseconds for so many calls. */
  async time(calls: number): Promise<number> {
    const answer = await this.#ask({ kind: 'time', calls });
    return (answer as { milliseconds: number }).milliseconds;
  }

  close(): void {
    if (this.#process.connected) this.#process.disconnect();
  }

  async #ask(request: Request): Promise<Answer> {
    const answer = await new Promise<Answer>((resolve) => {
      this.#settle = resolve;
      this.#process.send(request);
    });
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { BenchProblem } from '../cases/bench-problem.js';
import type { Case } from '../cases/case.js';
import type { Contender, Output, Peer } from '../peers/peer.js';
import type { Answer, Request, Responder } from './protocol.js';
import { PythonProcess } from './python-process.js';

export const openSession = ({ program }: Peer, contender: Contender): Session =>
  new Session(contender, program === 'python' ? new PythonProcess() : new NodeProcess(contender));

/** A contender in its process. */
export class Session {
  readonly #process: Responder;

  constructor(
    readonly contender: Contender,
    responder: Responder,
  ) {
    this.#process = responder;
  }

  /** Gets ready and does the work once. */
  async prepare(problem: BenchProblem, work: Case): Promise<Output> {
    const answer = await this.#ask({ kind: 'prepare', problem, work, contender: this.contender });
    return (answer as { output: Output }).output;
  }

  /** The milliseconds that this many calls take. */
  async time(calls: number): Promise<number> {
    const answer = await this.#ask({ kind: 'time', calls });
    return (answer as { milliseconds: number }).milliseconds;
  }

  close(): void {
    this.#process.close();
  }

  async #ask(request: Request): Promise<Answer> {
    const answer = await this.#process.ask(request);
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }
}

/** The instruction set is chosen when native code loads, so it is part of the environment. */
class NodeProcess implements Responder {
  readonly #process: ChildProcess;
  #settle: (answer: Answer) => void = () => {};
  #complaints = '';

  constructor({ isa }: Contender) {
    this.#process = fork(path.join(__dirname, 'worker.js'), {
      serialization: 'advanced', // keeps typed arrays
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'], // some peers print a greeting
      env: isa === undefined ? process.env : { ...process.env, SQUARED_EMD_ISA: isa },
    })
      .on('message', (answer) => this.#settle(answer as Answer))
      .on('error', ({ message }) => this.#settle({ error: message }))
      .on('exit', (code, signal) => {
        const complaint = this.#complaints.trim().split('\n').at(-1);
        this.#settle({ error: `its process ended (${signal ?? `exit code ${code}`}): ${complaint}` });
      });
    this.#process.stderr?.on('data', (chunk) => {
      this.#complaints = `${this.#complaints}${chunk}`.slice(-2000);
    });
  }

  ask(request: Request): Promise<Answer> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#process.send(request);
    });
  }

  close(): void {
    if (this.#process.connected) this.#process.disconnect();
  }
}

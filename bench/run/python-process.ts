import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Answer, Request, Responder } from './protocol.js';

const SCRIPT = path.resolve(__dirname, '../../../bench/peers/torch_peer.py'); // seen from dist/bench/run

/** The Python program behind a peer. Each request and each answer is a line of JSON, with arrays in base64. */
export class PythonProcess implements Responder {
  readonly #process: ChildProcessWithoutNullStreams;
  #settle: (answer: Answer) => void = () => {};
  #complaints = '';

  constructor() {
    this.#process = spawn('python3', [SCRIPT]);
    this.#process.on('error', ({ message }) => this.#settle({ error: message }));
    this.#process.on('exit', (code) =>
      this.#settle({ error: `python3 ended with ${code}: ${this.#complaints.trim().split('\n').at(-1)}` }),
    );
    this.#process.stderr.on('data', (chunk) => {
      this.#complaints = `${this.#complaints}${chunk}`.slice(-2000);
    });
    this.#process.stdin.on('error', () => {}); // the process has ended, which is reported above
    createInterface(this.#process.stdout).on('line', (line) => this.#settle(decoded(JSON.parse(line))));
  }

  ask(request: Request): Promise<Answer> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#process.stdin.write(`${JSON.stringify(request, encoded)}\n`);
    });
  }

  close(): void {
    this.#process.stdin.end();
  }
}

function encoded(_key: string, value: unknown): unknown {
  if (!ArrayBuffer.isView(value)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}

/** Decodes an answer, whose arrays are float32. */
function decoded(answer: Record<string, unknown>): Answer {
  const output = answer.output as Record<string, unknown> | undefined;
  if (!output) return answer as Answer;
  for (const name of ['gradient', 'values']) {
    const text = output[name];
    if (typeof text === 'string') output[name] = new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
  }
  return answer as Answer;
}

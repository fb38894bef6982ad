// What is known of the CUDA library's kernels from its build: none spills registers or has anything in local memory, on any
// architecture, and those that most calls take read and write 16 bytes at a time.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../support/skip.js';

const test = suite('cuda-resources');

const ENTRY = /Compiling entry function '(\w+)' for '(sm_\w+)'/;
const FUNCTION = /Function properties for (\w+)/;
const MEMORY = /(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads/;
const REGISTERS = /Used (\d+) registers/;
const LOCAL = /(\d+) bytes lmem/;

interface Resources {
  kernels: Set<string>;
  architectures: Set<string>;
  /** Reports of memory, of which every kernel must have one. */
  memory: number;
  registers: number;
  problems: string[];
}

function read(report: string): Resources {
  const found: Resources = { kernels: new Set(), architectures: new Set(), memory: 0, registers: 0, problems: [] };
  let name = '';
  for (const line of report.split('\n')) {
    const entry = line.match(ENTRY);
    if (entry) {
      name = `${entry[1]} for ${entry[2]}`;
      found.kernels.add(name);
      found.architectures.add(entry[2]);
    }
    name = line.match(FUNCTION)?.[1] ?? name;
    const memory = line.match(MEMORY);
    if (memory) {
      found.memory++;
      if (memory.slice(1).some((bytes) => bytes !== '0')) found.problems.push(`${name}: ${line.trim()}`);
    }
    const registers = line.match(REGISTERS);
    if (registers) found.registers++;
    if (LOCAL.test(line)) found.problems.push(`${name}: ${line.trim()}`);
  }
  return found;
}

test('spills, stack frames and local memory are seen', () => {
  const header =
    "ptxas info    : Compiling entry function 'k' for 'sm_80'\nptxas info    : Function properties for k\n";
  const fine = '    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n';
  const use = 'ptxas info    : Used 32 registers, used 1 barriers, 376 bytes cmem[0]';
  assert.equal(read(header + fine + use).problems, []);
  for (const numbers of [
    [8, 0, 0],
    [0, 8, 0],
    [0, 0, 8],
  ]) {
    const [stack, stores, loads] = numbers;
    const bad = `    ${stack} bytes stack frame, ${stores} bytes spill stores, ${loads} bytes spill loads\n`;
    assert.is(read(header + bad + use).problems.length, 1, `${numbers}`);
  }
  assert.is(read(`${header + fine + use}, 16 bytes lmem`).problems.length, 1);
});

for (const build of ['cuda', 'cuda-one']) {
  const title = `no spills and no local memory, build/${build}`;
  const file = join(__dirname, '../../../build', build, 'resources.txt');
  if (!existsSync(file)) {
    skip(test, title, `there is no build/${build}/resources.txt: the CUDA library has not been built here`);
    continue;
  }
  test(title, () => {
    const { kernels, architectures, memory, registers, problems } = read(readFileSync(file, 'utf8'));
    assert.ok(kernels.size >= 10 * architectures.size, `${kernels.size} kernels`);
    assert.is(registers, kernels.size);
    assert.ok(memory >= kernels.size);
    assert.is(problems.join('\n'), '');
  });
}

/** The kernels of PTX in which something is missing: asynchronous copies and writes of 16 bytes. */
function narrow(ptx: string): { kernels: number; problems: string[] } {
  const kernels = ptx.split(/^\.visible \.entry /m).slice(1);
  const problems = kernels.flatMap((kernel) => {
    const name = kernel.slice(0, kernel.indexOf('('));
    const needs = {
      'a store of 16 bytes': /\bst\.global\S*\.v4\.[bfu]32/,
      'a copy of 16 bytes': /\bcp\.async\.cg\.shared\.global \S+, \S+, 16\b/,
    };
    return Object.entries(needs)
      .filter(([, access]) => !access.test(kernel))
      .map(([what]) => `${name} lacks ${what}`);
  });
  return { kernels: kernels.length, problems };
}

test('narrow stores and copies are seen', () => {
  const store = 'st.global.v4.u32 [%rd1], {%r1, %r2, %r3, %r4};\n';
  const copy = 'cp.async.cg.shared.global [%r1], [%rd1], 16;\n';
  const kernel = (name: string, body: string) => `.visible .entry ${name}(\n)\n{\n${body}}\n`;
  assert.equal(narrow(kernel('a', store + copy)), { kernels: 1, problems: [] });
  assert.is(narrow(kernel('a', copy)).problems.length, 1);
  assert.is(narrow(kernel('a', store + copy.replace('16', '4'))).problems.length, 1);
  assert.is(narrow(kernel('a', store) + kernel('b', copy + store.replace('v4', 'v2'))).problems.length, 2);
});

for (const build of ['cuda', 'cuda-one']) {
  const title = `accesses of 16 bytes in the hot kernels, build/${build}`;
  const file = join(__dirname, '../../../build', build, 'hot-kernels.ptx');
  if (!existsSync(file)) {
    skip(test, title, `there is no build/${build}/hot-kernels.ptx: the CUDA library has not been built here`);
    continue;
  }
  test(title, () => {
    const { kernels, problems } = narrow(readFileSync(file, 'utf8'));
    assert.is(kernels, 3);
    assert.is(problems.join('\n'), '');
  });
}

test.run();

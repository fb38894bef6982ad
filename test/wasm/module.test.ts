// The WebAssembly module in the repository is the one that its sources make, and what is embedded in the package is that module.
// runner: 20 s
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFLATED, SIZE, VERSION } from '../../lib/backends/wasm/embedded.js';
import { inflate } from '../../lib/backends/wasm/inflate.js';
import { webAssembly } from '../../lib/backends/wasm/web-assembly.js';
import { skip } from '../support/skip.js';

const test = suite('WebAssembly module');

const root = join(__dirname, '../../..');
const { build, compilerVersion, digestOfSources, sha256 } = require(join(root, 'scripts/build-wasm.js')) as {
  build(file: string): void;
  compilerVersion(): string | undefined;
  digestOfSources(): string;
  sha256(bytes: Uint8Array): string;
};
const file = join(root, 'native/wasm/squared_emd.wasm');
const note = JSON.parse(readFileSync(join(root, 'native/wasm/squared_emd.json'), 'utf8')) as Record<string, string>;

test('sources that have changed since it was built', () => {
  assert.is(digestOfSources(), note.sources, 'npm run build:wasm');
});

test('a module that was built from something else than was noted', () => {
  assert.is(sha256(readFileSync(file)), note.module, 'npm run build:wasm');
});

const rebuilt = 'the same compiler makes the same bytes';
const here = compilerVersion();
if (here === note.compiler) {
  test(rebuilt, () => {
    const folder = mkdtempSync(join(tmpdir(), 'squared-emd-wasm-'));
    try {
      const made = join(folder, 'made.wasm');
      build(made);
      assert.is(sha256(readFileSync(made)), note.module);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
} else {
  skip(test, rebuilt, `it was built by ${note.compiler}; here is ${here ?? 'no clang++-19'}`);
}

test('it is at most 250 KB, and needs nothing from its surroundings', () => {
  const bytes = readFileSync(file);
  assert.ok(bytes.length <= 250_000, `${bytes.length} bytes`);
  // Nothing is given to it.
  new (webAssembly().Instance)(new (webAssembly().Module)(bytes));
});

test('what is embedded is that module, and the package’s version', () => {
  assert.equal(Buffer.from(inflate(Buffer.from(DEFLATED, 'base64'), SIZE)), readFileSync(file));
  assert.is(VERSION, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
});

test('inflate: stored, fixed and dynamic blocks, of whatever bytes', () => {
  const levels = [
    { level: 0 },
    { level: 9 },
    { level: 9, strategy: constants.Z_FIXED },
    { level: 1, strategy: constants.Z_HUFFMAN_ONLY },
    { level: 6, strategy: constants.Z_RLE, memLevel: 1 },
  ];
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.nat(255), fc.nat(40_000)).map(([byte, count]) => new Uint8Array(count).fill(byte)),
    fc.string({ maxLength: 200 }).map((text) => new TextEncoder().encode(text.repeat(20))),
  );
  const check = fc.property(fc.array(part, { maxLength: 5 }), fc.constantFrom(...levels), (parts, options) => {
    const bytes = Buffer.concat(parts);
    assert.equal(Buffer.from(inflate(deflateRawSync(bytes, options), bytes.length)), bytes);
  });
  fc.assert(check, { numRuns: 200 });
});

test.run();

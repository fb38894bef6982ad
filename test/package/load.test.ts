// Where native code does not load, the error says why and what to do: each cause has its own remedy.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadFailure } from '../../lib/backends/load-failure.js';
import { checkIsa } from '../../lib/backends/node.js';
import { EmdError, info } from '../../lib/index.js';
import { skip } from '../support/skip.js';

const test = suite('load');

const root = join(__dirname, '../../..');
const addon = (require('node-gyp-build') as { path(folder: string): string }).path(root);
const platform = `${process.platform}-${process.arch}`;

interface Outcome {
  code?: string;
  message: string;
  name?: string;
  isa?: string;
}

/** What a process says that loads the package of a folder, with native code or not at all. */
function load(folder: string, node: string[] = [], env: Record<string, string> = {}): Outcome {
  const program = `
    try {
      console.log(JSON.stringify({ message: '', isa: require(${JSON.stringify(folder)}).info().isa }));
    } catch ({ code, message, name }) {
      console.log(JSON.stringify({ code, message, name }));
    }`;
  const { stdout, stderr } = spawnSync(process.execPath, [...node, '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, SQUARED_EMD_BACKEND: 'native', ...env },
  });
  assert.match(stdout, /^\{/, stderr);
  return JSON.parse(stdout) as Outcome;
}

function assertFails({ code, message, name }: Outcome, why: RegExp, remedy: RegExp): void {
  assert.is(name, 'EmdError', message);
  assert.is(code, 'NATIVE_LOAD_FAILED', message);
  assert.ok(
    message.startsWith(`squared-emd could not load its native code on ${platform}, Node ${process.versions.node}: `),
    message,
  );
  const [first, ...others] = message.split('\n');
  assert.match(first, why);
  assert.match(others.join('\n'), remedy);
}

/** A package as npm would install it, without binaries but those that `make` writes. */
function withPackage(make: (folder: string) => void, body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-load-'));
  try {
    cpSync(join(root, 'package.json'), join(folder, 'package.json'));
    cpSync(join(root, 'dist/lib'), join(folder, 'dist/lib'), { recursive: true });
    make(folder);
    body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const compiled = (folder: string) => join(folder, 'build/Release/squared_emd.node');

function write(file: string, contents: Buffer | string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

test('the addon that was compiled, and one that came with the package, whatever lies beside it', () => {
  withPackage(
    (folder) => write(compiled(folder), readFileSync(addon)),
    (folder) => assert.is(load(folder).isa, info().isa),
  );
  const prebuilds = (folder: string) => join(folder, 'prebuilds', platform);
  withPackage(
    (folder) => {
      write(join(prebuilds(folder), 'libsquared_emd_cuda.so'), 'no addon');
      write(join(prebuilds(folder), 'squared-emd.node'), readFileSync(addon));
    },
    (folder) => assert.is(load(folder).isa, info().isa),
  );
});

test('a package without binaries: it is compiled by a command', () => {
  withPackage(
    () => {},
    (folder) => assertFails(load(folder), /the package holds none for /, /npx squared-emd build\. .*C\+\+17/),
  );
});

test('a package with binaries for other platforms alone', () => {
  withPackage(
    (folder) => write(join(folder, 'prebuilds/plan9-mips/squared-emd.node'), ''),
    (folder) => assertFails(load(folder), /holds binaries for plan9-mips\./, /npx squared-emd build/),
  );
});

test('a checkout in which nothing has been compiled', () => {
  withPackage(
    (folder) => write(join(folder, 'lib/index.ts'), ''),
    (folder) => assertFails(load(folder), /not been compiled in this checkout/, /npm ci/),
  );
});

for (const [name, contents] of [
  ['empty', ''],
  ['a text', `${'<html>not found</html>'.repeat(20)}`],
]) {
  test(`a file that is ${name}`, () => {
    withPackage(
      (folder) => write(compiled(folder), contents),
      (folder) => assertFails(load(folder), /its file is damaged/, /install it again[\s\S]*File: .*squared_emd\.node/),
    );
  });
}

// Headers of binaries, as much as is read of them.
const elf = (machine: number) => {
  const bytes = Buffer.alloc(256);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(3, 16);
  bytes.writeUInt16LE(machine, 18);
  return bytes;
};
const mach = (cpu: number) => {
  const bytes = Buffer.alloc(256);
  bytes.writeUInt32BE(0xcffaedfe, 0);
  bytes.writeUInt32LE(cpu, 4);
  return bytes;
};
const pe = (machine: number) => {
  const bytes = Buffer.alloc(256);
  bytes.write('MZ');
  bytes.writeUInt32LE(128, 60);
  bytes.write('PE', 128);
  bytes.writeUInt16LE(machine, 132);
  return bytes;
};
const BINARIES: [made: string, bytes: Buffer][] = [
  ['linux-x64', elf(62)],
  ['linux-arm64', elf(183)],
  ['linux-another processor', elf(8)],
  ['darwin-x64', mach(0x01000007)],
  ['darwin-arm64', mach(0x0100000c)],
  ['win32-x64', pe(0x8664)],
  ['win32-arm64', pe(0xaa64)],
];
for (const [made, bytes] of BINARIES) {
  if (made === platform) continue;
  test(`node_modules that come from ${made}`, () => {
    withPackage(
      (folder) => write(compiled(folder), bytes),
      (folder) =>
        assertFails(
          load(folder),
          new RegExp(`was built for ${made}, and this is ${platform}`),
          /\.dockerignore.* npx squared-emd build/,
        ),
    );
  });
}

test('node --no-addons', () => assertFails(load(root, ['--no-addons']), /runs with --no-addons/, /NODE_OPTIONS/));

const [major, minor] = process.versions.node.split('.').map(Number);
const title = "Node's permission model: refused without --allow-addons, and enough with the package's folder";
if (major < 20 || (major === 20 && minor < 12))
  skip(test, title, `Node ${process.versions.node} has no --allow-addons`);
else {
  test(title, () => {
    const permission = [
      major < 22 ? '--experimental-permission' : '--permission',
      `--allow-fs-read=${root}`,
      '--no-warnings',
    ];
    assertFails(load(root, permission), /permission model/, /--allow-addons and --allow-fs-read=/);
    assert.is(load(root, [...permission, '--allow-addons']).isa, info().isa);
  });
}

// What systems say that are not at hand.
const WORDS: [words: string, why: RegExp, remedy: RegExp][] = [
  [
    "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.99' not found (required by /x/squared_emd.node)",
    /built on a newer system: it needs GLIBC_2\.99, which the glibc/,
    /Compile it on the system that runs it: npx squared-emd build/,
  ],
  [
    "/lib64/libstdc++.so.6: version `GLIBCXX_3.4.99' not found (required by /x/squared_emd.node)",
    /it needs GLIBCXX_3\.4\.99, which the libstdc\+\+ of this one has not/,
    /npx squared-emd build/,
  ],
  [
    'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /x/squared_emd.node)',
    /built for glibc, and this system has musl/,
    /apk add .* npx squared-emd build/,
  ],
  ['Error relocating /x/squared_emd.node: __memcpy_chk: symbol not found', /built for glibc/, /apk add/],
  [
    'libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory',
    /built for musl .*this system has glibc/,
    /npx squared-emd build/,
  ],
  [
    'libstdc++.so.6: cannot open shared object file: No such file or directory',
    /it needs libstdc\+\+\.so\.6, which this system has not/,
    /apt-get install libstdc\+\+6/,
  ],
  [
    'Error loading shared library libstdc++.so.6: No such file or directory (needed by /x/squared_emd.node)',
    /it needs libstdc\+\+\.so\.6/,
    /apk add libstdc\+\+/,
  ],
  ['/x/squared_emd.node: failed to map segment from shared object', /noexec/, /Install elsewhere/],
  [
    'something that nobody has thought of',
    /the system refuses it/,
    /npx squared-emd build[\s\S]*The system says: something that nobody/,
  ],
];
for (const [words, why, remedy] of WORDS) {
  test(`the system says: ${words}`, () => {
    const error = Object.assign(new Error(words), { code: 'ERR_DLOPEN_FAILED' });
    const failure = loadFailure({ root: '/x', file: '/x/squared_emd.node', error });
    assertFails(failure, why, remedy);
    assert.is(failure.cause, error);
    assert.ok(failure.message.endsWith(`The system says: ${words}`));
  });
}

if (process.platform === 'linux') {
  test('a binary that needs a newer glibc', () => {
    const text = readFileSync(addon).toString('latin1');
    const [version] = text.match(/GLIBC_2\.\d\d/) as [string];
    withPackage(
      (folder) => write(compiled(folder), Buffer.from(text.replaceAll(version, 'GLIBC_2.99'), 'latin1')),
      (folder) =>
        assertFails(
          load(folder),
          /it needs GLIBC_2\.99, which the glibc 2\.\d+ of this one has not/,
          /npx squared-emd build/,
        ),
    );
  });
}

test('the command says it, too', () => {
  withPackage(
    (folder) => {
      cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
    },
    (folder) => {
      const info = (env: Record<string, string>) =>
        spawnSync(process.execPath, [join(folder, 'bin/squared-emd.js'), 'info'], {
          encoding: 'utf8',
          env: { ...process.env, ...env },
        });
      const refused = info({ SQUARED_EMD_BACKEND: 'native' });
      assert.is(refused.status, 1);
      assert.match(refused.stderr, /^squared-emd could not load [\s\S]*npx squared-emd build/);
      const fallen = info({});
      assert.is(fallen.status, 0);
      assert.match(fallen.stdout, /\nWebAssembly computes\. squared-emd could not load [\s\S]*npx squared-emd build/);
    },
  );
});

for (const name of ['AVX2', 'sse9', ' ', 'baseline,avx2', 'x'.repeat(10_000)]) {
  test(`SQUARED_EMD_ISA=${JSON.stringify(name).slice(0, 20)} is an error that names those that there are`, () => {
    const { code, message, name: kind } = load(root, [], { SQUARED_EMD_ISA: name });
    assert.is(kind, 'EmdError');
    assert.is(code, 'INVALID_ENVIRONMENT');
    const expected = info()
      .isas.map((isa) => `'${isa}'`)
      .join(', ');
    const received = JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}...` : name);
    assert.is(
      message,
      `SQUARED_EMD_ISA: expected an instruction set of this processor, ${expected}, received ${received}`,
    );
    const env = { ...process.env, SQUARED_EMD_ISA: name };
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin/squared-emd.js'), 'info'], {
      encoding: 'utf8',
      env,
    });
    assert.is(status, 1);
    assert.is(stderr, `${message}\n`);
  });
}

test('SQUARED_EMD_ISA: an instruction set that the processor lacks', () => {
  let caught: unknown;
  try {
    checkIsa(['baseline'], 'avx512');
  } catch (error) {
    caught = error;
  }
  assert.instance(caught, EmdError);
  assert.is(
    (caught as EmdError).message,
    `SQUARED_EMD_ISA: expected an instruction set of this processor, 'baseline'; it lacks 'avx512', received "avx512"`,
  );
});

test('SQUARED_EMD_ISA that is empty is none', () => {
  assert.is(load(root, [], { SQUARED_EMD_ISA: '' }).isa, info().isas.at(-1));
});

test.run();

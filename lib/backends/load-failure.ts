// Why native code does not load, and what to do: each cause has its own remedy.
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { EmdError } from '../checks/emd-error.js';

/** What was tried. */
export interface Attempt {
  /** The package's folder. */
  root: string;
  /** The addon; undefined where there is none. */
  file?: string;
  /** What was thrown; undefined where there was nothing to load. */
  error?: unknown;
}

interface Explanation {
  why: string;
  remedy: string;
}

const { platform, arch, versions } = process;
const here = `${platform}-${arch}`;
const runtime = versions.bun
  ? `Bun ${versions.bun}`
  : versions.deno
    ? `Deno ${versions.deno}`
    : `Node ${versions.node}`;

/** The version of glibc that the process runs on; undefined where it has another library, or does not say. */
function glibcVersion(): string | undefined {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime;
}

export const isMusl = (): boolean => platform === 'linux' && !versions.deno && glibcVersion() === undefined;

const COMPILE = 'That needs Python 3, make and a C++17 compiler (Debian: apt-get install python3 make g++).';
const REBUILD = `Compile it on the system that runs it: npx squared-emd build. ${COMPILE}`;

/** There is nothing to load. */
function explainMissing(root: string): Explanation {
  const prebuilds = join(root, 'prebuilds');
  const others = existsSync(prebuilds) ? readdirSync(prebuilds) : [];
  const held = others.length === 0 ? '' : ` The package holds binaries for ${others.join(', ')}.`;
  if (existsSync(join(root, 'lib/index.ts'))) {
    return { why: 'it has not been compiled in this checkout.', remedy: `Run "npm ci". ${COMPILE}` };
  }
  return { why: `the package holds none for ${here}.${held}`, remedy: REBUILD };
}

/** What the runtime's permissions forbid. */
function explainPermission({ root }: Attempt, code: unknown, words: string): Explanation | undefined {
  if (versions.deno && /--allow-(ffi|read|env)/.test(words)) {
    return { why: 'Deno does not permit it.', remedy: `Run deno with --allow-ffi and --allow-read=${root}.` };
  }
  const permissions = (process as { permission?: unknown }).permission !== undefined;
  if (code === 'ERR_ACCESS_DENIED' || (code === 'ERR_DLOPEN_DISABLED' && permissions)) {
    return {
      why: "Node's permission model does not permit it.",
      remedy: `Run node with --allow-addons and --allow-fs-read=${root}, too.`,
    };
  }
  if (code !== 'ERR_DLOPEN_DISABLED') return undefined;
  return { why: 'Node runs with --no-addons.', remedy: 'Run it without, also in NODE_OPTIONS.' };
}

const ELF: Record<number, string> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' };
const PE: Record<number, string> = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' };
const MACH: Record<number, string> = { 16777223: 'x64', 16777228: 'arm64' };

/** What a binary is for, as far as its first bytes say; undefined if it is no binary. */
export function madeFor(bytes: Buffer): { platform: string; arch: string | undefined } | undefined {
  if (bytes.length < 64) return undefined;
  const magic = bytes.readUInt32BE(0);
  if (magic === 0x7f454c46) {
    const unix = platform === 'win32' || platform === 'darwin' ? 'linux' : platform;
    return { platform: unix, arch: ELF[bytes.readUInt16LE(18)] };
  }
  if (magic === 0xcffaedfe) return { platform: 'darwin', arch: MACH[bytes.readUInt32LE(4)] };
  if (magic === 0xcafebabe) return { platform: 'darwin', arch };
  if (magic >>> 16 !== 0x4d5a) return undefined;
  const header = bytes.readUInt32LE(60);
  return { platform: 'win32', arch: header + 6 <= bytes.length ? PE[bytes.readUInt16LE(header + 4)] : undefined };
}

function firstBytes(file: string): Buffer {
  const bytes = Buffer.alloc(1024);
  const descriptor = openSync(file, 'r');
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** A file that is not a binary for this platform. */
function explainFile({ file }: Attempt): Explanation | undefined {
  if (file === undefined || !existsSync(file)) return undefined;
  const made = madeFor(firstBytes(file));
  if (!made) {
    return { why: 'its file is damaged.', remedy: 'Remove the folder of the package, and install it again.' };
  }
  const known = Object.values(ELF).includes(arch);
  if (made.platform === platform && (made.arch === arch || !known)) return undefined;
  return {
    why: `it was built for ${made.platform}-${made.arch ?? 'another processor'}, and this is ${here}: node_modules comes from another system.`,
    remedy: `Install on the system that runs it, and do not copy node_modules there (in Docker: list it in .dockerignore). ${REBUILD}`,
  };
}

/** Libraries that the system lacks. */
function explainLibraries(words: string): Explanation | undefined {
  const version = /version [`'](GLIBC|GLIBCXX|CXXABI)_([\d.]+)' not found/.exec(words);
  if (version) {
    const name = version[1] === 'GLIBC' ? 'glibc' : 'libstdc++';
    const found = version[1] === 'GLIBC' && glibcVersion() !== undefined ? ` ${glibcVersion()}` : '';
    return {
      why: `it was built on a newer system: it needs ${version[1]}_${version[2]}, which the ${name}${found} of this one has not.`,
      remedy: REBUILD,
    };
  }
  if (/libc\.musl|ld-musl/.test(words)) {
    return { why: 'it was built for musl (Alpine Linux), and this system has glibc.', remedy: REBUILD };
  }
  if (/ld-linux|Error relocating|libc\.so\.6: No such file/.test(words)) {
    return {
      why: 'it was built for glibc, and this system has musl (Alpine Linux).',
      remedy: `Compile it there: apk add python3 make g++, then npx squared-emd build.`,
    };
  }
  const library = /(?:loading shared library )?(\S+\.so[.\d]*): (?:cannot open shared object file|No such file)/.exec(
    words,
  );
  if (!library) return undefined;
  return {
    why: `it needs ${library[1]}, which this system has not.`,
    remedy:
      'Install it (Debian: apt-get install libstdc++6; Alpine: apk add libstdc++; Fedora: dnf install libstdc++).',
  };
}

function explain(attempt: Attempt, code: unknown, words: string): Explanation {
  if (attempt.error === undefined) return explainMissing(attempt.root);
  const known = explainPermission(attempt, code, words) ?? explainFile(attempt) ?? explainLibraries(words);
  if (known) return known;
  if (/failed to map segment/.test(words)) {
    return {
      why: 'it is on a file system that is mounted with "noexec".',
      remedy: `Install elsewhere, or mount it with "exec".`,
    };
  }
  return { why: 'the system refuses it.', remedy: REBUILD };
}

/** The error of an attempt that failed. */
export function loadFailure(attempt: Attempt): EmdError {
  const { error, file } = attempt;
  const { code } = (error ?? {}) as { code?: unknown };
  const words = error instanceof Error ? error.message.trim() : error === undefined ? '' : String(error);
  const { why, remedy } = explain(attempt, code, words);
  const details = [file && `File: ${file}`, words && `The system says: ${words}`]
    .filter(Boolean)
    .map((line) => `\n${line}`);
  return new EmdError(
    'NATIVE_LOAD_FAILED',
    `squared-emd could not load its native code on ${here}, ${runtime}: ${why}\n${remedy}${details.join('')}`,
    error === undefined ? undefined : { cause: error },
  );
}

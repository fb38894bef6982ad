// How the modules of lib hang together, and that those for other runtimes than Node.js need nothing of it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { buildSync } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('modules');

const root = join(__dirname, '../../..');

type Graph = Map<string, string[]>;

const SPECIFIER = /(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*['"]([^'"]+)['"]/g;

/** What a file imports, types among it: files by their paths, packages by their names. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return Array.from(text.matchAll(SPECIFIER), ([, name]) =>
    name.startsWith('.') ? normalize(join(dirname(file), name)) : name,
  );
}

/** All that is reached from some files. */
function graphFrom(entries: readonly string[]): Graph {
  const graph: Graph = new Map();
  const left = [...entries];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (graph.has(file)) continue;
    const imports = importsOf(file);
    graph.set(file, imports);
    left.push(...imports.filter((name) => name.startsWith(root)));
  }
  return graph;
}

/** The nodes of a cycle, the first once more at the end; undefined where there is none. */
function cycleIn(graph: Graph): string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const found = visit(next, [...path, node]);
      if (found) return found;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const found = visit(node, []);
    if (found) return found;
  }
  return undefined;
}

const shown = (path: string) => (path.startsWith(root) ? relative(root, path) : path);

/** The sources of lib by their imports from one another. */
function sources(): Graph {
  const lib = join(root, 'lib');
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) => /\.m?ts$/.test(name));
  const asSource = (path: string) => path.replace(/js$/, 'ts');
  return new Map(
    files.map((name) => [
      join(lib, name),
      importsOf(join(lib, name))
        .filter((path) => path.startsWith(lib))
        .map(asSource),
    ]),
  );
}

test('no file of lib imports itself through others', () => {
  const graph = sources();
  assert.ok(graph.size > 60, `${graph.size} files`);
  for (const imports of graph.values()) for (const path of imports) assert.ok(graph.has(path), `${path} is a file`);
  assert.is(cycleIn(graph)?.map(shown).join(' -> '), undefined);
});

test('no folder of lib imports itself through others', () => {
  const folders: Graph = new Map();
  for (const [file, imports] of sources()) {
    // Each entry point beside the folders is one of its own.
    const roomOf = (path: string) => {
      const name = relative(join(root, 'lib'), path);
      return name.includes(sep) ? name.split(sep)[0] : name;
    };
    const room = roomOf(file);
    const others = imports.map(roomOf).filter((other) => other !== room);
    folders.set(room, [...new Set([...(folders.get(room) ?? []), ...others])]);
  }
  assert.is(cycleIn(folders)?.join(' -> '), undefined);
});

const ENTRIES = [
  'wasm.js',
  ...['index', 'onnxruntime', 'tfjs', 'jax'].map((name) => `web/${name}.js`),
  'metrics.js',
  'webgpu.js',
];

/** What each build imports of other packages: pages without a bundler find none, but who uses TensorFlow.js or jax-js knows where it is. */
const PACKAGES: Record<string, string[]> = {
  esm: ['@tensorflow/tfjs-core', '@jax-js/jax'],
  cjs: ['@protobuf-ts/runtime', '@tensorflow/tfjs-core', '@jax-js/jax'],
  lib: ['@protobuf-ts/runtime', '@tensorflow/tfjs-core', '@jax-js/jax'],
};

for (const build of Object.keys(PACKAGES)) {
  test(`entry points for other runtimes import no module of Node.js: dist/${build}`, () => {
    const graph = graphFrom(ENTRIES.map((name) => join(root, 'dist', build, name)));
    assert.ok(graph.size > 60, `${graph.size} files`);
    const builtin = new Set(builtinModules);
    for (const [file, imports] of graph) {
      for (const name of imports) {
        assert.not(name.startsWith('node:') || builtin.has(name), `${shown(file)} imports ${name}`);
        if (name.startsWith('.') || name.startsWith(root)) continue;
        assert.ok(PACKAGES[build].includes(name), `${shown(file)} imports ${name}`);
      }
    }
  });
}

test('metrics load neither a backend nor what writes ONNX models', () => {
  const files = [...graphFrom([join(root, 'dist/esm/metrics.js')]).keys()].map(shown);
  for (const file of files) assert.not.match(file, /esm\/(backends|gpu|onnx|expression|loss|learned)\//);
});

test('WebGPU loads no backend', () => {
  const files = [...graphFrom([join(root, 'dist/esm/webgpu.js')]).keys()].map(shown);
  assert.ok(files.includes('dist/esm/webgpu/loss.js'), `${files}`);
  const backends = files.filter((file) => /esm\/(backends|gpu|onnx|expression|learned)\//.test(file));
  assert.equal(backends, ['dist/esm/backends/enumerations.js']);
});

test('a bundle of metrics has neither the operators of expressions nor what makes ground distances', () => {
  const { metafile } = buildSync({
    stdin: { contents: "export * from './dist/esm/metrics.js'", resolveDir: root },
    bundle: true,
    format: 'esm',
    write: false,
    metafile: true,
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  const used = Object.keys(inputs).filter((name) => inputs[name].bytesInOutput > 0);
  assert.ok(used.includes('dist/esm/distances/between.js'), `${used}`);
  assert.equal(
    used.filter((name) => /esm\/(operators|expression|distances\/(forms|kinds|negative-type))/.test(name)),
    [],
  );
});

function run(...parameters: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { cwd: root, encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return stdout;
}

/** What a program says of the package as another runtime than Node.js loads it. */
const PROGRAM = `
  const report = [metrics.accuracy([1, 0], [1, 1])];
  const tree = index.tree([-1, 0, 0]);
  report.push(index.GroundDistance.fromJSON(JSON.parse(JSON.stringify(tree))).classes);
  report.push(metrics.meanDistance([1], [2], tree, { classes: 3 }));
  report.push(onnx.exportOnnx({ classes: 3, groundDistance: tree }).length > 1000);
  report.push(typeof tfjs.emdLoss());
  const attempts = [
    () => new index.EmdLoss({ classes: 2 }).evaluate(new Float32Array(2), [0]),
    () => index.pairwiseDistances(new Float32Array(2), { rows: 2 }),
    () => new index.ClassCentroids({ classes: 2, features: 1 }).update(),
    () => index.info(),
    () => index.DeviceArray.allocate('float32', 1),
  ];
  for (const attempt of attempts) {
    try {
      attempt();
      report.push('computed');
    } catch ({ name, code, message }) {
      report.push(name + ' ' + code + ' ' + /GPUs are used by native code alone/.test(message));
    }
  }
  console.log(JSON.stringify(report));`;
const COMPUTED = new Array(4).fill('computed');
const EXPECTED = JSON.stringify([0.5, 3, 2, true, 'function', ...COMPUTED, 'EmdError CUDA_UNAVAILABLE true']);

test('ES modules outside of Node.js: everything computes but what needs a GPU, which says why it does not', () => {
  const imports = Object.entries({ index: 'web/index', metrics: 'metrics', onnx: 'web/onnxruntime', tfjs: 'web/tfjs' })
    .map(([name, file]) => `import * as ${name} from './dist/esm/${file}.js';`)
    .join('\n');
  assert.is(run('--no-addons', '--input-type=module', '-e', `${imports} ${PROGRAM}`).trim(), EXPECTED);
});

test('jax-js has a copy for `import` and one for `require`: the package takes arrays of the one that is used beside it', () => {
  const program = (jax: string, own: string) => `
    ${jax}
    ${own}
    const check = async () => {
      await jax.init('wasm');
      jax.defaultDevice('wasm');
      console.log(emdLoss(jax.numpy.zeros([1, 2]), [0]).loss.item());
    };
    check();`;
  const modules = ["import * as jax from '@jax-js/jax';", "import { emdLoss } from 'squared-emd/jax';"] as const;
  const required = ["const jax = require('@jax-js/jax');", "const { emdLoss } = require('squared-emd/jax');"] as const;
  assert.is(run('--input-type=module', '-e', program(...modules)).trim(), '0.25');
  assert.is(run('--input-type=commonjs', '-e', program(...required)).trim(), '0.25');
});

/** Where the conditions lead that a bundler sets. */
function resolved(name: string, conditions: readonly string[]): string {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  let target: unknown = exports[name];
  while (typeof target === 'object' && target !== null) {
    const known = Object.entries(target).find(([key]) => key === 'default' || conditions.includes(key));
    target = known?.[1];
  }
  return target as string;
}

test('export conditions: Node.js gets what loads native code, everything else what does not', () => {
  for (const name of ['.', './metrics', './onnxruntime', './tfjs', './jax', './webgpu']) {
    const file = name === '.' ? 'index' : name.slice(2);
    const web = ['metrics', 'webgpu'].includes(file) ? file : `web/${file}`;
    assert.is(resolved(name, ['node', 'import']), `./dist/lib/${file}.mjs`);
    assert.is(resolved(name, ['node', 'require']), `./dist/lib/${file}.js`);
    for (const others of [[], ['browser'], ['worker']]) {
      assert.is(resolved(name, [...others, 'import']), `./dist/esm/${web}.js`);
      assert.is(resolved(name, [...others, 'require']), `./dist/cjs/${web}.js`);
    }
    assert.is(resolved(name, ['types', 'node', 'import']), `./dist/lib/${file}.d.mts`);
    assert.is(resolved(name, ['types', 'import']), `./dist/lib/${file}.d.mts`);
    assert.is(resolved(name, ['types', 'require']), `./dist/lib/${file}.d.ts`);
  }
});

test('export conditions of squared-emd/wasm, and of its module', () => {
  assert.is(resolved('./wasm', ['node', 'import']), './dist/cjs/wasm.mjs');
  assert.is(resolved('./wasm', ['node', 'require']), './dist/cjs/node-wasm.js');
  assert.is(resolved('./wasm', ['browser', 'require']), './dist/cjs/wasm.js');
  assert.is(resolved('./wasm', ['browser', 'import']), './dist/esm/wasm.js');
  assert.is(resolved('./squared_emd.wasm', []), './native/wasm/squared_emd.wasm');
});

test("CommonJS computes under the browser condition, too, which jest's jsdom asks for in Node.js", () => {
  const entry = JSON.stringify(join(root, resolved('.', ['browser', 'require'])));
  const program = `console.log(require(${entry}).emdLoss(new Float32Array(2), [0], { classes: 2 }).loss)`;
  assert.is(run('-e', program).trim(), '0.25');
});

test.run();

// Puts the part of @protobuf-ts/runtime that is used into dist/esm, with its licence: a page without a bundler finds no packages.
const { readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { buildSync } = require('esbuild');

const NAME = '@protobuf-ts/runtime';

exports.bundleProtobuf = (root) => {
  const folder = join(root, 'dist/esm/onnx');
  const runtime = dirname(require.resolve(`${NAME}/package.json`));
  const { version, license, homepage } = require(`${NAME}/package.json`);
  const file = join(folder, 'protobuf.js');
  buildSync({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
    banner: { js: `/*! ${NAME} ${version}, ${license}, ${homepage}. Its licence: protobuf.LICENSE.txt */` },
  });
  // That of Google's part stands at the top of its file.
  const [google] = readFileSync(join(runtime, 'build/es2015/goog-varint.js'), 'utf8').match(/^(\/\/.*\n)+/);
  const licence = readFileSync(join(runtime, 'LICENSE'), 'utf8');
  writeFileSync(join(folder, 'protobuf.LICENSE.txt'), `${licence}\n\n${google.replace(/^\/\/ ?/gm, '')}`);
};

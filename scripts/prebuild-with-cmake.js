#!/usr/bin/env node
// What prebuildify runs in place of node-gyp: the addon with CMake and, where there is a CUDA compiler, the CUDA library
// beside it, which prebuildify copies along. SQUARED_EMD_CUDA=OFF leaves that out.
const { spawnSync } = require('node:child_process');

function run(command, parameters) {
  const { status, error } = spawnSync(command, parameters, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const passedOn = process.argv.slice(2).filter((parameter) => /^--(arch|debug)/.test(parameter));
run('cmake-js', ['compile', ...passedOn]);

const wanted = process.env.SQUARED_EMD_CUDA ?? 'AUTO';
if (wanted !== 'OFF') {
  const folder = 'build/cuda';
  run('cmake', ['-S', '.', '-B', folder, '-DCMAKE_BUILD_TYPE=Release', `-DSQUARED_EMD_CUDA=${wanted}`]);
  run('cmake', ['--build', folder, '-j', '2']);
}

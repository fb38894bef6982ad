// What may end a process that uses a GPU, each in a child process.
import { survives } from '../hazards/child.js';
import { gpuSuite } from './gpu.js';

const test = gpuSuite('crashes with a GPU');

for (const manner of ['alone', 'terminated', 'exiting', 'throwing']) {
  test(`workers with work in flight: ${manner}`, () => void survives('../gpu/workers', [manner]));
}

test('garbage collection of everything but the work', () => {
  survives('../gpu/collected', [], { node: ['--expose-gc'] });
});

for (const manner of ['exit', 'exit-later', 'exit-handler', 'throw']) {
  test(`the process ends with work in flight: ${manner}`, () => {
    survives('../gpu/leaving', [manner], { code: 7 });
  });
}
test('the process waits for work', () => void survives('../gpu/leaving', ['return']));

test.run();

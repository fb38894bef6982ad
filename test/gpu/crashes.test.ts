// What may end a process that uses a GPU, each in a child process.
import { programsOf } from '../support/child.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('crashes with a GPU');
const survives = programsOf(__dirname);

for (const manner of ['alone', 'terminated', 'exiting', 'throwing']) {
  test(`workers with work in flight: ${manner}`, () => void survives('workers', [manner]));
}

test('garbage collection of everything but the work', () => {
  survives('collected', [], { node: ['--expose-gc'] });
});

for (const manner of ['exit', 'exit-later', 'exit-handler', 'throw']) {
  test(`the process ends with work in flight: ${manner}`, () => {
    survives('leaving', [manner], { code: 7 });
  });
}
test('the process waits for work', () => void survives('leaving', ['return']));

test.run();

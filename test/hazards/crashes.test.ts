// What may end a process, each in a child process.
// runner: 35 s
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { info } from '../../lib/index.js';
import { programsOf } from '../support/child.js';

const test = suite('crashes');
const survives = programsOf(__dirname);

test('a worker that alone loads the addon, and ends, again and again', () => void survives('workers', ['alone']));
test('workers terminated with calls in flight', () => void survives('workers', ['terminated']));
test('workers that call process.exit with calls in flight', () => void survives('workers', ['exiting']));
test('workers that die of an error with calls in flight', () => void survives('workers', ['throwing']));
test('workers terminated at random times while they load the package', () => void survives('terminated', ['loading']));
test('workers terminated at random times while native code throws', () => void survives('terminated', ['throwing']));
test('workers terminated with calls of a ClassCentroids in flight', () => void survives('terminated-centroids'));

test('calls that leave the collector more than their results', () =>
  void survives('allocating', [], { node: ['--expose-gc'] }));

for (const loop of [
  'matrices',
  'matrices that take the place of others',
  'gaps',
  'unit distances of every size',
  'trees',
  'losses',
  'refreshed distances',
]) {
  test(`a synchronous loop that makes new ${loop} does not grow`, () =>
    void survives('growing', [loop], { node: ['--expose-gc'] }));
}

test('garbage collection of everything but the call', () => void survives('collected', [], { node: ['--expose-gc'] }));

for (const manner of ['exit', 'exit-later', 'exit-handler', 'throw']) {
  test(`the process ends with calls in flight: ${manner}`, () => void survives('leaving', [manner], { code: 7 }));
}
test('the process waits for a call', () => void survives('leaving', ['return']));

test('labels, logits and weights that another thread overwrites during the call', () => void survives('racing'));

// Other systems have no limit on address space, or none that a shell sets.
if (process.platform === 'linux') {
  test('a call for which there is no memory, and the next one', () => void survives('out-of-memory'));
}

test('idle threads do not spin', () => void survives('idle'));

const isaOf = (name: string) => {
  const [line] = survives('instruction-set', [], { env: { SQUARED_EMD_ISA: name } }).split('\n');
  return JSON.parse(line) as { isa: string; isas: string[]; loss: number };
};

for (const name of info().isas) {
  test(`SQUARED_EMD_ISA=${name} is obeyed`, () =>
    assert.equal(isaOf(name), { isa: name, isas: info().isas, loss: 0.875 }));
}

test.run();

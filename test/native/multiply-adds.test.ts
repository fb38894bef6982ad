// The multiply-adds that benchmarks compare products with: none too few, or a share of the peak would be of another peak.
// runner: numeric
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addon } from '../../lib/backends/node.js';
import { info } from '../../lib/index.js';
import { skip } from '../support/skip.js';

const test = suite('multiply-adds');

function check(name: string, body: () => void): void {
  if (info().backend === 'native') test(name, body);
  else skip(test, name, 'native code alone has such a loop');
}

check('does at least as many as asked for, in whole steps', () => {
  for (const count of [0, 1, 47, 1000, 1_000_000]) {
    const done = addon().multiplyAdds(count);
    assert.ok(done >= count && done < count + 256, `${count}: ${done}`);
  }
});

check('refuses what is no count', () => {
  for (const count of [-1, 0.5, 2 ** 31, Number.NaN]) assert.throws(() => addon().multiplyAdds(count), RangeError);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Random } from '../../shared/oracle/random.js';
import { allPairs, pairsOf } from '../support/covering.js';

const test = suite('covering array');

const values = { a: [1, 2, 3, 4, 5], b: ['x', 'y', 'z'], c: [true, false], d: ['p', 'q', 'r'] } as const;
const allowed = ({ a, b, c }: { a?: number; b?: string; c?: boolean }) => !(a === 3 && b === 'y') && !(b === 'z' && c);

test('contains every allowed pair and nothing that is not allowed', () => {
  const rows = allPairs(values, allowed, new Random(1));
  for (const row of rows) assert.ok(allowed(row), JSON.stringify(row));
  for (const pair of pairsOf(values)) {
    const found = rows.some((row) => Object.entries(pair).every(([name, value]) => row[name as 'a'] === value));
    assert.is(found, allowed(pair as object), JSON.stringify(pair));
  }
});

test('is small', () => {
  assert.ok(allPairs(values, allowed, new Random(2)).length <= 20);
});

test('complains about a pair that cannot be completed', () => {
  const never = ({ a, b }: { a?: number; b?: string }) => a !== 1 || b === undefined;
  assert.throws(() => allPairs(values, never, new Random(3)), /no allowed combination contains {"a":1/);
});

test.run();

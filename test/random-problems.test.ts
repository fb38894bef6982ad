// Random problems that shrink to a small one when they fail.
import fc from 'fast-check';
import { suite } from 'uvu';
import { checkProblem } from './check.js';
import { allowed, type Description, GROUNDS, MOODS, makeProblem } from './problems.js';
import { scaled, seed } from './scale.js';

const test = suite('random problems');

const descriptions = fc
  .record<Description>({
    classes: fc.oneof(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 2, max: 300 })),
    rows: fc.integer({ min: 0, max: 40 }),
    inner: fc.constantFrom('none', 'some', 'all'),
    ground: fc.constantFrom(...GROUNDS),
    power: fc.constantFrom(2, 1),
    input: fc.constantFrom('logits', 'probabilities'),
    targets: fc.constantFrom('index', 'distribution'),
    normalization: fc.constantFrom('sum', 'mean', 'root-mean', 'nima'),
    reduction: fc.constantFrom('mean', 'sum', 'none'),
    mix: fc.constantFrom('emd', 'both', 'cross-entropy'),
    weights: fc.constantFrom('none', 'class', 'sample', 'both'),
    ignore: fc.boolean(),
    upstream: fc.constantFrom('none', 'scalar', 'rows'),
    mood: fc.constantFrom(...MOODS),
  })
  .filter(allowed);

test('any combination of options and sizes', () => {
  fc.assert(
    fc.property(descriptions, fc.nat(), (description, problemSeed) => {
      checkProblem(makeProblem(description, problemSeed), 'result');
    }),
    { seed, numRuns: scaled(1500, 20_000), includeErrorInReport: true },
  );
});

test.run();

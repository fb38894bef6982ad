// Random problems that shrink to a small one when they fail.
// runner: numeric
import fc from 'fast-check';
import { suite } from 'uvu';
import { allowed, CHOICES, type Description, GROUNDS, makeProblem } from '../../shared/oracle/problems.js';
import { checkProblem } from '../support/check.js';
import { scaled, seed } from '../support/scale.js';

const test = suite('random problems');

const descriptions = fc
  .record<Description>({
    classes: fc.oneof(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 2, max: 300 })),
    rows: fc.integer({ min: 0, max: 40 }),
    ground: fc.constantFrom(...GROUNDS),
    inner: fc.constantFrom(...CHOICES.inner),
    power: fc.constantFrom(...CHOICES.power),
    input: fc.constantFrom(...CHOICES.input),
    targets: fc.constantFrom(...CHOICES.targets),
    normalization: fc.constantFrom(...CHOICES.normalization),
    reduction: fc.constantFrom(...CHOICES.reduction),
    mix: fc.constantFrom(...CHOICES.mix),
    weights: fc.constantFrom(...CHOICES.weights),
    ignore: fc.constantFrom(...CHOICES.ignore),
    upstream: fc.constantFrom(...CHOICES.upstream),
    mood: fc.constantFrom(...CHOICES.mood),
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

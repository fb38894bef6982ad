import { type Group, ORDERED } from './case.js';

export const smallCalls: Group = {
  title: 'Small calls: what a call costs by itself',
  cases: [
    { ...ORDERED, rows: 1, classes: 8, quick: true },
    { ...ORDERED, rows: 1, classes: 1000 },
    { ...ORDERED, rows: 16, classes: 10 },
  ],
};

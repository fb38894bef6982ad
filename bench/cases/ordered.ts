import { type Case, type Group, ORDERED } from './case.js';

const shape = (rows: number, classes: number, quick = false): Case => ({ ...ORDERED, rows, classes, quick });

export const ordered: Group = {
  title: 'Ordered, squared, index targets',
  cases: [
    shape(128, 2),
    shape(128, 8, true),
    shape(65536, 10),
    shape(512, 32),
    shape(256, 64),
    shape(256, 101, true),
    shape(1024, 1000, true),
    shape(4096, 1000),
    shape(512, 8192),
    shape(128, 21841),
    shape(64, 32768),
  ],
};

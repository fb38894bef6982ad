import { type Case, type Group, nameOf } from './case.js';

/** Which cases to run. */
export interface Selection {
  quick: boolean;
  /** Words, all of which must be in a case's name. */
  filter: readonly string[];
  classes?: readonly number[];
  rows?: readonly number[];
}

/** The groups with the selected cases. If rows and classes are given, every kind of case has these shapes, listed or not. */
export function select(groups: readonly Group[], { quick, filter, classes, rows }: Selection): Group[] {
  const listed = groups.map(({ title, cases }) => ({ title, cases: cases.filter((work) => !quick || work.quick) }));
  const wanted = (work: Case) =>
    filter.every((word) => wordsOf(nameOf(work)).includes(word)) &&
    (!classes || classes.includes(work.classes)) &&
    (!rows || rows.includes(work.rows));
  return (rows && classes ? [reshape(listed, rows, classes)] : listed)
    .map(({ title, cases }) => ({ title, cases: cases.filter(wanted) }))
    .filter(({ cases }) => cases.length > 0);
}

const wordsOf = (text: string) => text.split(/[\s,]+/);

/** Every kind of case, once in each shape. */
function reshape(groups: readonly Group[], rows: readonly number[], classes: readonly number[]): Group {
  const kinds = new Map(groups.flatMap(({ cases }) => cases.map((work) => [work.kind, work])));
  const shapes = rows.flatMap((r) => classes.map((c) => ({ rows: r, classes: c })));
  return {
    title: 'Shapes as asked for',
    cases: [...kinds.values()].flatMap((work) =>
      // In dense prediction, all rows are the pixels of one image.
      shapes.map((shape) => ({ ...work, ...shape, inner: work.inner === undefined ? undefined : shape.rows })),
    ),
  };
}

import type { Random } from '../../shared/oracle/random.js';

type Values = Record<string, readonly unknown[]>;
type Choice<V extends Values> = { [K in keyof V]: V[K][number] };

/**
 * An all-pairs covering array: a few combinations of the parameters' values, in which every allowed pair of values of two
 * parameters occurs. `allowed` is also called for incomplete combinations, which it judges by the values they have.
 */
export function allPairs<V extends Values>(
  values: V,
  allowed: (partial: Partial<Choice<V>>) => boolean,
  random: Random,
): Choice<V>[] {
  const names = Object.keys(values);
  const open = new Map<string, Partial<Choice<V>>>();
  for (const pair of pairsOf(values)) if (allowed(pair)) open.set(keyOf(pair), pair);

  const rows: Choice<V>[] = [];
  while (open.size > 0) {
    const [first] = open.values();
    const row = complete(values, names, first, allowed, open, random);
    rows.push(row);
    for (const pair of pairsIn(row, names)) open.delete(keyOf(pair));
  }
  return rows;
}

/** Every pair of values of two different parameters. */
export function pairsOf<V extends Values>(values: V): Partial<Choice<V>>[] {
  const names = Object.keys(values);
  return names.flatMap((a, i) =>
    names
      .slice(i + 1)
      .flatMap((b) => values[a].flatMap((x) => values[b].map((y) => ({ [a]: x, [b]: y }) as Partial<Choice<V>>))),
  );
}

function pairsIn<V extends Values>(row: Partial<Choice<V>>, names: string[]): Partial<Choice<V>>[] {
  const set = names.filter((name) => name in row);
  return set.flatMap((a, i) =>
    set.slice(i + 1).map((b) => ({ [a]: row[a], [b]: row[b] }) as unknown as Partial<Choice<V>>),
  );
}

const keyOf = (pair: object) => JSON.stringify(pair);

// Fills in the other parameters greedily, in random order: with the value that covers most open pairs, the first on a tie.
function complete<V extends Values>(
  values: V,
  names: string[],
  start: Partial<Choice<V>>,
  allowed: (partial: Partial<Choice<V>>) => boolean,
  open: Map<string, unknown>,
  random: Random,
): Choice<V> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const row: Record<string, unknown> = { ...start };
    const stuck = random.shuffled(names).some((name) => {
      if (name in row) return false;
      const gain = (value: unknown) =>
        names.filter((other) => other in row && open.has(keyOf(inOrder(names, other, row[other], name, value)))).length;
      const candidates = random
        .shuffled(values[name])
        .filter((value) => allowed({ ...row, [name]: value } as Partial<Choice<V>>))
        .map((value) => ({ value, gain: gain(value) }));
      if (candidates.length === 0) return true;
      row[name] = candidates.reduce((best, next) => (next.gain > best.gain ? next : best)).value;
      return false;
    });
    if (!stuck) return row as Choice<V>;
  }
  throw new Error(`no allowed combination contains ${JSON.stringify(start)}`);
}

const inOrder = (names: string[], a: string, x: unknown, b: string, y: unknown) =>
  names.indexOf(a) < names.indexOf(b) ? { [a]: x, [b]: y } : { [b]: y, [a]: x };

// A picture for each ground distance: where its classes are, and how far mistakes are off. All are as wide as a phone's screen.
import { card, line, mark, round, text } from './card.js';

const WIDTH = 360;

/** The pictures as texts of SVG files, by file name. */
export function groundPictures(): Record<string, string> {
  return {
    ordered: ordered(),
    circular: circular(),
    tree: tree(),
    matrix: matrix(),
    energy: energy(),
    learned: learned(),
  };
}

interface Point {
  x: number;
  y: number;
  name: string;
}

const picture = (title: string, note: string, height: number, parts: readonly string[]): string =>
  card(title, { width: WIDTH, height }, [
    text(12, 24, title, 'title'),
    ...parts,
    mark('dot', 'gain', 18, height - 16),
    text(28, height - 12, note, 'small'),
  ]);

/** A class: the right one is filled. */
const classAt = ({ x, y }: Point, right = false): string => mark(right ? 'dot' : 'ring', right ? 'gain' : 'open', x, y);

/** A class with its name below. */
const named = (point: Point, right = false): string[] => [
  classAt(point, right),
  text(point.x, point.y + 20, point.name, 'small', 'middle'),
];

const edge = (a: Point, b: Point, style: string): string => line(a.x, a.y, b.x, b.y, style);

/** A bracket over part of the line, with the distance that it measures. */
function bracket(from: number, to: number, y: number, words: string, style: string): string[] {
  return [
    line(from, y, to, y, style),
    line(from, y - 5, from, y + 5, style),
    line(to, y - 5, to, y + 5, style),
    text((from + to) / 2, y - 7, words, 'small', 'middle'),
  ];
}

/** Ages of 20, 30, 40, 60 and 80 years. */
function ordered(): string {
  const y = 118;
  const at = [20, 30, 40, 60, 80].map((age) => ({ x: 36 + 4.8 * (age - 20), y, name: `${age}` }));
  return picture('A line: ages', 'the right class', 170, [
    edge(at[0], at[4], 'zero'),
    ...bracket(at[1].x, at[2].x, 88, '10', 'gain'),
    ...bracket(at[1].x, at[4].x, 60, '50 years for all of the mass at 80', 'open'),
    ...at.flatMap((point, i) => named(point, i === 1)),
  ]);
}

/** Twelve of the hours; the way from 22 to 2 goes through midnight. */
function circular(): string {
  const [cx, cy, r] = [104, 126, 72];
  const place = (hour: number, radius: number) => {
    const angle = (2 * Math.PI * (hour - 6)) / 24;
    return { x: cx + radius * Math.cos(angle), y: cy + radius * Math.sin(angle), name: `${hour}` };
  };
  const hours = Array.from({ length: 12 }, (_, i) => 2 * i);
  return picture('A circle: hours of the day', 'the right class', 238, [
    `<circle class="zero" cx="${cx}" cy="${cy}" r="${r}" fill="none"/>`,
    ...arc(place(22, r), place(2, r), r, 'gain'),
    ...hours.map((hour) => classAt(place(hour, r), hour === 22)),
    ...[0, 6, 12, 18, 22, 2].map((hour) => {
      const { x, y, name } = place(hour, r - 17);
      return text(x, y + 4, name, 'small', 'middle');
    }),
    text(192, 76, '2 to 22: 4 hours,'),
    text(192, 94, 'over midnight'),
    text(192, 132, '20 on a line', 'small'),
  ]);
}

const arc = (from: Point, to: Point, r: number, style: string): string[] => [
  `<path class="${style}" style="fill: none" d="M${round(from.x)} ${round(from.y)} A${r} ${r} 0 0 1 ${round(to.x)} ${round(to.y)}"/>`,
];

/** Two kinds of animals, with two breeds each. */
function tree(): string {
  const point = (x: number, y: number, name: string): Point => ({ x, y, name });
  const root = point(180, 56, 'animal');
  const [dog, cat] = [point(98, 100, 'dog'), point(262, 100, 'cat')];
  const breeds = ['poodle', 'terrier', 'siamese', 'persian'].map((name, i) =>
    point(54 + 88 * i - (i > 1 ? 6 : 0), 150, name),
  );
  const parents = [dog, dog, cat, cat];
  return picture('A tree: a taxonomy', 'the right class', 218, [
    edge(root, dog, 'open'),
    edge(root, cat, 'open'),
    ...breeds.map((breed, i) => edge(breed, parents[i], i < 2 ? 'gain' : i === 2 ? 'open' : 'zero')),
    ...[dog, cat, root].map((one) => classAt(one)),
    text(root.x + 10, root.y - 2, root.name, 'small'),
    text(dog.x - 10, dog.y - 6, dog.name, 'small', 'end'),
    text(cat.x + 10, cat.y - 6, cat.name, 'small'),
    ...breeds.flatMap((breed, i) => named(breed, i === 0)),
    text(98, 188, '2 edges', 'small', 'middle'),
    text(breeds[2].x, 188, '4 edges', 'small', 'middle'),
  ]);
}

/** Costs that somebody has written down, of which those in the row of the right class count. */
function matrix(): string {
  const names = ['a', 'b', 'c', 'd'];
  const costs = [
    [0, 1, 4, 2],
    [1, 0, 2, 5],
    [4, 2, 0, 1],
    [2, 5, 1, 0],
  ];
  const [left, top, size, right] = [52, 62, 30, 1];
  return picture('A matrix: a table of costs', 'the right class', 222, [
    ...names.flatMap((name, i) => [
      text(left + size * (i + 0.5), top - 8, name, 'small', 'middle'),
      text(left - 14, top + size * (i + 0.5) + 4, name, 'small', 'middle'),
    ]),
    mark('dot', 'gain', left - 32, top + size * (right + 0.5)),
    ...costs.flatMap((row, i) =>
      row.map((cost, j) =>
        text(
          left + size * (j + 0.5),
          top + size * (i + 0.5) + 5,
          `${cost}`,
          i === right ? undefined : 'small',
          'middle',
        ),
      ),
    ),
    ...names
      .concat('')
      .flatMap((_, i) => [
        line(left, top + size * i, left + 4 * size, top + size * i, 'grid'),
        line(left + size * i, top, left + size * i, top + 4 * size, 'grid'),
      ]),
    ...[right, right + 1].map((i) => line(left, top + size * i, left + 4 * size, top + size * i, 'gain')),
    text(186, 88, 'Each class by itself:'),
    text(186, 108, 'p²(a) + 2 p²(c) + 5 p²(d)', 'small'),
    text(186, 146, 'Whether c and d are', 'small'),
    text(186, 162, 'near is not asked.', 'small'),
  ]);
}

/** Classes anywhere, with distances between all pairs. */
function energy(): string {
  const at: Point[] = [
    { x: 56, y: 128, name: 'pork' },
    { x: 92, y: 70, name: 'beef' },
    { x: 168, y: 146, name: 'fish' },
    { x: 274, y: 62, name: 'fruit' },
    { x: 318, y: 116, name: 'sweets' },
  ];
  const pairs = at.flatMap((a, i) => at.slice(i + 1).map((b) => edge(a, b, 'zero')));
  return picture('Energy: distances, nothing else', 'the right class', 208, [
    ...pairs,
    edge(at[0], at[1], 'gain'),
    edge(at[0], at[4], 'open'),
    ...at.flatMap((point, i) =>
      point.y < 100
        ? [classAt(point), text(point.x, point.y - 10, point.name, 'small', 'middle')]
        : named(point, i === 0),
    ),
  ]);
}

/** Samples in the space of the network's features, and the means of their classes. */
function learned(): string {
  const means: Point[] = [
    { x: 74, y: 122, name: '' },
    { x: 148, y: 86, name: '' },
    { x: 296, y: 108, name: '' },
  ];
  const around = [
    [-24, -8],
    [-12, 18],
    [-6, -22],
    [14, 14],
    [22, -12],
    [4, 26],
    [27, 5],
  ];
  return picture('Learned: the network’s own features', 'a class’s mean, anew after every epoch', 196, [
    ...means.flatMap(({ x, y }, i) =>
      around.map(
        ([dx, dy]) => `<circle class="zero" fill="none" cx="${x + dx}" cy="${y + (i === 1 ? -dy : dy)}" r="2.5"/>`,
      ),
    ),
    edge(means[0], means[1], 'gain'),
    edge(means[1], means[2], 'open'),
    edge(means[0], means[2], 'open'),
    ...means.map((mean) => mark('dot', 'gain', mean.x, mean.y)),
    text(98, 92, 'near', 'small', 'end'),
    text(222, 84, 'far', 'small', 'middle'),
  ]);
}

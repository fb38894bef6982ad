// The cases of the GPU bench: loss and gradient from logits and class indices on the line, the most common in training, at many
// sizes; other ground distances and targets at one size.
import { circular, type DType, type EmdOptions, energy, matrix, tree } from 'squared-emd';

export interface GpuCase {
  classes: number;
  rows: number;
  dtype: HalfOrFull;
  /** Default: the line, power 2, class indices. */
  form?: Form;
}

/** Everything about a call but its sizes. */
export interface Form {
  name: string;
  power?: 1 | 2;
  distributions?: true;
}

const FORMS: readonly Form[] = [
  { name: 'ordered', power: 1 },
  ...['circular', 'tree', 'matrix'].flatMap((name) => [{ name }, { name, power: 1 as const }]),
  { name: 'energy' },
];
const DISTRIBUTIONS: readonly Form[] = ['ordered', 'circular', 'tree', 'energy'].map((name) => ({
  name,
  distributions: true,
}));
const FORM_CLASSES = [8, 10, 101, 1000];

/** The options of a form. Trees have four children per node; matrices and energies are of distances on the line. */
export function optionsOf({ classes, form }: GpuCase): EmdOptions {
  const groundDistance = () => {
    if (form?.name === 'circular') return circular();
    if (form?.name === 'tree') return tree(Int32Array.from({ length: classes }, (_, i) => (i - 1) >> 2).fill(-1, 0, 1));
    if (form?.name !== 'matrix' && form?.name !== 'energy') return undefined;
    const distances = Float32Array.from({ length: classes ** 2 }, (_, i) =>
      Math.abs(Math.floor(i / classes) - (i % classes)),
    );
    return form.name === 'matrix' ? matrix(distances) : energy(distances);
  };
  return { classes, reduction: 'sum', power: form?.power ?? 2, groundDistance: groundDistance() };
}

export type HalfOrFull = Extract<DType, 'float32' | 'float16' | 'bfloat16'>;

export const CLASSES = [2, 8, 10, 32, 101, 1000, 8192, 32000, 128256];
export const BYTES = [4 << 20, 64 << 20, 1 << 30];
export const DTYPES: readonly HalfOrFull[] = ['float32', 'float16', 'bfloat16'];

/** Sizes at which a call is little more than a launch. */
export const SMALL: readonly GpuCase[] = [
  { classes: 8, rows: 128, dtype: 'float32' },
  { classes: 101, rows: 256, dtype: 'float32' },
  { classes: 1000, rows: 32, dtype: 'float32' },
];

export const elementBytes = (dtype: HalfOrFull) => (dtype === 'float32' ? 4 : 2);

/** All numbers of classes and types, with so many rows that the predictions have about this many bytes. */
export function largeCases(
  classes: readonly number[],
  bytes: readonly number[],
  dtypes: readonly HalfOrFull[],
): GpuCase[] {
  return bytes.flatMap((size) =>
    dtypes.flatMap((dtype) =>
      classes.map((count) => ({
        classes: count,
        rows: Math.max(1, Math.floor(size / elementBytes(dtype) / count)),
        dtype,
      })),
    ),
  );
}

/** Forms at one size, those with distributions in each type, the others in float32. */
export function formCases(classes: readonly number[], bytes: number, dtypes: readonly HalfOrFull[]): GpuCase[] {
  const casesOf = (forms: readonly Form[], dtype: HalfOrFull) =>
    FORM_CLASSES.filter((count) => classes.includes(count)).flatMap((count) =>
      forms.map((form) => ({ classes: count, rows: Math.floor(bytes / elementBytes(dtype) / count), dtype, form })),
    );
  return [...casesOf(FORMS, 'float32'), ...dtypes.flatMap((dtype) => casesOf(DISTRIBUTIONS, dtype))];
}

const nameOfForm = ({ name, power = 2, distributions }: Form) =>
  ` ${name}, power ${power}${distributions ? ', distributions' : ''}`;

export const nameOf = ({ rows, classes, dtype, form }: GpuCase) =>
  `${rows} x ${classes} ${dtype}${form ? nameOfForm(form) : ''}`;

/** What a test says of one prelude function: how to call it, on what, and its formula written once more. */

/** An argument or a parameter: a tensor of random numbers in `range`, or the given numbers. */
export interface ProbeInput {
  readonly type: 'f32' | 'i32';
  readonly shape: readonly number[];
  readonly range: readonly [number, number];
  readonly values?: readonly number[];
}

export type Shape = readonly number[];

export type Formula = (inputs: Readonly<Record<string, readonly number[]>>) => readonly number[];

export interface Probe {
  /** The definition that this is about. */
  readonly of: string;
  /** In the language, of the inputs' names. */
  readonly call: string;
  /** A named instance of a layer that the call applies: `d = Dense(4)`; its parameters are inputs too, `d.W`. */
  readonly instance?: string;
  /** Declarations that the call needs beside the prelude. */
  readonly helpers?: string;
  /** Compiled as in training; else as in evaluation. */
  readonly training?: boolean;
  readonly inputs: Readonly<Record<string, ProbeInput>>;
  readonly resultShape: readonly number[];
  /** The value, from the inputs in row-major order. */
  readonly formula: Formula;
  /** The same of inputs of other shapes, by their names, and of the result; where it is written for any. */
  readonly reshaped?: ShapedFormula;
  /** The inputs whose gradients are compared with central differences; none for what has no derivative. */
  readonly differentiable: readonly string[];
}

/** Of inputs of any shape: the shapes by their names, and that of the result. */
export type ShapedFormula = (shapes: Readonly<Record<string, Shape>>, result: Shape) => Formula;

export const shapesOf = (inputs: Probe['inputs']): Readonly<Record<string, Shape>> =>
  Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));

/** A probe whose formula is written for any shape. */
export const ofAnyShape = (probe: Omit<Probe, 'formula' | 'reshaped'>, reshaped: ShapedFormula): Probe => ({
  ...probe,
  formula: reshaped(shapesOf(probe.inputs), probe.resultShape),
  reshaped,
});

export const width = (shape: Shape | undefined): number => shape!.at(-1)!;

export const tensor = (shape: readonly number[], range: readonly [number, number] = [-3, 3]): ProbeInput => ({
  type: 'f32',
  shape,
  range,
});

/** Class numbers 0 … classes - 1. */
export const labels = (shape: readonly number[], classes: number): ProbeInput => ({
  type: 'i32',
  shape,
  range: [0, classes - 1],
});

export const given = (
  type: 'f32' | 'i32',
  shape: readonly number[],
  values: readonly number[],
  range: readonly [number, number] = [0, 0],
): ProbeInput => ({ type, shape, range, values });

export const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export const average = (values: readonly number[]): number => total(values) / values.length;

/** The rows of a matrix of `width` columns. */
export const rows = (values: readonly number[], width: number): readonly (readonly number[])[] =>
  Array.from({ length: values.length / width }, (_, r) => values.slice(r * width, (r + 1) * width));

export const positionOfLargest = (row: readonly number[]): number => row.indexOf(Math.max(...row));

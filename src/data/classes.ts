/**
 * The codes of class names: those of the data that the model learned from. They are kept beside the weights, in the
 * metadata, as `classes.<input>`: for each column its names in the order of their codes, or null for numbers. So
 * every later use of the weights counts a class as the training did.
 */

import { meant } from '../../compiler/check/problems/suggest.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { ColumnCodes } from '../../runtime/data/csv.ts';
import { DataError } from '../../runtime/errors.ts';

/** By input. */
export type Classes = ReadonlyMap<string, ColumnCodes>;

const prefix = 'classes.';

/** Those that were known, and what newer data says of other inputs. */
export const withClasses = (known: Classes, read: Classes): Classes =>
  new Map([...known, ...[...read].filter(([, codes]) => codes.some((names) => names !== undefined))]);

export const classMetadata = (classes: Classes): readonly (readonly [string, string])[] =>
  [...classes].map(([input, codes]) => [
    `${prefix}${input}`,
    JSON.stringify(codes.map((names) => (names === undefined ? null : [...names.keys()]))),
  ]);

/** What the metadata of a weights file says of class names. */
export function readClasses(
  { model, inputs }: Pick<TypedProgram, 'model' | 'inputs'>,
  metadata: ReadonlyMap<string, string>,
  file: string,
): Classes {
  const known = inputs.map(({ label }) => label.name);
  const classes = new Map<string, ColumnCodes>();
  for (const [name, text] of metadata) {
    if (!name.startsWith(prefix)) continue;
    const input = name.slice(prefix.length);
    if (!known.includes(input)) {
      throw new DataError(`${file}: ${name} is for an input that ${model} has not; ${meant(input, known)}`);
    }
    const codes = codesOf(text);
    if (codes === undefined) {
      throw new DataError(
        `${file}: ${name} in its metadata is damaged: expected the class names of each column, found ${text.slice(0, 60)}`,
      );
    }
    classes.set(input, codes);
  }
  return classes;
}

function codesOf(text: string): ColumnCodes | undefined {
  const columns = parsed(text);
  if (!Array.isArray(columns)) return undefined;
  const codes = columns.map((names: unknown) => (names === null ? undefined : namesOf(names)));
  return codes.every((names) => names !== 'none') ? codes : undefined;
}

function namesOf(names: unknown): ReadonlyMap<string, number> | 'none' {
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return 'none';
  const codes = new Map(names.map((name, code) => [name, code]));
  return codes.size === names.length ? codes : 'none';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

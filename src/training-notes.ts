/**
 * A model and what it is trained with in; what a beginner would want to be told of it out: inputs far from unit scale, and
 * targets that the output can never be. Nothing is changed.
 */
import type { EquationTensor, LeafTensor, Tensor, TypedProgram } from '../compiler/check/typed.ts';
import type { Expr } from '../compiler/scalar/expr.ts';
import type { ProgramTensor } from '../runtime/data/convert.ts';
import { extremesOf } from './extremes.ts';
import { libraryCall } from './library-functions.ts';
import { numberText } from './progress.ts';
import { sameUnits } from './same-units.ts';

type Inputs = ReadonlyMap<string, ProgramTensor>;

/** Standardised already, where they are. */
export function trainingNotes(program: TypedProgram, inputs: Inputs): readonly string[] {
  return program.inputs.flatMap((input) => {
    const tensor = inputs.get(input.label.name);
    if (input.dtype !== 'f32' || tensor === undefined || tensor.data.length === 0) return [];
    return [
      ...scaleNote(input, tensor),
      ...(input.kind === 'target' ? outsideNote(program, input, tensor) : []),
    ];
  });
}

/** The root of the mean square of what learns well is about 1; further off than this is told. */
const furthest = 10;

function scaleNote({ label: { name }, kind }: LeafTensor, { data }: ProgramTensor): readonly string[] {
  const { least, most, root } = extremesOf(data);
  const isFar = root > furthest || (root > 0 && root < 1 / furthest ** 2);
  if (!isFar) return [];
  const what =
    kind === 'target' ? 'losses and gradients are of that size' : 'training is slow or fails so far from 1';
  return [
    `${name} goes from ${numberText(least)} to ${numberText(most)}: ${what}; --standardize ${name} helps`,
  ];
}

interface Bounds {
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

/** What functions give, by their names here and in the prelude. */
const bounds: Readonly<Record<string, readonly [least: number, most: number]>> = {
  tanh: [-1, 1],
  hard_tanh: [-1, 1],
  sigmoid: [0, 1],
  hard_sigmoid: [0, 1],
  relu: [0, Number.POSITIVE_INFINITY],
  relu6: [0, 6],
  softplus: [0, Number.POSITIVE_INFINITY],
  exp: [0, Number.POSITIVE_INFINITY],
  sin: [-1, 1],
  cos: [-1, 1],
};

/** Where what is compared with the target ends in a function whose values have bounds. */
function outsideNote(program: TypedProgram, target: LeafTensor, { data }: ProgramTensor): readonly string[] {
  const { least, most } = extremesOf(data);
  const name = target.label.name;
  for (const tensor of sameUnits(program, target, 1)) {
    if (tensor.kind !== 'equation') continue;
    const found = boundsOf(tensor);
    if (found === undefined || (least >= found.least && most <= found.most)) continue;
    const said = Number.isFinite(found.most)
      ? `between ${found.least} and ${found.most}`
      : `${found.least} or more`;
    return [
      `${name} goes from ${numberText(least)} to ${numberText(most)}, and ${tensor.label.name} is ${found.name}(…), which is ${said}`,
    ];
  }
  return [];
}

function boundsOf({ body, reduce }: EquationTensor): Bounds | undefined {
  if (reduce !== undefined) return undefined;
  const name = libraryCall(body)?.name ?? builtinName(body);
  const found = name === undefined ? undefined : bounds[name];
  return found === undefined ? undefined : { name: name!, least: found[0], most: found[1] };
}

const builtinName = (e: Expr<Tensor>): string | undefined => (e.kind === 'call' ? e.fn : undefined);

/**
 * A model and what it is trained with in; what a beginner would want to be told of it out: inputs far from unit scale, and
 * targets that the output can never be. Nothing is changed.
 */
import type { EquationTensor, LeafTensor, Tensor, TypedProgram } from '../../compiler/check/typed.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import type { CallExpression } from '../../grammar/ast.ts';
import type { ProgramTensor } from '../../runtime/data/convert.ts';
import { extremesOf } from '../data/extremes.ts';
import type { Parsed } from '../model/checked-model.ts';
import { libraryCall } from '../model/library-functions.ts';
import { sameUnits } from '../model/same-units.ts';
import { numberText } from '../terminal/progress.ts';

type Inputs = ReadonlyMap<string, ProgramTensor>;

/** Standardised already, where they are. */
export function trainingNotes(parsed: Parsed, program: TypedProgram, inputs: Inputs): readonly string[] {
  return program.inputs.flatMap((input) => {
    const tensor = inputs.get(input.label.name);
    if (input.dtype !== 'f32' || tensor === undefined || tensor.data.length === 0) return [];
    const losses = lossesWith(parsed, program.model, input.label.name);
    const isTarget = input.kind === 'target' || losses.length > 0;
    const outside = [
      ...losses.flatMap((loss) => lossNote(loss, input, tensor)),
      ...(isTarget ? outsideNote(program, input, tensor) : []),
    ];
    // To be standardised would not help there.
    return outside.length > 0 ? outside.slice(0, 1) : scaleNote(input, tensor);
  });
}

/** What a loss compares with: any number, a share of what there is, or one of two signs. */
const compared = {
  mse: 'numbers',
  mae: 'numbers',
  huber: 'numbers',
  smooth_l1: 'numbers',
  bce: 'shares',
  bce_with_logits: 'shares',
  cross_entropy: 'shares',
  soft_cross_entropy: 'shares',
  focal: 'shares',
  dice: 'shares',
  iou_loss: 'shares',
  hinge: 'signs',
  squared_hinge: 'signs',
  logistic_margin: 'signs',
  exponential_margin: 'signs',
  perceptron_criterion: 'signs',
} as const;

type Loss = keyof typeof compared;

/** The losses of the prelude that the model calls with an input as it is. */
function lossesWith({ main, used }: Parsed, model: string, input: string): readonly Loss[] {
  const declarations = [main, ...used].flatMap((file) => file.declarations);
  const found = declarations.find((one) => one.kind === 'model' && one.name.name === model);
  if (found === undefined) return [];
  const own = new Set(declarations.flatMap((one) => (one.kind === 'train' ? [] : [one.name.name])));
  const isInput = ({ value }: CallExpression['arguments'][number]): boolean =>
    value.kind === 'name' && value.name === input;
  const losses = callsIn(found).flatMap(({ callee, arguments: given }) =>
    callee.kind === 'name' && isLoss(callee.name) && !own.has(callee.name) && given.some(isInput)
      ? [callee.name]
      : [],
  );
  return [...new Set(losses)];
}

const isLoss = (name: string): name is Loss => Object.hasOwn(compared, name);

/** Of a syntax tree, whatever else it is made of. */
function callsIn(node: unknown): readonly CallExpression[] {
  if (typeof node !== 'object' || node === null) return [];
  const inside = Object.entries(node).flatMap(([name, part]) => (name === 'span' ? [] : callsIn(part)));
  return 'kind' in node && node.kind === 'call' ? [node as CallExpression, ...inside] : inside;
}

function lossNote(loss: Loss, { label: { name } }: LeafTensor, { data }: ProgramTensor): readonly string[] {
  const { least, most } = extremesOf(data);
  const note = (taken: string): readonly string[] => [
    `${name} goes from ${numberText(least)} to ${numberText(most)}, and ${loss} compares with ${taken}`,
  ];
  switch (compared[loss]) {
    case 'numbers':
      return [];
    case 'shares':
      return least < 0 || most > 1 ? note('what is between 0 and 1') : [];
    case 'signs':
      return Math.abs(least) !== 1 || Math.abs(most) !== 1 ? note('-1 and 1') : [];
  }
  return compared[loss] satisfies never;
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

function boundsOf(tensor: EquationTensor): Bounds | undefined {
  const { body, reduce } = tensor;
  if (reduce !== undefined) return undefined;
  if (isSoftmax(tensor)) return { name: 'softmax', least: 0, most: 1 };
  const name = libraryCall(body)?.name ?? builtinName(body);
  const found = name === undefined ? undefined : bounds[name];
  return found === undefined ? undefined : { name: name!, least: found[0], most: found[1] };
}

/** Exponentials, divided by their sum. */
function isSoftmax({ body }: EquationTensor): boolean {
  if (body.kind !== 'call' || body.fn !== 'divide') return false;
  const [part, whole] = body.operands;
  if (part?.kind !== 'load' || whole?.kind !== 'load') return false;
  const [parts, sum] = [part.value, whole.value];
  return (
    parts.kind === 'equation' &&
    builtinName(parts.body) === 'exp' &&
    sum.kind === 'equation' &&
    sum.reduce?.by === 'sum' &&
    sum.body.kind === 'load' &&
    sum.body.value === parts
  );
}

const builtinName = (e: Expr<Tensor>): string | undefined => (e.kind === 'call' ? e.fn : undefined);

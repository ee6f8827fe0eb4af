/** A model of two numbers in; what it says at each point of the plane, with the data upon it, as a picture out. */
import type { LeafTensor, Output, TypedProgram } from '../../compiler/check/typed.ts';
import { inputsOf } from '../../compiler/lower/index.ts';
import { classifierOf } from '../data/classifier.ts';
import { batchAxis } from '../data/dataset.ts';
import { extremesOf } from '../data/extremes.ts';
import type { Tensors } from '../data/inputs.ts';
import { standardised } from '../data/standards.ts';
import { UsageError } from '../terminal/failure.ts';
import {
  classColour,
  classTint,
  type Field,
  fieldChart,
  type Key,
  strength,
  symbols,
} from '../views/field-chart.ts';
import { pictureColour } from '../views/palette.ts';
import type { Opened } from './opened.ts';

/** Points along each axis at which the model is asked. */
const across = 120;
/** Of what the data span, that much is shown on each side of them. */
const beyond = 0.12;
const mostClasses = 8;

interface Sample {
  readonly x: number;
  readonly y: number;
  readonly is: number;
}

export async function boundaryPlot(opened: Opened): Promise<string> {
  const { program, tensors, standards, classes } = opened;
  const { input, output, target, scores } = askedOf(program, tensors);
  const { name } = input.label;
  const axis = batchAxis(program);
  const given = tensors.get(name);
  if (given === undefined || axis === undefined)
    throw new UsageError(`give --data ${name}=FILE: its rows say which part of the plane is drawn`);
  const values = Array.from(given.data, Number);
  const labels = target === undefined ? undefined : tensors.get(target);
  const samples = Array.from(
    { length: values.length / 2 },
    (_, row): Sample => ({
      x: values[2 * row]!,
      y: values[2 * row + 1]!,
      is: labels === undefined ? 0 : Number(labels.data[row]!),
    }),
  );
  const [x, y] = [spanOf(samples.map((s) => s.x)), spanOf(samples.map((s) => s.y))];
  const grid = Float32Array.from({ length: 2 * across * across }, (_, k) => {
    const point = k >> 1;
    const share = (at: number): number => (at + 0.5) / across;
    return k % 2 === 0
      ? x.from + share(point % across) * (x.to - x.from)
      : y.to - share(Math.floor(point / across)) * (y.to - y.from);
  });
  const runner = await opened.load(new Map([[axis, across * across]]), {
    kind: 'run',
    outputs: [output.name],
  });
  const taken = standardised(
    new Map([[name, { dtype: 'f32' as const, shape: [across * across, 2], data: grid }]]),
    standards,
  );
  runner.write(name, taken.get(name)!.data);
  await runner.run();
  const said = await runner.read(output.name);
  const names = [...(classes.get(target ?? '')?.[0]?.keys() ?? [])];
  const look = scores === 0 ? asNumbers(output.name, said) : asClasses(said, scores, names);
  return fieldChart({
    title: `${output.name} over ${name}`,
    x: { label: `${name}[0]`, ...x },
    y: { label: `${name}[1]`, ...y },
    columns: across,
    rows: across,
    ...look,
    marks: (plot) =>
      (labels === undefined ? [0] : [...new Set(samples.map((s) => s.is))].sort((a, b) => a - b)).map((is) =>
        plot.dot(
          samples.filter((sample) => sample.is === is),
          {
            x: 'x',
            y: 'y',
            symbol: symbols[is % symbols.length]!,
            r: 3.5,
            fill: scores === 0 || labels === undefined ? pictureColour('ink') : classColour(is),
            stroke: 'white',
            strokeWidth: 0.8,
          },
        ),
      ),
  });
}

interface Asked {
  readonly input: LeafTensor;
  readonly output: Output;
  readonly target: string | undefined;
  /** Scores a sample; 0 where the output is a number of its own. */
  readonly scores: number;
}

/** The input of two numbers a sample, and the first output that is made of it alone: of a classifier, its scores. */
function askedOf(program: TypedProgram, tensors: Tensors): Asked {
  const { model, inputs, outputs } = program;
  const input = inputs.find(
    ({ kind, dtype, dims }) =>
      kind === 'input' && dtype === 'f32' && dims.length === 2 && dims[1]!.extent === 2,
  );
  if (input === undefined)
    throw new UsageError(
      `model ${model} has no input of two numbers a sample, as \`input x: f32[B, 2]\`: its plane cannot be drawn`,
    );
  const fits = (output: Output): boolean =>
    output.role === 'output' &&
    output.tensor.dtype === 'f32' &&
    inputsOf(output).every((name) => name === input.label.name) &&
    output.tensor.dims[0]?.name === input.dims[0]!.name;
  const isBinary = (target: string): boolean => {
    const labels = tensors.get(target);
    return (
      labels !== undefined && Array.from(labels.data, Number).every((label) => label === 0 || label === 1)
    );
  };
  const found = classifierOf(program, () => true, isBinary);
  const scores = found && outputs.find((output) => output.name === found.output && fits(output));
  if (found && scores && found.classes <= mostClasses)
    return { input, output: scores, target: found.target, scores: found.classes };
  const output = outputs.find(
    (one) => fits(one) && one.tensor.dims.slice(1).every(({ extent }) => extent === 1),
  );
  if (output !== undefined) return { input, output, target: undefined, scores: 0 };
  throw new UsageError(
    `model ${model} has no output that is a number or scores of classes for each row of ${input.label.name} alone`,
  );
}

function spanOf(values: readonly number[]): { readonly from: number; readonly to: number } {
  const { least, most } = extremesOf(values);
  const room = most > least ? beyond * (most - least) : 1;
  return { from: least - room, to: most + room };
}

type Look = Pick<Field, 'at' | 'keys'>;

function asNumbers(name: string, said: ArrayLike<number>): Look {
  const { least, most } = extremesOf(said);
  const share = (value: number): number => (most > least ? (value - least) / (most - least) : 0.5);
  return {
    at: (column, row) => strength(share(said[row * across + column]!)),
    keys: [{ kind: 'scale', name, least, most }],
  };
}

/** The colour of the likeliest class, the stronger the further it is before the next. */
function asClasses(said: ArrayLike<number>, scores: number, names: readonly string[]): Look {
  const count = scores === 1 ? 2 : scores;
  const isShare = Array.from(said).every((p) => p >= -1e-6 && p <= 1 + 1e-6);
  const sharesAt = (point: number): readonly number[] => {
    const own = Array.from({ length: scores }, (_, c) => said[point * scores + c]!);
    if (scores === 1) {
      const p = isShare ? own[0]! : 1 / (1 + Math.exp(-own[0]!));
      return [1 - p, p];
    }
    if (isShare) return own;
    const highest = own.reduce((a, b) => Math.max(a, b));
    const powers = own.map((score) => Math.exp(score - highest));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  };
  return {
    at: (column, row) => {
      const shares = sharesAt(row * across + column);
      const [first, second] = shares.toSorted((a, b) => b - a);
      return classTint(shares.indexOf(first!), 0.12 + 0.45 * (first! - second!));
    },
    keys: Array.from(
      { length: count },
      (_, k): Key => ({ kind: 'mark', name: names[k] ?? String(k), colour: classColour(k) }),
    ),
  };
}
